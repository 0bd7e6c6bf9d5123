import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import vm from 'node:vm';

const execute = promisify(execFile);
const made: string[] = [];
let packed: Promise<string> | undefined;

async function makeFolder(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `vnf-${name}-`));
  made.push(folder);
  return folder;
}

/** What npm would publish of the build that is there. */
async function pack(): Promise<string> {
  const folder = await makeFolder('package');
  await execute('npm', ['pack', '--ignore-scripts', '--pack-destination', folder]);
  const [file = ''] = await readdir(folder);
  return join(folder, file);
}

/** An empty project with the package installed, and these files. @returns its folder */
export async function createProject(name: string, files: Record<string, string>): Promise<string> {
  packed ??= pack();
  const tarball = await packed;
  const folder = await makeFolder(name);
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name, private: true }));
  for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text);
  await execute('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball], { cwd: folder });
  return folder;
}

export async function removeProjects(): Promise<void> {
  for (const folder of made.splice(0)) await rm(folder, { recursive: true });
}

/** Runs a file of a project in Node. @returns what it printed */
export async function runInNode(folder: string, ...args: string[]): Promise<string> {
  const { stdout, stderr } = await execute(process.execPath, args, { cwd: folder }).catch((error) => {
    throw new Error(`${error.message}\n${error.stdout}`);
  });
  return stderr + stdout;
}

/** What the library may find in a browser; no `process`, no `Buffer`, no `require`. */
const BROWSER_GLOBALS = [
  'AbortController',
  'Event',
  'EventTarget',
  'MessageChannel',
  'TextDecoder',
  'TextEncoder',
  'URL',
  'clearInterval',
  'clearTimeout',
  'crypto',
  'performance',
  'queueMicrotask',
  'setInterval',
  'setTimeout',
  'structuredClone',
] as const;

/** Runs classic scripts where there is nothing but what a browser has. @returns the first line they print */
export function runInBrowser(...scripts: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const complain = (...reason: unknown[]) => reject(new Error(reason.join(' ')));
    const globals = Object.fromEntries(BROWSER_GLOBALS.map((name) => [name, globalThis[name]]));
    const context = vm.createContext({
      ...globals,
      console: { log: resolve, warn: complain, error: complain },
    });
    vm.runInContext('globalThis.window = globalThis.self = globalThis;', context);
    for (const script of scripts) vm.runInContext(script, context);
  });
}
