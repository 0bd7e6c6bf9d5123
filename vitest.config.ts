import { defineConfig } from 'vitest/config';

// XState as applications get it in Node: its development build warns wherever one actor's command reaches another
// actor at once, which in-memory hubs do by design.
process.env['NODE_ENV'] = 'production';

const report = process.env['VNF_TEST_REPORT'];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Those have configurations of their own: they need a build, browsers, root, or minutes.
    exclude: ['test/package/**', 'test/browser/**', 'test/network/**', 'test/soak/soak.test.ts'],
    typecheck: { enabled: true, include: ['test/types/*.test-d.ts'], tsconfig: 'test/types/tsconfig.json' },
    // A test that waits for more than this waits for something that never comes.
    testTimeout: 30_000,
    restoreMocks: true,
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
  },
});
