import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import type { AnyActorRef } from 'xstate';
import { createBroker } from '../../src/broker/broker.ts';
import type { BrokerOptions } from '../../src/broker/options.ts';
import { VnfError } from '../../src/core/errors.ts';
import { captureLog } from '../support/log.ts';
import { afterwards, RawClient, startBroker } from './raw-client.ts';

captureLog();

const httpUrl = (url: string, path: string) => new URL(path, url.replace(/^ws/, 'http')).href;

/** What `createBroker` rejects with. */
async function rejection(options: unknown): Promise<VnfError> {
  const error = await createBroker(options as BrokerOptions).then(
    (broker) => broker.close(),
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(VnfError);
  return error as VnfError;
}

describe('createBroker', () => {
  test('[BR50] tells the url with the port that it got', async () => {
    const { url } = await startBroker();
    expect(url).toMatch(/^ws:\/\/127\.0\.0\.1:[1-9]\d*\/vnf-ws$/);
    await RawClient.login(url, 'alice');
  });

  test('[BR50] takes a name as host, and another path', async () => {
    const { url } = await startBroker({ host: 'localhost', path: '/webbroker/vnf-ws' });
    expect(url).toMatch(/^ws:\/\/localhost:\d+\/webbroker\/vnf-ws$/);
    await RawClient.login(`${url}?token=1`, 'alice');
  });

  test('[BR51] says which port is taken', async () => {
    const { url } = await startBroker();
    const port = Number(new URL(url).port);
    const error = await rejection({ host: '127.0.0.1', port });
    expect(error.code).toBe('ERR_ADDRESS_IN_USE');
    expect(error.message).toContain(`127.0.0.1:${port}`);
  });

  test('[BR52] says where nobody can listen', async () => {
    const error = await rejection({ host: '203.0.113.1', port: 0 });
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toContain('203.0.113.1:0');
  });

  test.each([
    [{ host: 5 }, 'host'],
    [{ host: '' }, 'host'],
    [{ port: -1 }, 'port'],
    [{ port: 65_536 }, 'port'],
    [{ port: '8080' }, 'port'],
    [{ path: 'vnf-ws' }, 'path'],
    [{ path: '/a?b' }, 'path'],
    [{ server: {} }, 'server'],
    [{ maxFrameBytes: 0 }, 'maxFrameBytes'],
    [{ maxFrameBytes: Number.POSITIVE_INFINITY }, 'maxFrameBytes'],
    [{ pingIntervalMs: 0 }, 'pingIntervalMs'],
    [{ loginTimeoutMs: -1 }, 'loginTimeoutMs'],
    [{ loginTimeoutMs: 0 }, 'loginTimeoutMs'],
    [{ maxBufferedBytes: 0 }, 'maxBufferedBytes'],
    [{ maxEntriesPerClient: 1.5 }, 'maxEntriesPerClient'],
    [{ maxEntryUnitsPerClient: Number.NaN }, 'maxEntryUnitsPerClient'],
    [null, 'options'],
  ])('[BR52] refuses %j', async (options, name) => {
    const error = await rejection(options);
    expect(error.code).toBe('ERR_INVALID_ARGUMENT');
    expect(error.message).toContain(name);
  });

  test('[BR55] answers other requests with 426 and other upgrades with 404', async () => {
    const { url } = await startBroker();
    const response = await fetch(httpUrl(url, '/'));
    expect(response.status).toBe(426);
    await expect(RawClient.open(url.replace('/vnf-ws', '/other'))).rejects.toThrow('404');
  });

  test('[BR58] lets an XState inspector watch its sessions', async () => {
    const ids = new Set<string>();
    const { url } = await startBroker({
      inspect: ({ actorRef }) => ids.add((actorRef as AnyActorRef).id),
    });
    await RawClient.login(url, 'alice');
    expect([...ids]).toEqual([expect.stringMatching(/^broker-session broker → 127\.0\.0\.1:\d+$/)]);
  });
});

describe('a server of the application', () => {
  async function listening(): Promise<{ server: Server; port: number }> {
    const server = createServer((_request, response) => response.end('mine'));
    afterwards(() => server.close());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { server, port: (server.address() as AddressInfo).port };
  }

  test('[BR53] lends the broker one path, and stays open', async () => {
    const { server, port } = await listening();
    const broker = await createBroker({ server });
    expect(broker.url).toBe(`ws://127.0.0.1:${port}/vnf-ws`);
    const alice = await RawClient.login(broker.url, 'alice');
    expect(await (await fetch(httpUrl(broker.url, '/'))).text()).toBe('mine');
    await expect(RawClient.open(broker.url.replace('/vnf-ws', '/other'))).rejects.toThrow('404');
    await broker.close();
    expect((await alice.closed).code).toBe(1001);
    expect(server.listening).toBe(true);
    expect(server.listenerCount('upgrade')).toBe(0);
  });

  test('[BR53] keeps the upgrades of its other listeners', async () => {
    const { server, port } = await listening();
    const other = new WebSocketServer({ noServer: true });
    server.on('upgrade', (request, socket, head) => {
      if (request.url === '/other')
        other.handleUpgrade(request, socket, head, (client) =>
          client.on('message', (data) => client.send(`mine: ${data}`)),
        );
    });
    const broker = await createBroker({ server });
    afterwards(() => broker.close());
    const client = await RawClient.open(`ws://127.0.0.1:${port}/other`);
    expect(await client.call('1')).toBe('mine: 1');
    expect(await client.call('2')).toBe('mine: 2');
    await RawClient.login(broker.url, 'alice');
  });

  test('[BR55] lends two brokers a path each, and refuses any other one', async () => {
    const { server, port } = await listening();
    for (const path of ['/one', '/two']) {
      const { url, close } = await createBroker({ server, path });
      afterwards(close);
      await RawClient.login(url, 'alice');
    }
    await expect(RawClient.open(`ws://127.0.0.1:${port}/three`)).rejects.toThrow('404');
  });

  test('[BR53] may begin to listen later, and then there is a url', async () => {
    const server = createServer();
    afterwards(() => server.close());
    const broker = await createBroker({ server });
    afterwards(() => broker.close());
    expect(() => broker.url).toThrow(VnfError);
    server.listen(0);
    await once(server, 'listening');
    expect(broker.url).toMatch(/^ws:\/\/localhost:\d+\/vnf-ws$/);
    await RawClient.login(broker.url, 'alice');
  });
});

describe('close', () => {
  test('[BR54] closes every socket and frees the port, twice too', async () => {
    const { url, close } = await startBroker();
    const alice = await RawClient.login(url, 'alice');
    const nobody = await RawClient.open(url);
    await Promise.all([close(), close()]);
    expect(await alice.closed).toEqual({ code: 1001, reason: 'the broker closes' });
    expect((await nobody.closed).code).toBe(1001);
    await close();
    const again = await startBroker({ port: Number(new URL(url).port) });
    await RawClient.login(again.url, 'alice');
  });

  test('[BR12] cuts a socket that does not agree', async () => {
    const { url, close } = await startBroker();
    const alice = await RawClient.login(url, 'alice');
    alice.socket.pause();
    await close();
    alice.socket.resume();
    await alice.closed;
  });

  test('[BR54] ends a connection that never said anything', async () => {
    const { url, close } = await startBroker();
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    const ended = once(socket, 'close');
    socket.on('error', () => {});
    await once(socket, 'connect');
    await close();
    await ended;
  });
});
