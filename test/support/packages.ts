import { execFileSync } from 'node:child_process';

/** Installs packages where that can be done without asking: as root of a Debian. What fails is told, and left. */
export function installPackages(names: string[]): void {
  if (names.length === 0 || process.getuid?.() !== 0) return;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...words: string[]) => execFileSync('apt-get', ['-qq', ...words], { env, stdio: 'inherit' });
  console.log(`Installing ${names.join(' and ')}.`);
  try {
    apt('update');
    apt('install', '--yes', '--no-install-recommends', ...names);
  } catch (error) {
    console.error(`That failed: ${error instanceof Error ? error.message : error}`);
  }
}
