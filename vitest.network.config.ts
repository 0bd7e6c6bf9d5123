import { defineConfig } from 'vitest/config';

// XState as applications get it, as in vitest.config.ts.
process.env['NODE_ENV'] = 'production';

const report = process.env['VNF_TEST_REPORT'];

// Apart from `npm test`: these tests need root.
export default defineConfig({
  test: {
    include: ['test/network/*.test.ts'],
    testTimeout: 60_000,
    reporters: report ? ['default', ['json', { outputFile: `${report}.network` }]] : ['default'],
  },
});
