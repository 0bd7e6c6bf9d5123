import { describe, expect, test } from 'vitest';
import type { ConnectionStateEvent } from '../../src/core/contracts.ts';
import { ReliableHub } from '../../src/hubs/reliable-hub.ts';
import { captureLog } from '../support/log.ts';
import { overrideHub } from '../support/override-hub.ts';
import { connect, meet, meetConnected, numbers, start, watch } from '../support/reliable-sides.ts';
import { pass, turns } from '../support/turns.ts';

const logged = captureLog();
const warnings = () => logged.filter(({ level }) => level === 'warn' || level === 'error');

describe('ReliableHub: interruptions', () => {
  test('[RB13] a lost parent connection is reopened at once, and everything arrives once and in order', async () => {
    const { clock, way, a, b } = await connect();
    a.send('b', '0');
    way.loses = ({ text }) => text.startsWith('MESSAGE');
    a.send('b', '1');
    way.heal();
    a.onConnectionStateChange(({ state }) => state === 'reconnecting' && a.send('b', '2'));
    b.onConnectionStateChange(({ state }) => state === 'reconnecting' && b.send('a', 'back'));
    way.hub.getEndPoint('a')?.closeConnection('b');
    await turns();
    a.send('b', '3');
    await pass(clock, 1500);
    expect([a.messages, b.messages]).toEqual([['back'], numbers(4)]);
    expect([a.states, b.states]).toEqual([
      ['connecting', 'CONNECTED', 'reconnecting', 'CONNECTED'],
      ['connecting', 'CONNECTED', 'reconnecting', 'CONNECTED'],
    ]);
  });

  test('[RB13] survives 100 breaks of the parent connection in the middle of a conversation', async () => {
    const { clock, way, a, b } = await connect();
    b.onMessage = ({ message }) => {
      b.messages.push(message);
      b.send('a', message);
    };
    for (let round = 0; round < 100; round += 1) {
      for (const text of numbers(10, round * 10)) a.send('b', text);
      way.hub.getEndPoint(round % 2 === 0 ? 'a' : 'b')?.closeConnection(round % 2 === 0 ? 'b' : 'a');
      await pass(clock, 100);
    }
    await pass(clock, 3000);
    expect(b.messages).toEqual(numbers(1000));
    expect(a.messages).toEqual(numbers(1000));
  });

  test('[RB14] silence of 5 s is published as reconnecting, and replaces the parent connection', async () => {
    const { clock, way, a, b } = await connect();
    const parentStates: string[] = [];
    way.hub.getEndPoint('a')?.onConnectionStateChange(({ state }) => parentStates.push(state));
    way.cut();
    await pass(clock, 4900);
    expect([a.states.at(-1), parentStates]).toEqual(['CONNECTED', []]);
    await pass(clock, 200);
    expect([a.states.at(-1), b.states.at(-1)]).toEqual(['reconnecting', 'reconnecting']);
    expect(parentStates.slice(0, 3)).toEqual(['closed', 'connecting', 'CONNECTED']);
    expect(a.isConnected('b')).toBe(true);
    a.send('b', 'meanwhile');
    expect(way.frames.some(({ text }) => text.endsWith('meanwhile'))).toBe(false);
    way.heal();
    await pass(clock, 2000);
    expect([a.states.at(-1), b.states.at(-1), b.messages]).toEqual(['CONNECTED', 'CONNECTED', ['meanwhile']]);
  });

  test('[RB14] replaces it again after every 5 s of silence, and not more often', async () => {
    const { clock, way } = await connect();
    const closedAt: number[] = [];
    way.hub.getEndPoint('a')?.onConnectionLost(() => closedAt.push(clock.now()));
    way.cut();
    await pass(clock, 14_900);
    // Both sides have the same idea at the same time: each closes what it has, and the other one's.
    expect(new Set(closedAt)).toEqual(new Set([5000, 10_000]));
  });

  test('[RB14] opens the parent connection again also where the parent does not say that it has closed it', async () => {
    const { clock, base, other, heard } = await meet();
    const quiet = overrideHub(base, (endpoint) => ({
      onConnectionLost: () => {},
      onConnectionStateChange: (listener) =>
        endpoint.onConnectionStateChange?.((event) => {
          if (event.state !== 'closed') listener(event);
        }),
    }));
    const c = watch(new ReliableHub(quiet, { clock, random: () => 0.5 }).openEndpoint('c'));
    c.setEndpointId('c');
    c.openConnection('other', () => {});
    await turns();
    other.send('c', 'ACCEPT c-1 other-1');
    expect(c.states.at(-1)).toBe('CONNECTED');
    await pass(clock, 4900);
    heard.length = 0;
    await pass(clock, 100);
    expect(c.states.at(-1)).toBe('reconnecting');
    expect(heard[0]).toBe('HEARTBEAT other-1 c-1 0 -1');
    expect(base.getEndPoint('c')?.isConnected('other')).toBe(true);
  });

  test('[RB14] while the parent itself is reconnecting, nothing is sent and nothing is opened', async () => {
    const { clock, way, b } = start();
    let listener: (event: ConnectionStateEvent) => unknown = () => {};
    let isSuspended = false;
    let asked = 0;
    const shaky = overrideHub(way, (endpoint) => ({
      getConnectionState: (eva) => (isSuspended ? 'reconnecting' : endpoint.getConnectionState?.(eva)),
      onConnectionStateChange(each) {
        listener = each;
        endpoint.onConnectionStateChange?.(each);
      },
      openConnection(targetEva, callback) {
        asked += 1;
        endpoint.openConnection(targetEva, callback);
      },
    }));
    const c = watch(new ReliableHub(shaky, { clock, random: () => 0.5 }).openEndpoint('c'));
    c.openConnection('b', () => {});
    await turns();
    isSuspended = true;
    listener({ targetEva: 'b', state: 'reconnecting', previous: 'CONNECTED' });
    expect(c.states.at(-1)).toBe('reconnecting');
    const before = way.frames.length;
    c.send('b', 'meanwhile');
    await pass(clock, 4000);
    expect([way.sentBy('c', before), asked]).toEqual([[], 1]);
    isSuspended = false;
    listener({ targetEva: 'b', state: 'CONNECTED', previous: 'reconnecting' });
    await pass(clock, 1500);
    expect([c.states.at(-1), b.messages]).toEqual(['CONNECTED', ['meanwhile']]);
  });

  test('[RB14] messages are as good as HEARTBEATs against silence', async () => {
    const { clock, way, a, b } = await connect();
    way.loses = ({ text }) => text.startsWith('HEARTBEAT');
    for (let second = 0; second < 30; second += 1) {
      a.send('b', 'x');
      b.send('a', 'x');
      await pass(clock, 1000);
    }
    expect([a.states, b.states]).toEqual([
      ['connecting', 'CONNECTED'],
      ['connecting', 'CONNECTED'],
    ]);
  });

  test('[RB15] silence of 15 s is the end: lost on both sides', async () => {
    const { clock, way, a, b } = await connect();
    const lost: string[] = [];
    a.onConnectionLost((eva) => lost.push(eva));
    b.onConnectionLost((eva) => lost.push(eva));
    way.cut();
    await pass(clock, 14_900);
    expect(lost).toEqual([]);
    await pass(clock, 200);
    expect([a.states.at(-1), b.states.at(-1)]).toEqual(['lost', 'lost']);
    expect(lost).toEqual(['b', 'a']);
  });

  test('[RB16] settings reach the sessions that run', async () => {
    const { clock, way, hubA, hubB, a, b } = await connect();
    for (const hub of [hubA, hubB]) {
      hub.setHeartbeatInterval(10);
      hub.setConnectionInvalidateInterval(50);
      hub.setConnectionLostTimeout(200);
    }
    await pass(clock, 1000, 10);
    expect(way.frames.length).toBeGreaterThan(100);
    expect(a.states.at(-1)).toBe('CONNECTED');
    way.cut();
    await pass(clock, 100, 10);
    expect(a.states.at(-1)).toBe('reconnecting');
    await pass(clock, 150, 10);
    expect([a.states.at(-1), b.states.at(-1)]).toEqual(['lost', 'lost']);
  });

  test.each([-1, Number.NaN, '1000', null])('[RB16] the settings refuse %j', (ms) => {
    const { hubA } = start();
    const refused = expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' });
    expect(() => hubA.setHeartbeatInterval(ms as number)).toThrow(refused);
    expect(() => hubA.setConnectionInvalidateInterval(ms as number)).toThrow(refused);
    expect(() => hubA.setConnectionLostTimeout(ms as number)).toThrow(refused);
  });

  test('[RB16] repeats on the interval give or take 30 %', async () => {
    for (const [chance, at] of [
      [0, 700],
      [0.999999, 1300],
    ] as const) {
      const { clock, way } = await connect({ random: () => chance });
      const before = way.frames.length;
      await pass(clock, at - 100);
      expect(way.frames.length).toBe(before);
      await pass(clock, 100);
      expect(way.frames.length).toBe(before + 2);
    }
  });
});

describe('ReliableHub: closing', () => {
  test('[RB17] tells the other side, which answers and ends as closed', async () => {
    const { way, a, b } = await connect();
    const before = way.frames.length;
    a.closeConnection('b');
    expect([a.states.at(-1), b.states.at(-1)]).toEqual(['closed', 'closed']);
    expect(way.sent(before)).toEqual(['CLOSE-CONNECTION b-1 a-1', 'CLOSE-ACCEPT a-1 b-1']);
  });

  test('[RB17] repeats CLOSE-CONNECTION until it is answered', async () => {
    const { clock, way, a, b } = await connect();
    way.cut();
    a.closeConnection('b');
    await pass(clock, 2500);
    expect(b.states.at(-1)).toBe('CONNECTED');
    way.heal();
    await pass(clock, 1000);
    expect(b.states.at(-1)).toBe('closed');
    const before = way.frames.length;
    await pass(clock, 5000);
    expect(way.frames.length).toBe(before);
  });

  test('[RB17] an acceptor that never heard the HEARTBEAT takes CLOSE-CONNECTION at once', async () => {
    const { way, a, b, open } = start();
    way.loses = ({ text }) => text.startsWith('HEARTBEAT');
    expect(open()).toEqual([]);
    await turns();
    expect([a.states.at(-1), b.states.at(-1)]).toEqual(['CONNECTED', 'connecting']);
    a.closeConnection('b');
    expect(b.states.at(-1)).toBe('lost');
    expect(way.sentBy('b')).toEqual(['ACCEPT a-1 b-1', 'CLOSE-ACCEPT a-1 b-1']);
  });

  test.each(['before a session', 'connected', 'closed'])(
    '[RB18] answers every CLOSE-CONNECTION: %s',
    async (when) => {
      const { say } = await (when === 'before a session' ? meet() : meetConnected());
      if (when === 'closed') say('CLOSE-CONNECTION a-1 other-1');
      expect(say('CLOSE-CONNECTION undefined other-9')).toEqual(['CLOSE-ACCEPT other-9 undefined']);
    },
  );

  test('[RB18] a late HANDSHAKE of a session that has ended begins no other one', async () => {
    const { a, say } = await meetConnected();
    say('CLOSE-CONNECTION a-1 other-1');
    expect(say('HANDSHAKE other-1')).toEqual([]);
    expect(a.states).toEqual(['connecting', 'CONNECTED', 'closed']);
    expect(say('HANDSHAKE other-2')).toEqual(['ACCEPT other-2 a-2']);
  });

  test('[RB18] what comes late for a session that has ended is a phantom, and nothing malformed', async () => {
    const { a, say } = await meetConnected();
    a.send('other', 'x');
    a.closeConnection('other');
    expect(say('HEARTBEAT a-1 other-1 1 -1', 'MESSAGE a-1 0 late', 'ACCEPT a-1 other-1')).toEqual([]);
    expect([a.messages, warnings()]).toEqual([[], []]);
  });

  test('[RB19] opens again at once, with a new session, while the old one is still closing', async () => {
    const { clock, way, a, b, open } = await connect();
    a.send('b', 'old');
    way.loses = ({ text }) => text.startsWith('CLOSE');
    a.closeConnection('b');
    const statuses = open();
    await turns();
    // The other side still holds the old session, and takes no other one.
    expect(statuses).toEqual([]);
    way.heal();
    await pass(clock, 1100);
    expect(statuses).toEqual(['CONNECTED']);
    a.send('b', 'new');
    expect([b.messages, way.frames.at(-1)?.text]).toEqual([['old', 'new'], 'MESSAGE b-2 0 new']);
    await pass(clock, 20_000);
    // The old session is gone, and has left the parent connection to the new one.
    expect(a.states.slice(-2)).toEqual(['connecting', 'CONNECTED']);
    expect(way.hub.getEndPoint('a')?.isConnected('b')).toBe(true);
  });

  test('[RB19] lets the parent connection go after the lost timeout, with all its timers', async () => {
    const { clock, way, a } = await connect();
    a.closeConnection('b');
    await pass(clock, 14_900);
    expect(way.hub.getEndPoint('a')?.isConnected('b')).toBe(true);
    await pass(clock, 200);
    expect(way.hub.getEndPoint('a')?.isConnected('b')).toBe(false);
    expect(clock.pending).toBe(0);
  });

  test('[RB19] keeps no more than 8 sessions with one peer that have ended', async () => {
    const { clock, way, a, b, open } = start();
    way.loses = ({ text }) => text.startsWith('CLOSE');
    for (let round = 0; round < 12; round += 1) {
      open();
      await turns();
      a.closeConnection('b');
    }
    // The other side would ask for the forgotten ones.
    way.loses = ({ from, text }) => from === 'b' || text.startsWith('CLOSE');
    const before = way.frames.length;
    await pass(clock, 1000);
    expect(way.sentBy('a', before).filter((text) => text.startsWith('CLOSE-CONNECTION'))).toHaveLength(8);
    expect(b.isDestroyed()).toBe(false);
  });

  test('[RB20] destroy tells every other side, frees the address and leaves no timer', async () => {
    const { clock, way, a, b } = await connect();
    a.destroy();
    expect([a.states.at(-1), b.states.at(-1)]).toEqual(['closed', 'closed']);
    expect(way.hub.getEndPoint('a')).toBeUndefined();
    b.destroy();
    await turns();
    expect(clock.pending).toBe(0);
  });

  test('[RB20] ends with its parent endpoint', async () => {
    const { clock, way, a, b } = await connect();
    way.hub.getEndPoint('a')?.destroy();
    expect([a.isDestroyed(), a.states.at(-1)]).toEqual([true, 'closed']);
    b.destroy();
    await turns();
    expect(clock.pending).toBe(0);
    expect(warnings()).toEqual([]);
  });

  test('[RB21] an endpoint that starts again with the same address connects at once', async () => {
    const { clock, way, a, b } = await connect();
    a.destroy();
    const again = watch(new ReliableHub(way, { clock }).openEndpoint('a'));
    again.openConnection('b', () => {});
    await turns();
    again.send('b', 'again');
    expect([again.states, b.messages]).toEqual([['connecting', 'CONNECTED'], ['again']]);
  });

  test('[RB21] one that vanished without a word connects as soon as the other side has spoken to the old session', async () => {
    const { clock, way, a, b } = await connect();
    way.loses = ({ from }) => from === 'a';
    a.destroy();
    way.heal();
    const again = watch(new ReliableHub(way, { clock, random: () => 0.5 }).openEndpoint('a'));
    const statuses: string[] = [];
    await pass(clock, 500);
    again.openConnection('b', ({ status }) => statuses.push(status));
    expect(statuses).toEqual([]);
    await pass(clock, 1500);
    expect([statuses, b.states.slice(-3)]).toEqual([['CONNECTED'], ['closed', 'connecting', 'CONNECTED']]);
  });
});
