import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

function newest(folder) {
  const times = readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs);
  return Math.max(...times);
}

/** Builds the library where there is no build, or its sources are newer. */
export async function buildIfNeeded() {
  const built = statSync(join(root, 'dist/broker/cli.js'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (built > Math.max(newest(join(root, 'src')), newest(join(root, 'machines')))) return;
  console.log('Building …');
  const tsup = createRequire(import.meta.url).resolve('tsup/package.json');
  execFileSync(process.execPath, [join(dirname(tsup), 'dist/cli-default.js'), '--silent'], {
    cwd: root,
    stdio: 'inherit',
  });
}
