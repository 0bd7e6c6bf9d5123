import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import type { Browser } from 'puppeteer-core';
import { browserModules } from './browser-modules.ts';
import { type Engine, launchBrowser } from './browsers.ts';
import { bundle } from './bundle.ts';
import type { PeerCalls } from './peer.ts';
import { type Remote, type RemoteProcess, remoteCalls, startProcess } from './remote-process.ts';

/** A peer in a process of its own. */
export type RemotePeer = Remote<PeerCalls>;

/** Where peers can be started. */
export interface PeerHost {
  startPeer(): Promise<RemotePeer>;
  close(): Promise<void>;
}

/** Peers in Node processes, which are started by this command. */
export async function nodeHost(command: string[] = []): Promise<PeerHost> {
  const script = await bundle('peer', 'test/support/peer-process.ts');
  const processes: RemoteProcess<PeerCalls>[] = [];
  return {
    async startPeer() {
      const started = startProcess<PeerCalls>([...command, process.execPath, script]);
      processes.push(started);
      return started.calls;
    },
    async close() {
      await Promise.all(processes.map((each) => each.close()));
    },
  };
}

interface PeerPage {
  peer: Record<string, (...args: unknown[]) => unknown>;
}

/** Peers in pages of a browser. */
export async function browserHost(engine: Engine): Promise<PeerHost> {
  const { outputFiles } = await build({
    entryPoints: ['test/support/peer-page.ts'],
    bundle: true,
    write: false,
    format: 'iife',
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [browserModules],
  });
  const script = outputFiles[0]?.text;
  // A page without an origin has no WebRTC.
  const server = createServer((_request, response) => {
    response
      .setHeader('content-type', 'text/html; charset=utf-8')
      .end(`<!doctype html><script>${script}</script>`);
  }).listen(0, '127.0.0.1');
  const browser: Browser = await launchBrowser(engine);
  return {
    async startPeer() {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      return remoteCalls<PeerCalls>(async (name, args) => {
        try {
          return await page.evaluate(
            (method, values) => (globalThis as unknown as PeerPage).peer[method]?.(...values),
            name,
            args,
          );
        } catch (error) {
          // Its stack names places in the page, which Vitest would look for in files.
          throw new Error(`${name} failed in ${engine}: ${error instanceof Error ? error.message : error}`);
        }
      });
    },
    async close() {
      await browser.close();
      server.close();
    },
  };
}
