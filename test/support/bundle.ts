import { resolve } from 'node:path';
import { build } from 'tsup';

/**
 * Bundles scripts for processes of their own, since Node does not run TypeScript everywhere. What they import from
 * the package comes from its sources.
 *
 * @param entry - the scripts by the names of their bundles
 * @returns the folder of the bundles, below node_modules, where they find their dependencies
 */
export async function bundleAll(name: string, entry: Record<string, string>): Promise<string> {
  const outDir = `node_modules/.cache/vnf-test-${name}`;
  await build({
    config: false,
    entry,
    outDir,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    silent: true,
    // `node:test` has no other name.
    removeNodeProtocol: false,
    esbuildOptions(options) {
      options.alias = {
        'virtual-network-framework/testing': resolve('src/testing/index.ts'),
        'virtual-network-framework': resolve('src/index.ts'),
      };
    },
  });
  return outDir;
}

/** The same for one script. @returns the path of the bundle */
export async function bundle(name: string, source: string): Promise<string> {
  return `${await bundleAll(name, { [name]: source })}/${name}.js`;
}
