import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import type { Browser } from 'puppeteer-core';
import { browserModules } from './browser-modules.ts';
import { type Engine, launchBrowser } from './browsers.ts';
import { bundle } from './bundle.ts';
import type { PeerCalls } from './peer.ts';

type Remote<C> = {
  [K in keyof C]: C[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never;
};

/** A peer in a process of its own. */
export type RemotePeer = Remote<PeerCalls>;

/** Where peers can be started. */
export interface PeerHost {
  startPeer(): Promise<RemotePeer>;
  close(): Promise<void>;
}

function remotePeer(call: (name: string, args: unknown[]) => Promise<unknown>): RemotePeer {
  return new Proxy({} as RemotePeer, {
    // One that could be awaited would never be there.
    get: (_target, name) => (name === 'then' ? undefined : (...args: unknown[]) => call(String(name), args)),
  });
}

interface Answer {
  id: number;
  result?: unknown;
  /** Why there is no result. */
  reason?: string;
}

/** Peers in Node processes, which are started by this command. */
export async function nodeHost(command: string[] = []): Promise<PeerHost> {
  const script = await bundle('peer', 'test/support/peer-process.ts');
  const children: ChildProcess[] = [];
  return {
    async startPeer() {
      const [file = '', ...args] = [...command, process.execPath, script];
      const child = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
      children.push(child);
      const waiting = new Map<number, (answer: Answer) => void>();
      child.on('message', (answer: Answer) => waiting.get(answer.id)?.(answer));
      child.once('exit', (code, signal) => {
        for (const [id, settle] of waiting) settle({ id, reason: `a peer has ended: ${code ?? signal}` });
      });
      let calls = 0;
      return remotePeer(
        (name, args) =>
          new Promise((resolve, reject) => {
            calls += 1;
            waiting.set(calls, ({ id, result, reason }) => {
              waiting.delete(id);
              if (reason === undefined) resolve(result);
              else reject(new Error(reason));
            });
            child.send({ id: calls, name, args });
          }),
      );
    },
    async close() {
      await Promise.all(
        children.map((child) => {
          if (!child.connected) return undefined;
          const ended = new Promise((resolve) => child.once('exit', resolve));
          child.disconnect();
          return ended;
        }),
      );
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
      return remotePeer(async (name, args) => {
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
