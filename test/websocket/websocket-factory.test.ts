import { describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { until } from '../../src/testing/peers.ts';
import { WebSocketFactory } from '../../src/websocket/websocket-factory.ts';
import { WebSocketRpc } from '../../src/websocket/websocket-rpc.ts';
import { FakeSocket } from '../support/fake-socket.ts';
import { captureLog } from '../support/log.ts';

const log = captureLog();

describe('WebSocketFactory', () => {
  it('[WS26] opens sockets of the platform, without compression', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    const headers: unknown[] = [];
    server.on('connection', (socket, request) => {
      headers.push(request.headers['sec-websocket-extensions']);
      socket.on('message', (data) => socket.send(`${data.toString().split('\n')[0]}\nOK`));
    });
    await until(() => server.address() !== null);
    const { port } = server.address() as { port: number };
    const rpc = new WebSocketRpc('me', new WebSocketFactory(`ws://127.0.0.1:${port}/vnf-ws`));
    expect(await rpc.invoke('A', 'x', { retryResend: true })).toMatchObject({ data: 'OK' });
    expect(headers).toEqual([undefined]);
    rpc.destroy();
    await until(() => server.clients.size === 0);
    await new Promise((resolve) => server.close(resolve));
  });

  it('[WS26] survives a broker that is not there, and says why', async () => {
    const rpc = new WebSocketRpc('me', new WebSocketFactory('ws://127.0.0.1:1/vnf-ws'));
    await until(() => log.some(({ reason }) => reason?.includes('ECONNREFUSED') === true));
    rpc.destroy();
  });

  it('[WS26] opens sockets of a class that is passed in', () => {
    const urls: string[] = [];
    class Socket extends FakeSocket {
      constructor(url: string) {
        super();
        urls.push(url);
      }
    }
    const factory = new WebSocketFactory('wss://host/path', { WebSocket: Socket });
    expect(factory.newWebSocket()).toBeInstanceOf(Socket);
    expect(urls).toEqual(['wss://host/path']);
  });

  it.each([undefined, 7, '', '/vnf-ws', 'host:8080', 'ftp://host'])(
    '[WS27] throws on %j for a URL',
    (url) => {
      expect(() => new WebSocketFactory(url as string)).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }),
      );
    },
  );
});
