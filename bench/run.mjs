// Measures the built package: npm run bench [-- --short] [--only GROUP]… [--no-build]
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { parse } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const OUT = 'node_modules/.cache/vnf-bench';

/** What is measured is what users install: the sources' entries stand for types alone. */
const measureDist = {
  name: 'measure-dist',
  setup({ onResolve }) {
    onResolve({ filter: /\/src\/(broker\/)?index\.ts$/ }, ({ path }) => ({
      path: path.replace(/^.*\/src\/(.*)\.ts$/, '../../../dist/$1.js'),
      external: true,
    }));
  },
};

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    'no-build': { type: 'boolean', default: false },
  },
});
const groups = readdirSync('bench')
  .filter((file) => file.endsWith('.ts'))
  .map((file) => parse(file).name);
const unknown = values.only.find((name) => !groups.includes(name));
if (unknown !== undefined) {
  console.error(`--only takes one of ${groups.join(', ')}, not ${unknown}.`);
  process.exit(2);
}

if (!values['no-build']) run('npm', ['run', 'build', '--silent', '--', '--silent']);
await build({
  entryPoints: {
    main: 'bench/harness/main.ts',
    worker: 'bench/harness/worker.ts',
    ...Object.fromEntries(groups.map((name) => [name, `bench/${name}.ts`])),
  },
  outdir: OUT,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  packages: 'external',
  plugins: [measureDist],
});
await build({
  entryPoints: { page: 'bench/scenarios/page.ts' },
  outdir: OUT,
  bundle: true,
  format: 'iife',
  plugins: [measureDist],
});
const isSelection = values.only.length > 0;
const form = values.short ? 'short' : isSelection ? 'some' : 'full';
run(process.execPath, [`${OUT}/main.mjs`, form, ...(isSelection ? values.only : groups)]);

function run(command, args) {
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
