import { resolve } from 'node:path';
import { build } from 'tsup';
import { demo, inspector } from '../../tsup.config.ts';

/**
 * Builds the demo's page and a broker that finds it beside its folder, as in the package.
 *
 * @param name - a test file's own, since they run at the same time
 * @returns the paths of the broker's two entries
 */
export async function buildDemo(name: string): Promise<{ index: string; cli: string }> {
  const folder = `node_modules/.cache/vnf-test-${name}`;
  await build({
    config: false,
    entry: { index: 'src/broker/index.ts', cli: 'src/broker/cli.ts' },
    outDir: `${folder}/broker`,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    silent: true,
  });
  await build({ ...demo, config: false, outDir: `${folder}/demo`, silent: true });
  await build({ ...inspector, config: false, outDir: `${folder}/inspector`, silent: true });
  return { index: resolve(folder, 'broker/index.js'), cli: resolve(folder, 'broker/cli.js') };
}
