import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { brokerCommands } from './test/support/broker-commands.ts';
import { puppeteer } from './test/support/browser-provider.ts';

// XState as applications get it, as in vitest.config.ts.
process.env['NODE_ENV'] = 'production';

const report = process.env['VNF_TEST_REPORT'];

/** Where a module exists for Node and for browsers, a page gets the latter. */
const browserModules: Plugin = {
  name: 'browser-modules',
  enforce: 'pre',
  resolveId(source, importer) {
    return source.endsWith('.node.ts')
      ? this.resolve(source.replace('.node.ts', '.browser.ts'), importer)
      : null;
  },
};

export default defineConfig({
  test: {
    globalSetup: 'test/support/install-browsers.ts',
    reporters: report ? ['default', ['json', { outputFile: `${report}.browser` }]] : ['default'],
    projects: [
      {
        plugins: [browserModules],
        test: {
          name: 'in',
          include: ['test/contract/*.test.ts'],
          setupFiles: 'test/support/collect-garbage.ts',
          testTimeout: 30_000,
          restoreMocks: true,
          browser: {
            enabled: true,
            provider: puppeteer,
            headless: true,
            screenshotFailures: false,
            commands: brokerCommands,
            instances: [{ browser: 'chromium' }, { browser: 'firefox' }],
          },
        },
      },
      {
        test: {
          name: 'between',
          include: ['test/browser/*.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          restoreMocks: true,
        },
      },
    ],
  },
});
