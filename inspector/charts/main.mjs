// Draws the machines as SVGs into docs/charts. With --check it only tells which of them are out of date.
//
//   node inspector/charts/main.mjs [--check]
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = `${root}docs/charts/`;
const bundle = `${root}node_modules/.cache/vnf-charts/charts.mjs`;

await build({
  entryPoints: [`${root}inspector/charts/charts.ts`],
  outfile: bundle,
  bundle: true,
  format: 'esm',
  platform: 'node',
  external: ['xstate', 'elkjs'],
  logLevel: 'error',
});
const { drawAll } = await import(bundle);
const charts = new Map([...(await drawAll())].map(([name, svg]) => [`${name}.svg`, svg]));

mkdirSync(folder, { recursive: true });
const present = new Map(readdirSync(folder).map((file) => [file, readFileSync(folder + file, 'utf8')]));
const stale = [...new Set([...charts.keys(), ...present.keys()])].filter(
  (file) => charts.get(file) !== present.get(file),
);

if (!process.argv.includes('--check')) {
  for (const file of stale) {
    const svg = charts.get(file);
    if (svg === undefined) rmSync(folder + file);
    else writeFileSync(folder + file, svg);
  }
  console.log(stale.length === 0 ? 'Every chart is up to date.' : `Drawn: ${stale.join(', ')}`);
} else if (stale.length > 0) {
  console.error(
    `Out of date in docs/charts, since the machines are others now: ${stale.join(', ')}. Run npm run charts.`,
  );
  process.exitCode = 1;
}
