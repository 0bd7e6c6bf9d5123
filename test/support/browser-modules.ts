import type { Plugin } from 'esbuild';

/** Where a module exists for Node and for browsers, a page gets the latter: as in tsup.config.ts. */
export const browserModules: Plugin = {
  name: 'browser-modules',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /\.node\.ts$/ }, ({ path, ...options }) =>
      resolve(path.replace('.node.ts', '.browser.ts'), options),
    );
  },
};
