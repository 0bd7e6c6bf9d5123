import { readdir, readFile, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import * as esbuild from 'esbuild';
import type { Browser } from 'puppeteer-core';
import * as vite from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Engine, installBrowsers, launchBrowser } from '../support/browsers.ts';
import { createProject, removeProjects, runInNode, runInPage, serve } from './project.ts';

/** Sends a message, and prints it where it arrives. */
const talk = (hub: string) => `
const hub = new ${hub}();
const alice = hub.openEndpoint('alice');
const bob = hub.openEndpoint('bob');
bob.onMessage = ({ sourceEva, message }) => {
  console.log(sourceEva + ': ' + message);
  alice.destroy();
  bob.destroy();
};
alice.openConnection('bob', ({ status }) => {
  if (status === 'CONNECTED') alice.send('bob', 'Hello');
});
`;
const HEARD = 'alice: Hello';
const NAMED = `import { InBrowserHub } from 'virtual-network-framework';${talk('InBrowserHub')}`;
const NAMESPACE = `import { Vnf } from 'virtual-network-framework';${talk('Vnf.InBrowserHub')}`;
/** A name that every build with RtcHub in it has, and one without it has not. */
const OF_RTC_HUB = 'RTCPeerConnection';
const BROWSER_BUILD = 'node_modules/virtual-network-framework/dist/browser';
const ENGINES: Engine[] = ['chromium', 'firefox'];

afterAll(removeProjects);

describe('in a Node project', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await createProject('node', {
      'module.mjs': NAMESPACE,
      'common.cjs': `const { Vnf } = require('virtual-network-framework');${talk('Vnf.InBrowserHub')}`,
      'broker.mjs': `
        import { Vnf } from 'virtual-network-framework';
        import { createBroker } from 'virtual-network-framework/broker';
        import { connectionMachine } from 'virtual-network-framework/machines';
        const broker = await createBroker({ port: 0 });
        const hub = new Vnf.WebSocketHub(new Vnf.WebSocketFactory(broker.url));
        const [alice, bob] = ['alice', 'bob'].map(hub.openEndpoint);
        bob.onMessage = async ({ message }) => {
          alice.destroy();
          bob.destroy();
          await broker.close();
          console.log(message, connectionMachine.id);
        };
        alice.openConnection('bob', () => alice.send('bob', 'Hello'));`,
      'demo.mjs': `
        import { createBroker } from 'virtual-network-framework/broker';
        const broker = await createBroker({ port: 0, demo: true });
        for (const path of ['/', '/style.css', '/demo.js']) {
          const { status } = await fetch(new URL(path, broker.url.replace('ws', 'http')));
          console.log(path, status);
        }
        await broker.close();`,
      'contract.test.mjs': `
        import { describe, it } from 'node:test';
        import { InBrowserHub, InBrowserRegistry } from 'virtual-network-framework';
        import { runHubContract, runRegistryContract } from 'virtual-network-framework/testing';
        const setup = (options) => {
          const hub = new InBrowserHub(options);
          return { newHub: () => hub };
        };
        runHubContract({ name: 'InBrowserHub', setup }, { describe, it });
        runRegistryContract({ name: 'InBrowserRegistry', setup: () => new InBrowserRegistry() }, { describe, it });`,
      'typed.mts': `
        import { MarshallerHub, Vnf } from 'virtual-network-framework';
        import { createBroker } from 'virtual-network-framework/broker';
        import { connectionMachine } from 'virtual-network-framework/machines';
        import { VirtualClock } from 'virtual-network-framework/testing';
        const clock: Vnf.Clock = new VirtualClock();
        const hub: Vnf.Hub<number> = new MarshallerHub<number>(new Vnf.InBrowserHub({ clock }));
        // @ts-expect-error A text is no number.
        hub.openEndpoint('alice').send('bob', 'Hello');
        export const url: Promise<string> = createBroker().then((broker) => broker.url);
        export const id: string = connectionMachine.id;`,
      'typed.cts': `
        import vnf = require('virtual-network-framework');
        const hub: vnf.InBrowserHub = new vnf.Vnf.InBrowserHub();
        // @ts-expect-error A number is no text.
        hub.openEndpoint('alice').send('bob', 1);`,
    });
  });

  test('[PK1] an ES module imports it', async () => {
    expect(await runInNode(folder, 'module.mjs')).toBe(`${HEARD}\n`);
  });

  test('[PK2] a CommonJS module requires it, without a warning', async () => {
    expect(await runInNode(folder, 'common.cjs')).toBe(`${HEARD}\n`);
  });

  test('[PK3] its broker and its machines are there', async () => {
    expect(await runInNode(folder, 'broker.mjs')).toBe('Hello connection\n');
    expect(await runInNode(folder, 'node_modules/.bin/vnf-broker', '--help')).toMatch(/^Usage: vnf-broker/);
  });

  test('[TS8] its contracts run with the test runner of Node', async () => {
    const report = await runInNode(folder, '--test', '--test-reporter', 'tap', 'contract.test.mjs');
    expect(report).toContain('\n# fail 0\n');
    expect(report).toMatch(/\n# pass [1-9]\d\d\n/);
    expect(report).toContain('\n# skipped 1\n');
  });

  test('[DM1] its broker finds the demo', async () => {
    expect(await runInNode(folder, 'demo.mjs')).toBe('/ 200\n/style.css 200\n/demo.js 200\n');
  });

  test.each(['typed.mts', 'typed.cts'])('[PK4] %s gets its types', async (file) => {
    const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022'];
    const nodeTypes = ['--types', 'node', '--typeRoots', resolve('node_modules/@types')];
    // It fails where it finds an error, in this file or in the types of the package.
    await runInNode(folder, tsc, ...options, ...nodeTypes, file);
  });
});

describe('in the project of a page', () => {
  let folder: string;
  let server: Server;
  const browsers = new Map<Engine, Browser>();

  const open = (engine: Engine, path: string) => runInPage(browsers.get(engine) as Browser, server, path);

  beforeAll(async () => {
    installBrowsers(ENGINES);
    for (const engine of ENGINES) browsers.set(engine, await launchBrowser(engine));
    folder = await createProject('page', {
      'named.js': NAMED,
      'namespace.js': NAMESPACE,
      'module.html': page(`<script type="module">
        import { Vnf } from './${BROWSER_BUILD}/vnf.js';
        ${talk('Vnf.InBrowserHub')}</script>`),
      'script.html': page(`<script src="./${BROWSER_BUILD}/vnf.global.js"></script>
        <script>${talk('Vnf.InBrowserHub')}</script>`),
    });
    server = serve(folder);
  });

  afterAll(async () => {
    server.close();
    await Promise.all([...browsers.values()].map((browser) => browser.close()));
  });

  describe.each([
    ['Vite', viteBuild],
    ['esbuild', esbuildBundle],
  ])('built by %s', (_name, build) => {
    test.each(['named.js', 'namespace.js'])('[PK5] %s runs in every engine', async (script) => {
      await build(folder, script);
      for (const engine of ENGINES) expect(await open(engine, 'dist/index.html')).toBe(HEARD);
    });

    test('[PK6] leaves out hubs that are not imported by name', async () => {
      expect(await build(folder, 'named.js')).not.toContain(OF_RTC_HUB);
    });
  });

  test('[PK7] no native module is installed, and nothing but XState and ws', async () => {
    const modules = join(folder, 'node_modules');
    const packages = (await readdir(modules)).filter((name) => !name.startsWith('.'));
    expect(packages).toEqual(['virtual-network-framework', 'ws', 'xstate']);
    const files = await readdir(modules, { recursive: true });
    expect(files.filter((file) => /\.node$|binding\.gyp$/.test(file))).toEqual([]);
  });

  test.each(ENGINES)(
    '[PK8] vnf.js stands alone as a module, and vnf.global.js as a script, in %s',
    async (engine) => {
      expect(await open(engine, 'module.html')).toBe(HEARD);
      expect(await open(engine, 'script.html')).toBe(HEARD);
    },
  );
});

function page(scripts: string): string {
  return `<!doctype html><meta charset="utf-8"><title>A page</title>${scripts}`;
}

/** Builds a page with a script into `dist`. @returns the script of the page */
async function viteBuild(folder: string, script: string): Promise<string> {
  await writeFile(join(folder, 'index.html'), page(`<script type="module" src="./${script}"></script>`));
  await vite.build({ root: folder, base: './', configFile: false, logLevel: 'error' });
  const assets = join(folder, 'dist/assets');
  const files = await readdir(assets);
  expect(files).toHaveLength(1);
  return readFile(join(assets, files[0] ?? ''), 'utf8');
}

/** The same with esbuild, as a plain script. */
async function esbuildBundle(folder: string, script: string): Promise<string> {
  const { warnings } = await esbuild.build({
    absWorkingDir: folder,
    entryPoints: [script],
    bundle: true,
    minify: true,
    outfile: 'dist/bundle.js',
  });
  expect(warnings).toEqual([]);
  await writeFile(join(folder, 'dist/index.html'), page('<script src="./bundle.js"></script>'));
  return readFile(join(folder, 'dist/bundle.js'), 'utf8');
}
