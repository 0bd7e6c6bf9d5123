import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { beforeAll, describe, expect, test } from 'vitest';
import type * as brokerModule from '../../src/broker/index.ts';
import { buildDemo } from '../support/demo.ts';
import { captureLog } from '../support/log.ts';
import { afterwards, RawClient, startBroker } from './raw-client.ts';

const log = captureLog();

let createBroker: typeof brokerModule.createBroker;
let cli: string;

beforeAll(async () => {
  const built = await buildDemo('broker-demo');
  const module: typeof brokerModule = await import(built.index);
  module.setLogger(null);
  createBroker = module.createBroker;
  cli = built.cli;
});

const page = (name: string) => readFileSync(`src/demo/page/${name}`, 'utf8');

/** The broker's http address, without a slash at its end. */
async function serve(options: brokerModule.BrokerOptions = {}): Promise<string> {
  const broker = await createBroker({ port: 0, demo: true, ...options });
  afterwards(() => broker.close());
  return broker.url.replace('ws', 'http').replace(/\/[^/]*$/, '');
}

/** A request whose path is sent as it is written; `fetch` would tidy it. */
async function ask(origin: string, path: string, method = 'GET'): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(origin);
  const request = httpRequest({ hostname, port, path, method });
  request.end();
  const [response] = await once(request, 'response');
  let body = '';
  for await (const part of response) body += part;
  return { status: response.statusCode, body };
}

describe('createBroker with the demo', () => {
  test.each([
    ['/', 'index.html', 'text/html; charset=utf-8'],
    ['/style.css', 'style.css', 'text/css; charset=utf-8'],
  ])('[DM1] serves %s', async (path, file, type) => {
    const response = await fetch(`${await serve()}${path}?stun=example.org`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(type);
    expect(await response.text()).toBe(page(file));
  });

  test('[DM1] serves the script, which needs nothing else', async () => {
    const response = await fetch(`${await serve()}/demo.js`);
    expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    const script = await response.text();
    expect(script).toContain('RTCPeerConnection');
    expect(script).not.toMatch(/^import\b/m);
  });

  test('[DM1] tells the page on which path the broker is', async () => {
    const broker = await createBroker({ port: 0, demo: true, path: '/here/"vnf"' });
    afterwards(() => broker.close());
    const url = new URL('/broker.json', broker.url.replace('ws', 'http'));
    expect(await (await fetch(url)).json()).toEqual({ path: '/here/"vnf"' });
  });

  test.each(['/', '/style.css', '/demo.js', '/broker.json', '/./', '/x/../demo.js', '/%2e'])(
    '[DM4] refuses %s for the broker, since the demo is there',
    async (path) => {
      await expect(createBroker({ port: 0, demo: true, path })).rejects.toMatchObject({
        code: 'ERR_INVALID_ARGUMENT',
        message: expect.stringContaining('none of the demo'),
      });
      const broker = await createBroker({ port: 0, path });
      await broker.close();
    },
  );

  test('[DM2] lets the page load and reach nothing but itself and its broker', async () => {
    const origin = await serve();
    const { headers } = await fetch(`${origin}/`);
    const policy = headers.get('content-security-policy');
    const host = origin.replace('http://', '');
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).toContain(`connect-src 'self' ws://${host} wss://${host};`);
    expect(policy).not.toContain('unsafe');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-cache');
    expect(page('index.html')).not.toMatch(/<script(?![^>]* src=)|<style| style=| on[a-z]+=/);
  });

  test('[DM2] puts nothing of a strange Host into the policy', async () => {
    const { hostname, port } = new URL(await serve());
    const headers = { Host: "x; script-src 'unsafe-inline'" };
    const request = httpRequest({ hostname, port, headers });
    request.end();
    const [response] = await once(request, 'response');
    response.resume();
    expect(response.headers['content-security-policy']).toContain("connect-src 'self';");
  });

  test('[DM3] answers HEAD without a body', async () => {
    const response = await fetch(`${await serve()}/`, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(Number(response.headers.get('content-length'))).toBe(Buffer.byteLength(page('index.html')));
    expect(await response.text()).toBe('');
  });

  test('[DM3] answers other methods with 405', async () => {
    const response = await fetch(`${await serve()}/`, { method: 'POST', body: 'x' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD');
  });

  test.each([
    '/index.html',
    '/../package.json',
    '/%2e%2e/package.json',
    '//',
    '/demo.js/..',
    '/__proto__',
    '*',
  ])('[DM3] has nothing at %s', async (path) => {
    const { status, body } = await ask(await serve(), path);
    expect(status).toBe(404);
    expect(body).toBe('Nothing is at this path; the demo is at /.\n');
  });

  test('[DM3] answers a plain request at the path of the broker with 426, and its upgrades as ever', async () => {
    const origin = await serve();
    expect((await ask(origin, '/vnf-ws')).status).toBe(426);
    const url = origin.replace('http', 'ws');
    await RawClient.login(`${url}/vnf-ws`, 'alice');
    await expect(RawClient.open(`${url}/`)).rejects.toThrow('404');
  });

  test('[DM3] says what to do where the page is not built', async () => {
    const broker = await startBroker({ demo: true });
    const { status, body } = await ask(broker.url.replace('ws', 'http'), '/');
    expect(status).toBe(404);
    expect(body).toContain('npm run build');
    expect(log.map(({ level }) => level)).toContain('error');
  });

  test('[DM4] serves none unless it is asked for', async () => {
    const { status } = await ask(await serve({ demo: false }), '/');
    expect(status).toBe(426);
  });

  test('[DM4] refuses it for a server of the application, whose requests stay its own', async () => {
    const server = createServer((_request, response) => response.end('mine'));
    afterwards(() => server.close());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    await expect(createBroker({ server, demo: true })).rejects.toThrow('demo');
    const broker = await createBroker({ server });
    afterwards(() => broker.close());
    const { port } = server.address() as AddressInfo;
    expect(await ask(`http://127.0.0.1:${port}`, '/')).toEqual({ status: 200, body: 'mine' });
  });

  test('[DM4] refuses what is neither true nor false', async () => {
    const wrong = { demo: 'yes' } as unknown as brokerModule.BrokerOptions;
    await expect(createBroker(wrong)).rejects.toThrow('demo must be true or false, but it is "yes"');
  });
});

describe('vnf-broker', () => {
  /** The first lines that it prints. */
  async function run(lines: number, ...flags: string[]): Promise<string[]> {
    const child: ChildProcess = spawn(process.execPath, [cli, '--port', '0', ...flags], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    afterwards(() => child.kill('SIGKILL'));
    const printed: string[] = [];
    for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
      printed.push(line);
      if (printed.length === lines) break;
    }
    return printed;
  }

  test('[DM4] serves it, and says where', async () => {
    const [, line = ''] = await run(2);
    const url = /^demo at (http:\/\/127\.0\.0\.1:\d+\/)$/.exec(line)?.[1] ?? '';
    expect(await (await fetch(url)).text()).toBe(page('index.html'));
  });

  test('[DM4] says which paths are not free', async () => {
    const { status, stderr } = spawnSync(process.execPath, [cli, '--port', '0', '--path', '/style.css'], {
      encoding: 'utf8',
    });
    expect(status).toBe(2);
    expect(stderr).toBe(
      'vnf-broker: The broker\'s path must be none of the demo\'s (/, /style.css, /demo.js, /broker.json) unless the demo is left out, but it is "/style.css".\n',
    );
  });

  test('[DM4] serves none with --no-demo', async () => {
    const [line = ''] = await run(1, '--no-demo');
    const { host } = new URL(line.replace(/^.* /, ''));
    expect((await ask(`http://${host}`, '/')).status).toBe(426);
  });
});
