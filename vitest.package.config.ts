import { defineConfig } from 'vitest/config';

// As in a project that is being built.
process.env['NODE_ENV'] = 'production';

// Apart from `npm test`: these tests need a build, and a registry or npm's cache.
export default defineConfig({
  test: {
    include: ['test/package/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
