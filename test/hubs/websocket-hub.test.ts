import { describe, expect, it } from 'vitest';
import { WebSocketHub } from '../../src/hubs/websocket-hub.ts';
import { inbox, losses, states } from '../../src/testing/peers.ts';
import { FakeSockets } from '../support/fake-socket.ts';
import { captureLog } from '../support/log.ts';
import { connectedEndpoint, NOT_FOUND, newEndpoint } from '../support/websocket-endpoint.ts';

const log = captureLog();
const warnings = () => log.filter(({ level }) => level === 'warn');

describe('WebSocketHub: opening', () => {
  it('[WH3] sends HANDSHAKE and is connected when ACCEPT comes', () => {
    const { endpoint, push, bodies } = newEndpoint();
    const statuses: string[] = [];
    endpoint.openConnection('you', ({ status }) => statuses.push(status));
    expect(bodies()).toEqual(['HANDSHAKE']);
    expect(endpoint.getConnectionState('you')).toBe('connecting');
    push('ACCEPT');
    expect(statuses).toEqual(['CONNECTED']);
  });

  it('[WH3] answers HANDSHAKE with ACCEPT before anything that the application sends, and is connected at once', () => {
    const { endpoint, push, bodies } = newEndpoint();
    endpoint.onConnectionOpen((eva) => endpoint.send(eva, 'hello'));
    push('HANDSHAKE');
    expect(bodies()).toEqual(['ACCEPT', 'MESSAGE\nhello']);
    expect(endpoint.isConnected('you')).toBe(true);
  });

  it('[WH3] answers a HANDSHAKE on a connection that is up with ACCEPT, and changes nothing', () => {
    const { endpoint, push, bodies } = connectedEndpoint();
    const seen = states(endpoint);
    push('HANDSHAKE');
    expect(bodies()).toEqual(['ACCEPT']);
    push('ACCEPT');
    expect(seen).toEqual([]);
  });

  it('[WH4] fails an attempt at once that reaches nobody, tries again after the delay, and fails with the last one', () => {
    const { hub, endpoint, clock, sockets, bodies, answer } = newEndpoint();
    hub.setOpenConnectionRetries(1);
    hub.setRetryConnectAfterDelay(100);
    const statuses: string[] = [];
    endpoint.openConnection('you', ({ status }) => statuses.push(status));
    answer(NOT_FOUND);
    expect(bodies()).toEqual(['HANDSHAKE']);
    clock.advance(99);
    expect(bodies()).toEqual([]);
    clock.advance(1);
    expect(bodies()).toEqual(['HANDSHAKE']);
    expect(statuses).toEqual([]);
    sockets.last.receive('CALL_ERROR\n2 SEND_TO_ENDPOINT\nCALL_FAILED_UNEXPECTED_EXCEPTION');
    expect(statuses).toEqual(['FAILED']);
    expect(endpoint.getConnectionState('you')).toBe('lost');
  });

  it('[WH5] cancels the HANDSHAKE call of the attempt before', () => {
    const { hub, endpoint, clock, sockets } = newEndpoint();
    hub.setEstablishConnectionTimeout(1000);
    endpoint.openConnection('you', () => {});
    sockets.last.break();
    clock.advance(1000);
    sockets.last.login();
    // Only the newest attempt's call is left to be sent again.
    expect(sockets.last.take()).toEqual(['2 SEND_TO_ENDPOINT\nyou\nHANDSHAKE']);
    sockets.last.receive(`1 SEND_TO_ENDPOINT\n${NOT_FOUND}`);
    expect(endpoint.getConnectionState('you')).toBe('connecting');
  });

  it('[WH5] cancels the HANDSHAKE call of an attempt that the other side ended', () => {
    const { endpoint, clock, sockets, push } = newEndpoint();
    endpoint.openConnection('you', () => {});
    push('CLOSE-CONNECTION');
    clock.advance(0);
    sockets.last.break();
    sockets.last.login();
    expect(sockets.last.take()).toEqual(['2 SEND_TO_ENDPOINT\nyou\nHANDSHAKE']);
  });

  it('[WH5] keeps the HANDSHAKE of an attempt over a reconnect', () => {
    const { endpoint, sockets, push } = newEndpoint();
    endpoint.openConnection('you', () => {});
    sockets.last.break();
    expect(endpoint.getConnectionState('you')).toBe('connecting');
    sockets.last.login();
    expect(sockets.last.take()).toEqual(['1 SEND_TO_ENDPOINT\nyou\nHANDSHAKE']);
    push('ACCEPT');
    expect(endpoint.getConnectionState('you')).toBe('CONNECTED');
  });

  it('[WH6] begins a new attempt when a CLOSE-CONNECTION of an earlier connection comes', () => {
    const { clock, endpoint, push, bodies } = newEndpoint();
    const statuses: string[] = [];
    endpoint.openConnection('you', ({ status }) => statuses.push(status));
    push('CLOSE-CONNECTION');
    clock.advance(0);
    expect(bodies()).toEqual(['HANDSHAKE', 'HANDSHAKE']);
    push('ACCEPT');
    expect(statuses).toEqual(['CONNECTED']);
  });
});

describe('WebSocketHub: messages', () => {
  it('[WH7] carries messages both ways, whatever is in them', () => {
    const { endpoint, push, bodies } = connectedEndpoint();
    const received = inbox(endpoint);
    for (const text of ['', 'HANDSHAKE', 'a\nb', '😀']) {
      endpoint.send('you', text);
      push(`MESSAGE\n${text}`);
    }
    expect(bodies()).toEqual(['MESSAGE\n', 'MESSAGE\nHANDSHAKE', 'MESSAGE\na\nb', 'MESSAGE\n😀']);
    expect(received.map(({ message }) => message)).toEqual(['', 'HANDSHAKE', 'a\nb', '😀']);
  });

  it('[WH7] drops a message of a side that is not connected', () => {
    const { endpoint, push, bodies } = newEndpoint();
    const received = inbox(endpoint);
    push('MESSAGE\nx');
    bodies();
    endpoint.openConnection('you', () => {});
    push('MESSAGE\ny');
    expect(received).toEqual([]);
    expect(bodies()).toEqual(['HANDSHAKE']);
  });

  it.each(['MESSAGE\nx', 'ACCEPT'])(
    '[WH24] answers %j for a connection that is not there with CLOSE-CONNECTION, once in a second',
    (body) => {
      const { clock, endpoint, push, bodies } = newEndpoint();
      for (let count = 0; count < 3; count += 1) push(body);
      expect(bodies()).toEqual(['CLOSE-CONNECTION']);
      clock.advance(999);
      push(body);
      expect(bodies()).toEqual([]);
      clock.advance(1);
      push(body);
      expect(bodies()).toEqual(['CLOSE-CONNECTION']);
      expect(endpoint.getConnectionState('you')).toBeUndefined();
    },
  );

  it('[WH24] answers nothing to what has crossed its CLOSE-CONNECTION, nor to a CLOSE-CONNECTION', () => {
    const { clock, endpoint, push, bodies } = connectedEndpoint();
    endpoint.closeConnection('you');
    push('MESSAGE\nx');
    push('CLOSE-CONNECTION');
    expect(bodies()).toEqual(['CLOSE-CONNECTION']);
    clock.advance(5000);
    push('CLOSE-CONNECTION');
    expect(bodies()).toEqual([]);
  });

  it.each([
    ['that the broker knows no recipient for', `\n${NOT_FOUND}`],
    ['that the broker fails', undefined],
  ])('[WH8] loses the connection of a message %s', (_name, result) => {
    const { endpoint, sockets } = connectedEndpoint();
    const lost = losses(endpoint);
    endpoint.send('you', 'x');
    const header = sockets.last.header('SEND_TO_ENDPOINT');
    sockets.last.receive(result === undefined ? `CALL_ERROR\n${header}\nWHY` : header + result);
    expect(lost).toEqual(['you']);
    expect(endpoint.getConnectionState('you')).toBe('lost');
  });

  it('[WH8] loses the connection whose ACCEPT reaches nobody', () => {
    const { endpoint, push, answer } = newEndpoint();
    push('HANDSHAKE');
    answer(NOT_FOUND);
    expect(endpoint.getConnectionState('you')).toBe('lost');
  });

  it.each([
    ['no body', 'ENDPOINT_MESSAGE\nyou'],
    ['an unknown body', 'ENDPOINT_MESSAGE\nyou\nWHAT'],
    ['an empty body', 'ENDPOINT_MESSAGE\nyou\n'],
    ['the own address for a source', 'ENDPOINT_MESSAGE\nme\nHANDSHAKE'],
  ])('[WH2] logs a frame with %s once, drops it and goes on', (_name, frame) => {
    const { endpoint, sockets, push } = connectedEndpoint();
    const received = inbox(endpoint);
    sockets.last.receive(frame);
    expect(warnings()).toMatchObject([{ endpoint: 'me', reason: expect.stringMatching(/./) }]);
    push('MESSAGE\nx');
    expect(received).toHaveLength(1);
    expect(endpoint.isConnected('you')).toBe(true);
  });

  it('[WH9] throws ERR_MESSAGE_TOO_LARGE for a message whose frame is over maxFrameBytes, and names MarshallerHub', () => {
    const { endpoint, bodies } = connectedEndpoint({ maxFrameBytes: 1000 });
    endpoint.send('you', 'x'.repeat(949));
    endpoint.send('you', 'é'.repeat(474));
    expect(bodies()).toHaveLength(2);
    const tooLarge = expect.objectContaining({
      code: 'ERR_MESSAGE_TOO_LARGE',
      message: expect.stringContaining('MarshallerHub'),
    });
    expect(() => endpoint.send('you', 'x'.repeat(950))).toThrow(tooLarge);
    expect(() => endpoint.send('you', 'é'.repeat(475))).toThrow(tooLarge);
    expect(bodies()).toEqual([]);
    expect(endpoint.isConnected('you')).toBe(true);
  });
});

describe('WebSocketHub: closing', () => {
  it('[WH10] sends CLOSE-CONNECTION when it closes, also for a connection that is opening', () => {
    const { endpoint, bodies } = connectedEndpoint();
    endpoint.closeConnection('you');
    expect(bodies()).toEqual(['CLOSE-CONNECTION']);
    const statuses: string[] = [];
    endpoint.openConnection('you', ({ status }) => statuses.push(status));
    endpoint.closeConnection('you');
    expect(bodies()).toEqual(['HANDSHAKE', 'CLOSE-CONNECTION']);
    expect(statuses).toEqual(['FAILED']);
  });

  it('[WH10] closes without a word when the other side’s CLOSE-CONNECTION comes', () => {
    const { endpoint, push, bodies } = connectedEndpoint();
    const lost = losses(endpoint);
    push('CLOSE-CONNECTION');
    push('CLOSE-CONNECTION');
    expect(endpoint.getConnectionState('you')).toBe('closed');
    expect(lost).toEqual(['you']);
    expect(bodies()).toEqual([]);
  });

  it('[WH22] sends one CLOSE-CONNECTION when all attempts time out, and drops what comes late', () => {
    const { hub, clock, endpoint, push, bodies } = newEndpoint();
    hub.setEstablishConnectionTimeout(1000);
    hub.setOpenConnectionRetries(1);
    hub.setRetryConnectAfterDelay(100);
    const statuses: string[] = [];
    const received = inbox(endpoint);
    endpoint.openConnection('you', ({ status }) => statuses.push(status));
    clock.advance(2099);
    expect(bodies()).toEqual(['HANDSHAKE', 'HANDSHAKE']);
    expect(statuses).toEqual([]);
    clock.advance(1);
    expect(statuses).toEqual(['FAILED']);
    expect(bodies()).toEqual(['CLOSE-CONNECTION']);
    push('ACCEPT');
    push('MESSAGE\nlate');
    clock.advance(10_000);
    expect(bodies()).toEqual([]);
    expect(received).toEqual([]);
    expect(statuses).toEqual(['FAILED']);
    expect(endpoint.getConnectionState('you')).toBe('lost');
  });

  it('[WH22] sends no CLOSE-CONNECTION when the last attempt reaches nobody', () => {
    const { hub, clock, endpoint, bodies, answer } = newEndpoint();
    hub.setOpenConnectionRetries(0);
    const statuses: string[] = [];
    endpoint.openConnection('you', ({ status }) => statuses.push(status));
    answer(NOT_FOUND);
    clock.advance(10_000);
    expect(statuses).toEqual(['FAILED']);
    expect(bodies()).toEqual(['HANDSHAKE']);
  });

  it('[WH11] lets the CLOSE-CONNECTION of a destroyed endpoint leave before its socket closes', () => {
    const { sockets, endpoint, bodies } = connectedEndpoint();
    sockets.last.close = () => {
      expect(bodies()).toEqual(['CLOSE-CONNECTION']);
      sockets.last.closed = true;
    };
    endpoint.destroy();
    expect(sockets.last.closed).toBe(true);
  });
});

describe('WebSocketHub: its clients', () => {
  it('[WH16] has one client an address, which outlives its endpoint while it is used, and serves the next one', () => {
    const { sockets, hub, endpoint, bodies } = connectedEndpoint();
    const rpc = endpoint.getWebSocketRpc();
    expect(rpc.eva).toBe('me');
    rpc.allocateUsage();
    endpoint.destroy();
    expect(rpc.isDestroyed()).toBe(false);
    const again = hub.openEndpoint('me');
    expect(again).not.toBe(endpoint);
    expect(again.getWebSocketRpc()).toBe(rpc);
    const received = inbox(again);
    sockets.last.receive('ENDPOINT_MESSAGE\nyou\nHANDSHAKE');
    expect(bodies()).toEqual(['CLOSE-CONNECTION', 'ACCEPT']);
    sockets.last.receive('ENDPOINT_MESSAGE\nyou\nMESSAGE\nx');
    expect(received).toHaveLength(1);
    rpc.releaseUsage();
    again.destroy();
    expect(rpc.isDestroyed()).toBe(true);
    expect(hub.openEndpoint('me').getWebSocketRpc()).not.toBe(rpc);
    expect(sockets.all).toHaveLength(2);
  });

  it('[WH16] opens an address anew from a listener that has just destroyed it', () => {
    const { sockets, hub, endpoint } = connectedEndpoint();
    endpoint.onConnectionStateChange(({ state }) => {
      if (state !== 'reconnecting') return;
      endpoint.destroy();
      hub.openEndpoint('me');
    });
    sockets.last.break();
    expect(hub.getEndPoint('me')?.isDestroyed()).toBe(false);
    expect(hub.getEndPoint('me')?.getWebSocketRpc().isDestroyed()).toBe(false);
  });

  it('[WH17] is destroyed with its client, and its connections are closed', () => {
    const { endpoint } = connectedEndpoint();
    endpoint.send('you', 'x');
    endpoint.getWebSocketRpc().destroy();
    expect(endpoint.isDestroyed()).toBe(true);
    expect(endpoint.getConnectionState('you')).toBe('closed');
  });

  it('[WH18] passes its intervals on to the clients that it has and to those that come', () => {
    const { clock, sockets, hub, endpoint } = connectedEndpoint();
    hub.setRpcBusyTimerInterval(100);
    hub.setRpcLoginRecreateInterval(200);
    endpoint.send('you', 'x');
    clock.advance(100);
    expect(sockets.all).toHaveLength(2);
    sockets.last.open();
    clock.advance(200);
    expect(sockets.all).toHaveLength(3);
    hub.setRpcIdleTimerInterval(300);
    hub.openEndpoint('other');
    sockets.last.login();
    clock.advance(300);
    expect(sockets.last.take()).toEqual(['1 PING']);
    expect(() => hub.setRpcIdleTimerInterval(-1)).toThrow(/setRpcIdleTimerInterval/);
  });

  it('[WH19] throws on a factory without newWebSocket, a limit that is none and messages that are no strings', () => {
    expect(() => new WebSocketHub(undefined as never)).toThrow(/newWebSocket/);
    expect(() => new WebSocketHub(new FakeSockets(), { maxFrameBytes: 0 })).toThrow(/maxFrameBytes/);
    expect(() => connectedEndpoint().endpoint.send('you', {} as never)).toThrow(/must be a string/);
  });
});
