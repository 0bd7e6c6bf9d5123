import { describe, expect, it } from 'vitest';
import { SEND_BUFFER_UNITS } from '../../src/core/limits.ts';
import type { WebSocketEndpoint } from '../../src/hubs/websocket-hub.ts';
import { losses, states } from '../../src/testing/peers.ts';
import type { FakeSocket } from '../support/fake-socket.ts';
import { captureLog } from '../support/log.ts';
import { connectedEndpoint, NOT_FOUND } from '../support/websocket-endpoint.ts';

captureLog();

/** The socket throws as soon as it is given a frame that ends with `text`. */
function throwAt(socket: FakeSocket, text: string): void {
  socket.send = (frame) => {
    if (frame.endsWith(`\n${text}`)) throw new Error('not open');
    socket.sent.push(frame);
  };
}

function closeWhenInterrupted(endpoint: WebSocketEndpoint): void {
  endpoint.onConnectionStateChange(({ state, targetEva }) => {
    if (state === 'reconnecting') endpoint.closeConnection(targetEva);
  });
}

describe('WebSocketHub: an outage of the broker', () => {
  it('[WH12] is reconnecting, and sends what was not answered and what waited, in order, once the other side is back', () => {
    const { clock, sockets, endpoint, bodies, answer } = connectedEndpoint();
    const seen = states(endpoint);
    endpoint.send('you', 'answered');
    answer();
    endpoint.send('you', '1');
    endpoint.send('you', '2');
    sockets.last.break();
    expect(endpoint.getConnectionState('you')).toBe('reconnecting');
    expect(endpoint.isConnected('you')).toBe(true);
    endpoint.send('you', '3');
    sockets.last.login();
    endpoint.send('you', '4');
    expect(bodies()).toEqual(['HANDSHAKE']);
    answer(NOT_FOUND);
    clock.advance(249);
    expect(bodies()).toEqual([]);
    clock.advance(1);
    expect(bodies()).toEqual(['HANDSHAKE']);
    answer();
    expect(endpoint.getConnectionState('you')).toBe('CONNECTED');
    endpoint.send('you', '5');
    expect(bodies()).toEqual([1, 2, 3, 4, 5].map((text) => `MESSAGE\n${text}`));
    expect(seen.map(({ state }) => state)).toEqual(['reconnecting', 'CONNECTED']);
  });

  it('[WH12] keeps the order over a second outage in the middle of the first one’s end', () => {
    const { clock, sockets, endpoint, bodies, answer } = connectedEndpoint();
    endpoint.send('you', '1');
    sockets.last.break();
    endpoint.send('you', '2');
    sockets.last.login();
    clock.advance(1000);
    sockets.last.break();
    endpoint.send('you', '3');
    sockets.last.login();
    clock.advance(1000);
    expect(bodies()).toEqual(['HANDSHAKE']);
    answer();
    expect(bodies()).toEqual(['MESSAGE\n1', 'MESSAGE\n2', 'MESSAGE\n3']);
    sockets.last.break();
    endpoint.send('you', '4');
    sockets.last.login();
    answer();
    expect(bodies()).toEqual(['HANDSHAKE', 'MESSAGE\n1', 'MESSAGE\n2', 'MESSAGE\n3', 'MESSAGE\n4']);
  });

  it('[WH23] keeps the order where a socket throws while what waited goes out', () => {
    const { clock, sockets, endpoint, bodies, answer } = connectedEndpoint();
    const rpc = endpoint.getWebSocketRpc();
    sockets.last.break();
    for (const text of ['one', 'two', 'three']) endpoint.send('you', text);
    sockets.last.login();
    clock.advance(1000);
    throwAt(sockets.last, 'two');
    answer();
    expect(endpoint.getConnectionState('you')).toBe('reconnecting');
    endpoint.send('you', 'four');
    sockets.last.login();
    expect(bodies()).toEqual(['HANDSHAKE']);
    answer();
    expect(bodies()).toEqual(['one', 'two', 'three', 'four'].map((text) => `MESSAGE\n${text}`));
    for (const frame of sockets.last.sent.filter((text) => text.includes('MESSAGE'))) {
      sockets.last.receive(frame.split('\n')[0]);
    }
    expect(rpc.getSendCapacity()).toBe(SEND_BUFFER_UNITS);
  });

  it('[WH23] keeps the order where a socket throws on a message', () => {
    const { sockets, endpoint, bodies, answer } = connectedEndpoint();
    endpoint.send('you', 'one');
    throwAt(sockets.last, 'two');
    endpoint.send('you', 'two');
    endpoint.send('you', 'three');
    sockets.last.login();
    expect(bodies()).toEqual(['HANDSHAKE']);
    answer();
    expect(bodies()).toEqual(['one', 'two', 'three'].map((text) => `MESSAGE\n${text}`));
  });

  it('[WH23] keeps the order where a socket throws on the HANDSHAKE that asks', () => {
    const { clock, sockets, endpoint, bodies, answer } = connectedEndpoint();
    sockets.last.break();
    endpoint.send('you', 'one');
    sockets.last.login();
    clock.advance(1000);
    answer(NOT_FOUND);
    throwAt(sockets.last, 'HANDSHAKE');
    clock.advance(250);
    sockets.last.login();
    expect(bodies()).toEqual(['HANDSHAKE']);
    answer();
    expect(bodies()).toEqual(['MESSAGE\none']);
  });

  it('[WH23] sends nothing more of a connection that is closed when a socket throws while what waited goes out', () => {
    const { clock, sockets, endpoint, bodies, answer } = connectedEndpoint();
    sockets.last.break();
    for (const text of ['one', 'two', 'three']) endpoint.send('you', text);
    sockets.last.login();
    clock.advance(1000);
    closeWhenInterrupted(endpoint);
    throwAt(sockets.last, 'two');
    answer();
    expect(endpoint.getConnectionState('you')).toBe('closed');
    sockets.last.login();
    expect(bodies()).toEqual(['CLOSE-CONNECTION']);
    answer();
    expect(endpoint.getWebSocketRpc().getSendCapacity()).toBe(SEND_BUFFER_UNITS);
  });

  it('[WH23] sends nothing more of a connection that is closed when a socket throws on a message', () => {
    const { sockets, endpoint, bodies } = connectedEndpoint();
    closeWhenInterrupted(endpoint);
    throwAt(sockets.last, 'one');
    endpoint.send('you', 'one');
    sockets.last.login();
    expect(bodies()).toEqual(['CLOSE-CONNECTION']);
  });

  it('[WH13] loses the connection when the other side is not back 15 s after the broker is', () => {
    const { clock, sockets, endpoint, answer } = connectedEndpoint();
    const lost = losses(endpoint);
    sockets.last.break();
    sockets.last.login();
    for (let waited = 0; waited < 15_000; waited += 250) {
      expect(endpoint.getConnectionState('you')).toBe('reconnecting');
      answer(NOT_FOUND);
      clock.advance(250);
    }
    expect(endpoint.getConnectionState('you')).toBe('lost');
    expect(lost).toEqual(['you']);
  });

  it('[WH14] throws ERR_BUFFER_FULL when more than 2^27 UTF-16 units would wait, and has room again afterwards', () => {
    const { sockets, endpoint, bodies, answer } = connectedEndpoint({
      maxFrameBytes: Number.POSITIVE_INFINITY,
    });
    const room = endpoint.getSendCapacity('you');
    expect(room).toBe(SEND_BUFFER_UNITS);
    const half = 'x'.repeat(SEND_BUFFER_UNITS / 2);
    endpoint.send('you', half);
    sockets.last.break();
    const full = expect.objectContaining({ code: 'ERR_BUFFER_FULL' });
    expect(() => endpoint.send('you', half)).toThrow(full);
    endpoint.send('you', 'small');
    sockets.last.login();
    answer();
    expect(bodies().map(({ length }) => length)).toEqual([9, half.length + 8, 13]);
    endpoint.closeConnection('you');
    sockets.last.answer('SEND_TO_ENDPOINT');
    expect(endpoint.getWebSocketRpc().getSendCapacity()).toBe(room);
  });

  it('[WH14] gives back the room of what waited for a connection that ends', () => {
    const { sockets, endpoint, push } = connectedEndpoint();
    const rpc = endpoint.getWebSocketRpc();
    const room = rpc.getSendCapacity();
    sockets.last.break();
    endpoint.send('you', 'x'.repeat(1000));
    expect(rpc.getSendCapacity()).toBeLessThan(room);
    sockets.last.login();
    push('CLOSE-CONNECTION');
    expect(endpoint.getConnectionState('you')).toBe('closed');
    expect(rpc.getSendCapacity()).toBe(room);
  });

  it('[WH15] answers a HANDSHAKE during an outage, whose ACCEPT decides nothing', () => {
    const { sockets, endpoint, push, bodies } = connectedEndpoint();
    sockets.last.break();
    sockets.last.login();
    push('HANDSHAKE');
    sockets.last.answer('SEND_TO_ENDPOINT', NOT_FOUND);
    expect(bodies()).toEqual(['HANDSHAKE', 'ACCEPT']);
    expect(endpoint.getConnectionState('you')).toBe('reconnecting');
  });

  it('[WH10] sends the CLOSE-CONNECTION of a connection that was closed during an outage after it', () => {
    const { sockets, endpoint, bodies } = connectedEndpoint();
    sockets.last.break();
    endpoint.send('you', 'never');
    endpoint.closeConnection('you');
    expect(endpoint.getConnectionState('you')).toBe('closed');
    sockets.last.login();
    expect(bodies()).toEqual(['CLOSE-CONNECTION']);
  });
});
