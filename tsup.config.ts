import { defineConfig, type Options } from 'tsup';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

/** Where a module exists for Node and for browsers, a browser build takes the latter. */
const browserModules: Plugin = {
  name: 'browser-modules',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /\.node\.ts$/ }, ({ path, ...options }) =>
      resolve(path.replace('.node.ts', '.browser.ts'), options),
    );
  },
};

/** Leaves each module a file of its own. */
const moduleByModule: Plugin = {
  name: 'module-by-module',
  setup({ onResolve }) {
    onResolve({ filter: /\.ts$/ }, ({ kind, path }) =>
      kind === 'entry-point'
        ? undefined
        : { path: path.replace('.node.ts', '.browser.ts').replace(/\.ts$/, '.js'), external: true },
    );
  },
};

const forBrowsers: Options = { format: 'esm', platform: 'browser', target: 'es2022', sourcemap: true };

/** One file each, with XState inside and no module of Node's. */
const oneFile: Options = {
  ...forBrowsers,
  outDir: 'dist/browser',
  noExternal: [/./],
  esbuildPlugins: [browserModules],
  minify: true,
  splitting: false,
  // Names of machines, states and actions are strings, so that nothing that an inspector shows is lost.
  define: { 'process.env.NODE_ENV': '"production"' },
};

/** The page that the broker serves: one script, with all that it needs, beside the files of src/demo/page. */
export const demo: Options = {
  ...oneFile,
  entry: { demo: 'src/demo/main.ts' },
  outDir: 'dist/demo',
  publicDir: 'src/demo/page',
  sourcemap: false,
};

/** The page of the inspector: one classic script, so that it also runs from a file. */
export const inspector: Options = {
  ...oneFile,
  entry: { inspector: 'inspector/src/main.ts' },
  outDir: 'dist/inspector',
  publicDir: 'inspector/page',
  format: 'iife',
  outExtension: () => ({ js: '.js' }),
  loader: { '.svg': 'text' },
  sourcemap: false,
};

/** Below dist like the entries of the broker, which look for the demo beside their folder. */
export function placeChunks(options: { chunkNames?: string }): void {
  options.chunkNames = 'chunks/[name]-[hash]';
}

export default defineConfig([
  {
    entry: {
      index: 'src/index.ts',
      'machines/index': 'machines/index.ts',
      'inspect/index': 'src/inspect/index.ts',
      'broker/index': 'src/broker/index.ts',
      'broker/cli': 'src/broker/cli.ts',
      'testing/index': 'src/testing/index.ts',
    },
    format: 'esm',
    platform: 'node',
    target: 'node20',
    dts: {
      entry: {
        'machines/index': 'machines/index.ts',
        'inspect/index': 'src/inspect/index.ts',
        'broker/index': 'src/broker/index.ts',
      },
    },
    external: ['xstate', 'ws', '@roamhq/wrtc'],
    esbuildOptions: placeChunks,
    sourcemap: true,
  },
  // Apart from the others: types that it shared with them would be values in the namespace Vnf.
  { entry: { index: 'src/index.ts' }, format: 'esm', dts: { only: true } },
  // So that a page's project needs no types of Node.
  { entry: { 'testing/index': 'src/testing/index.ts' }, format: 'esm', dts: { only: true } },
  {
    // For bundlers of web pages, which leave out what a page doesn't import, and share its XState.
    ...forBrowsers,
    entry: [
      'src/{index,vnf}.ts',
      'src/!(broker|demo)/!(*.node).ts',
      // The engine, for the network of ./testing.
      'src/broker/{engine,commands,options,registry-store,router,session}.ts',
      'machines/*.ts',
    ],
    outDir: 'dist/modules',
    external: ['xstate'],
    esbuildPlugins: [moduleByModule],
  },
  { ...oneFile, entry: { vnf: 'src/index.ts' } },
  { ...oneFile, entry: { vnf: 'src/browser-global.ts' }, format: 'iife' },
  demo,
  inspector,
]);
