import { describe, expect, it, vi } from 'vitest';
import { Global } from '../../src/core/global.ts';
import { SEND_BUFFER_UNITS } from '../../src/core/limits.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { UNHEARD } from '../../src/websocket/call-table.ts';
import { WebSocketRpc } from '../../src/websocket/websocket-rpc.ts';
import { FakeSockets } from '../support/fake-socket.ts';
import { captureLog } from '../support/log.ts';
import { connectedClient, isPending, newClient } from '../support/websocket-client.ts';

const log = captureLog();
const warnings = () => log.filter(({ level }) => level === 'warn');

describe('WebSocketRpc: LOGIN and calls', () => {
  it('[WS1] opens a socket at once and sends LOGIN when it is open', () => {
    const { sockets, rpc } = newClient();
    expect(sockets.all).toHaveLength(1);
    expect(sockets.last.sent).toEqual([]);
    sockets.last.open();
    expect(sockets.last.sent).toEqual(['0 LOGIN\nme']);
    expect(rpc.isConnected()).toBe(false);
    sockets.last.answer('LOGIN', 'OK');
    expect(rpc.isConnected()).toBe(true);
  });

  it('[WS2] counts ids over all sockets in the order of the calls, and lets calls wait for LOGIN', () => {
    const { sockets, rpc } = newClient();
    rpc.invoke('A', 'x', { retryResend: true });
    rpc.invoke('B', undefined, { retryResend: true });
    sockets.last.open();
    expect(sockets.last.sent).toEqual(['2 LOGIN\nme']);
    rpc.invoke('C', '', { retryResend: true });
    sockets.last.answer('LOGIN', 'OK');
    expect(sockets.last.sent).toEqual(['2 LOGIN\nme', '0 A\nx', '1 B', '3 C\n']);
    sockets.last.break();
    sockets.last.open();
    expect(sockets.last.sent).toEqual(['4 LOGIN\nme']);
  });

  it('[WS3] resolves a call with its result, its command and its id', async () => {
    const { sockets, rpc } = connectedClient();
    const some = rpc.invoke('SOME', 'x\ny');
    const none = rpc.invoke('NONE');
    expect(sockets.last.take()).toEqual(['1 SOME\nx\ny', '2 NONE']);
    sockets.last.receive('2 NONE');
    sockets.last.receive('1 SOME\nline 1\nline 2');
    expect(await some).toEqual({ data: 'line 1\nline 2', command: 'SOME', callId: 1 });
    expect(await none).toEqual({ data: undefined, command: 'NONE', callId: 2 });
  });

  it('[WS4] rejects a failed call with the reason as a plain string', async () => {
    const { sockets, rpc } = connectedClient();
    const call = rpc.invoke('WHAT');
    sockets.last.receive(`CALL_ERROR\n1 WHAT\n${Global.CALL_FAILED_UNKNOWN_METHOD}`);
    await expect(call).rejects.toBe('CALL_FAILED_UNKNOWN_METHOD');
  });

  it('[WS5] ignores a second answer, and one to a call that was cancelled', async () => {
    const { sockets, rpc } = connectedClient();
    const call = rpc.invoke('A');
    const { promise, cancel } = rpc.invokeFuture('B');
    cancel();
    sockets.last.receive('1 A\nfirst');
    sockets.last.receive('1 A\nsecond');
    sockets.last.receive('2 B\nlate');
    expect(await call).toMatchObject({ data: 'first' });
    expect(await isPending(promise)).toBe(true);
    expect(warnings()).toEqual([]);
  });

  it('[WS5] does not send a cancelled call that waited', () => {
    const { sockets, rpc } = newClient();
    rpc.invokeFuture('A', 'x', { retryResend: true }).cancel();
    sockets.last.login();
    expect(sockets.last.take()).toEqual([]);
  });

  it('[WS6] tells every LOGIN that succeeds to onConnectionOpen, after what waited was sent', () => {
    const { sockets, rpc } = newClient();
    const opened = vi.fn(() => rpc.invoke('FIRST').catch(() => {}));
    rpc.onConnectionOpen(opened);
    rpc.invoke('WAITED', 'x', { retryResend: true });
    sockets.last.login();
    expect(opened).toHaveBeenCalledTimes(1);
    expect(sockets.last.take()).toEqual(['0 WAITED\nx', '2 FIRST']);
    sockets.last.break();
    sockets.last.login();
    expect(opened).toHaveBeenCalledTimes(2);
  });
});

describe('WebSocketRpc: destruction', () => {
  it.each<[string, (sockets: FakeSockets) => void]>([
    ['connecting', () => {}],
    ['logging in', (sockets) => sockets.last.open()],
    ['ready', (sockets) => sockets.last.login()],
    ['backing off', (sockets) => sockets.last.break()],
  ])('[WS17] leaves no timer and no open socket behind when it was %s', (_state, prepare) => {
    const { clock, sockets, rpc } = newClient();
    prepare(sockets);
    rpc.destroy();
    rpc.destroy();
    expect(clock.pending).toBe(0);
    expect(sockets.last.closed).toBe(true);
    sockets.last.break();
    clock.advance(100_000);
    expect(sockets.all).toHaveLength(1);
    expect(rpc.isDestroyed()).toBe(true);
    expect(rpc.isConnected()).toBe(false);
  });

  it('[WS17] rejects what is pending and what comes later with INSTANCE_DESTROYED', async () => {
    const { sockets, rpc } = connectedClient();
    const pending = rpc.invoke('A', undefined, { retryResend: true });
    rpc.destroy();
    await expect(pending).rejects.toBe('INSTANCE_DESTROYED');
    await expect(rpc.invoke('B')).rejects.toBe('INSTANCE_DESTROYED');
    expect(sockets.last.take()).toEqual(['1 A']);
  });

  it('[WS17] is destroyed at once where a listener of its own destroys it', async () => {
    const { sockets, rpc } = newClient();
    const waiting = rpc.invoke('A', undefined, { retryResend: true });
    rpc.onConnectionOpen(rpc.destroy);
    sockets.last.login();
    await expect(waiting).rejects.toBe('INSTANCE_DESTROYED');
    expect(rpc.isDestroyed()).toBe(true);
    expect(sockets.last.closed).toBe(true);
  });

  it('[WS17] sends nothing that waited when it is destroyed in the moment of its LOGIN', async () => {
    const { sockets, rpc } = newClient();
    const waiting = rpc.invoke('A', undefined, { retryResend: true });
    rpc.observe({ restoring: rpc.destroy });
    sockets.last.login();
    await expect(waiting).rejects.toBe('INSTANCE_DESTROYED');
    expect(sockets.last.take()).toEqual([]);
  });

  it('[WS18] is destroyed by the last releaseUsage', () => {
    const { rpc } = connectedClient();
    rpc.allocateUsage();
    rpc.allocateUsage();
    rpc.releaseUsage();
    expect(rpc.isDestroyed()).toBe(false);
    rpc.releaseUsage();
    expect(rpc.isDestroyed()).toBe(true);
  });
});

describe('WebSocketRpc: pushes and malformed frames', () => {
  it('[WS19] gives a push to every handler of its type, also past one that throws', () => {
    const { sockets, rpc } = connectedClient();
    const seen: unknown[] = [];
    rpc.registerPushHandler('NEWS', () => {
      throw new Error('boom');
    });
    rpc.registerPushHandler('NEWS', (event) => seen.push(event));
    const remove = rpc.registerPushHandler('NEWS', (event) => seen.push(event));
    remove();
    rpc.registerPushHandler('OTHER', (event) => seen.push(event));
    sockets.last.receive('NEWS\nline 1\nline 2');
    expect(seen).toEqual([{ data: 'line 1\nline 2', command: 'NEWS' }]);
    expect(log).toContainEqual(expect.objectContaining({ level: 'error', endpoint: 'me', reason: 'boom' }));
  });

  it.each<[string, unknown]>([
    ['an empty frame', ''],
    ['a line that is neither header nor push', 'garbage'],
    ['a failure without a call', 'CALL_ERROR'],
    ['a failure without a reason', 'CALL_ERROR\n1 A'],
    ['a push that nobody handles', 'UNKNOWN\nx'],
    ['a push called as a member of every object', '__proto__\nx'],
    ['a binary frame', new Uint8Array([1, 2, 3])],
  ])('[WS20] logs %s once with its reason, drops it and goes on', async (_name, frame) => {
    const { sockets, rpc } = connectedClient();
    const call = rpc.invoke('A');
    sockets.last.receive(frame);
    expect(warnings()).toMatchObject([{ endpoint: 'me', reason: expect.stringMatching(/./) }]);
    sockets.last.receive('1 A\nok');
    expect(await call).toMatchObject({ data: 'ok' });
    expect(sockets.all).toHaveLength(1);
  });
});

describe('WebSocketRpc: bad input and bounds', () => {
  it('[WS21] throws on a command with an end of line, and on arguments of wrong types', () => {
    const { sockets, rpc } = connectedClient();
    expect(() => rpc.invoke('A\nB')).toThrow(/EOL character/);
    expect(() => rpc.invoke(1 as never)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }));
    expect(() => rpc.invoke('A', {} as never)).toThrow(/argument of invoke must be a string/);
    expect(() => rpc.registerPushHandler('A', 'no' as never)).toThrow(/must be a function/);
    expect(() => rpc.setBusyTimerInterval(-1)).toThrow(/milliseconds/);
    expect(() => rpc.setIdleTimerInterval('1' as never)).toThrow(/milliseconds/);
    expect(() => rpc.setLoginRecreateInterval(Number.NaN)).toThrow(/milliseconds/);
    expect(() => new WebSocketRpc('a\nb', new FakeSockets())).toThrow(/EOL character/);
    expect(() => new WebSocketRpc('a', {} as never)).toThrow(/newWebSocket/);
    expect(sockets.last.take()).toEqual([]);
  });

  it('[WS5] never sends a call of a hub that was cancelled before it left', () => {
    const { sockets, rpc } = connectedClient();
    const call = rpc.addCall('A', undefined, true, UNHEARD);
    rpc.cancelCall(call);
    rpc.sendCall(call);
    expect(sockets.last.take()).toEqual([]);
  });

  it('[WS22] throws ERR_BUFFER_FULL when the calls without answers would exceed 2^27 UTF-16 units', () => {
    const { sockets, rpc } = connectedClient({ maxFrameBytes: Number.POSITIVE_INFINITY });
    const half = 'x'.repeat(SEND_BUFFER_UNITS / 2);
    rpc.invoke('A', half);
    expect(() => rpc.invoke('B', half)).toThrow(expect.objectContaining({ code: 'ERR_BUFFER_FULL' }));
    expect(sockets.last.take()).toHaveLength(1);
    sockets.last.receive('1 A');
    rpc.invoke('B', half);
    expect(sockets.last.take()).toHaveLength(1);
  });

  it('[WS23] throws ERR_MESSAGE_TOO_LARGE for a call beyond maxFrameBytes of UTF-8', () => {
    const { sockets, rpc } = connectedClient({ maxFrameBytes: 1000 });
    rpc.invoke('A', 'x'.repeat(900));
    expect(() => rpc.invoke('A', 'é'.repeat(500))).toThrow(
      expect.objectContaining({ code: 'ERR_MESSAGE_TOO_LARGE' }),
    );
    expect(sockets.last.take()).toHaveLength(1);
  });

  it('[WS24] takes what a foreign factory or socket throws for a socket that failed', () => {
    const clock = new VirtualClock();
    const sockets = new FakeSockets();
    let broken = true;
    const newWebSocket = () => {
      if (broken) throw new Error('no network');
      return sockets.newWebSocket();
    };
    const rpc = new WebSocketRpc('me', { newWebSocket }, { clock });
    expect(warnings()).toMatchObject([{ reason: 'no socket could be opened: no network' }]);
    broken = false;
    clock.advance(250);
    sockets.last.login();
    clock.advance(1000);
    sockets.last.send = () => {
      throw new Error('not open');
    };
    sockets.last.close = () => {
      throw new Error('not open either');
    };
    rpc.invoke('A', undefined, { retryResend: true });
    expect(sockets.all).toHaveLength(2);
    sockets.last.login();
    expect(sockets.last.take()).toEqual(['1 A']);
  });

  it('[WS25] has methods that work detached from it', async () => {
    const { sockets, rpc } = connectedClient();
    const { invoke, isConnected, verifyConnection, destroy, onConnectionOpen, registerPushHandler } = rpc;
    onConnectionOpen(() => {});
    registerPushHandler('A', () => {});
    const call = invoke('A');
    sockets.last.receive('1 A\nx');
    expect(await call).toMatchObject({ data: 'x' });
    verifyConnection();
    expect(isConnected()).toBe(true);
    destroy();
    expect(isConnected()).toBe(false);
  });
});
