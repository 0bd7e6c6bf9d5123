import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser } from 'puppeteer-core';

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

const TYPES = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
]);

/** Serves the files of a project. */
export function serve(folder: string): Server {
  const server = createServer(async ({ url = '' }, response) => {
    const path = join(folder, decodeURIComponent(new URL(url, 'http://host').pathname));
    try {
      response.setHeader('content-type', TYPES.get(extname(path)) ?? 'application/octet-stream');
      response.end(await readFile(path));
    } catch {
      // Browsers ask for an icon.
      response.writeHead(url === '/favicon.ico' ? 204 : 404).end();
    }
  });
  return server.listen(0, '127.0.0.1');
}

/** Opens a page. @returns the first line that it prints; what it warns of or fails with is thrown */
export async function runInPage(browser: Browser, server: Server, path: string): Promise<string> {
  const page = await browser.newPage();
  try {
    return await new Promise<string>((resolve, reject) => {
      page.on('pageerror', (error) => reject(error));
      page.on('console', (line) =>
        line.type() === 'log' ? resolve(line.text()) : reject(new Error(line.text())),
      );
      page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/${path}`).catch(reject);
    });
  } finally {
    await page.close();
  }
}
