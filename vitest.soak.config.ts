import { defineConfig } from 'vitest/config';

// XState as applications get it, as in vitest.config.ts; the processes of the soak inherit it.
process.env['NODE_ENV'] = 'production';

const report = process.env['VNF_TEST_REPORT'];

// Apart from `npm test`: `npm run soak -- --minutes 30` runs for as long as one likes.
export default defineConfig({
  test: {
    include: ['test/soak/soak.test.ts'],
    disableConsoleIntercept: true,
    reporters: report ? ['default', ['json', { outputFile: `${report}.soak` }]] : ['default'],
  },
});
