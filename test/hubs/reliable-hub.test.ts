import { describe, expect, test } from 'vitest';
import { InBrowserHub } from '../../src/hubs/in-browser-hub.ts';
import { ReliableHub } from '../../src/hubs/reliable-hub.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { captureLog } from '../support/log.ts';
import { overrideHub } from '../support/override-hub.ts';
import { connect, meet, meetConnected, numbers, start, watch } from '../support/reliable-sides.ts';
import { pass, turns } from '../support/turns.ts';

const logged = captureLog();
const warnings = () => logged.filter(({ level }) => level === 'warn' || level === 'error');

/** Numbers that look random and are the same in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('ReliableHub: opening', () => {
  test('[RB2] opens with HANDSHAKE, ACCEPT and a HEARTBEAT from either side', async () => {
    const { way } = await connect();
    expect(way.sent()).toEqual([
      'HANDSHAKE a-1',
      'ACCEPT a-1 b-1',
      'HEARTBEAT b-1 a-1 0 -1',
      'HEARTBEAT a-1 b-1 0 -1',
    ]);
  });

  test('[RB2] the accepting side is connected before its first message, and may send first', async () => {
    const { a, b, open } = start();
    b.onConnectionOpen(() => b.send('a', 'welcome'));
    const statuses = open();
    await turns();
    expect([statuses, a.messages]).toEqual([['CONNECTED'], ['welcome']]);
  });

  test('[RB2] both sides may open at once', async () => {
    const { a, b, open } = start();
    const statuses = open();
    b.openConnection('a', ({ status }) => statuses.push(status));
    await turns();
    expect(statuses).toEqual(['CONNECTED', 'CONNECTED']);
    a.send('b', 'to b');
    b.send('a', 'to a');
    expect([a.messages, b.messages]).toEqual([['to a'], ['to b']]);
  });

  test('[RB2] both sides may open at once over a way that takes its time', async () => {
    const clock = new VirtualClock();
    const hub = new ReliableHub(new InBrowserHub(), { clock });
    const [a, b] = [watch(hub.openEndpoint('a')), watch(hub.openEndpoint('b'))];
    const statuses: string[] = [];
    a.openConnection('b', ({ status }) => statuses.push(status));
    b.openConnection('a', ({ status }) => statuses.push(status));
    await turns(10);
    expect(statuses).toEqual(['CONNECTED', 'CONNECTED']);
    a.send('b', 'to b');
    b.send('a', 'to a');
    await turns();
    expect([a.messages, b.messages]).toEqual([['to a'], ['to b']]);
  });

  test('[RB2] frames that get lost while it opens are repeated on the interval', async () => {
    const { clock, way, b, open } = start();
    const lost = new Set<string>();
    // The first one of every kind.
    way.loses = ({ text }) => {
      const kind = text.slice(0, 9);
      return !lost.has(kind) && lost.add(kind) !== undefined;
    };
    const statuses = open();
    await pass(clock, 4000);
    expect(statuses).toEqual(['CONNECTED']);
    expect(b.isConnected('a')).toBe(true);
  });

  test('[RB2] waits for a target that comes later', async () => {
    const clock = new VirtualClock();
    const base = new InBrowserHub();
    const hub = new ReliableHub(base, { clock });
    const a = watch(hub.openEndpoint('a'));
    const statuses: string[] = [];
    a.openConnection('b', ({ status }) => statuses.push(status));
    await pass(clock, 3000);
    watch(hub.openEndpoint('b'));
    await turns(10);
    expect(statuses).toEqual(['CONNECTED']);
  });

  test('[RB3] an attempt that nobody answers fails after the lost timeout of 15 s', async () => {
    const { clock, way, a, open } = start();
    way.cut();
    const statuses = open();
    await pass(clock, 14_900);
    expect(statuses).toEqual([]);
    await pass(clock, 200);
    expect([statuses, a.states]).toEqual([['FAILED'], ['connecting', 'lost']]);
  });

  test('[RB3] a parent connection that fails is tried again on the next interval', async () => {
    const clock = new VirtualClock();
    const base = new InBrowserHub();
    const asked: number[] = [];
    const failing = overrideHub(base, () => ({
      openConnection(targetEva, callback) {
        asked.push(clock.now());
        callback({ status: 'FAILED', targetEva });
      },
    }));
    const c = watch(new ReliableHub(failing, { clock, random: () => 0.5 }).openEndpoint('c'));
    c.openConnection('nobody', () => {});
    await turns();
    await pass(clock, 3050);
    expect(asked).toEqual([0, 1000, 2000, 3000]);
  });

  test('[RB4] an endpoint id is random and announces the features; sessions count from 1', async () => {
    const { base, a, other } = await meet();
    const heard: string[] = [];
    other.onMessage = ({ message }) => heard.push(message);
    const hub = new ReliableHub(base);
    const [c, d] = [watch(hub.openEndpoint('c')), watch(hub.openEndpoint('d'))];
    c.openConnection('other', () => {});
    d.openConnection('other', () => {});
    await turns();
    expect(heard[0]).toMatch(/^HANDSHAKE v1~[0-9a-f]{32}-1$/);
    expect(heard[1]).toMatch(/^HANDSHAKE v1~[0-9a-f]{32}-1$/);
    expect(heard[0]).not.toBe(heard[1]);
    a.openConnection('other', () => {});
    await turns();
    a.closeConnection('other');
    a.openConnection('other', () => {});
    await turns();
    expect(heard.slice(2)).toEqual(['HANDSHAKE a-1', 'CLOSE-CONNECTION undefined a-1', 'HANDSHAKE a-2']);
  });

  test.each(['with space', 'line\nend', 7, undefined])('[RB4] setEndpointId refuses %j', (id) => {
    const { a } = start();
    expect(() => a.setEndpointId(id as string)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }),
    );
  });

  test('[RB5] stray frames before openConnection leave nothing behind, and the open that follows asks at once', async () => {
    const { clock, a, say, heard } = await meet();
    const strays = ['MESSAGE a-1 0 x', 'ACCEPT a-1 other-1', 'CLOSE-ACCEPT a-1 other-1'];
    expect(say(...strays)).toEqual([]);
    expect(say('HEARTBEAT a-1 other-1 0 -1')).toEqual(['CLOSE-CONNECTION other-1 a-1']);
    expect(say()).toEqual([]);
    expect([a.states, clock.pending]).toEqual([[], 0]);
    a.openConnection('other', () => {});
    await turns();
    expect(heard).toEqual(['HANDSHAKE a-1']);
    expect(warnings()).toEqual([]);
  });

  test('[RB5] a stray frame leaves no peer behind: the open that follows asks the parent how it is now', async () => {
    const base = new InBrowserHub();
    base.setImmediateSend(true);
    let isKnown = false;
    let asked = 0;
    const late = overrideHub(base, (endpoint) => ({
      // It delivers before it knows of the connection.
      isConnected: (eva) => isKnown && endpoint.isConnected(eva),
      openConnection(targetEva, callback) {
        asked += 1;
        endpoint.openConnection(targetEva, callback);
      },
    }));
    const c = watch(new ReliableHub(late, { clock: new VirtualClock() }).openEndpoint('c'));
    const other = base.openEndpoint('other');
    other.openConnection('c', () => {});
    await turns();
    other.send('c', 'HEARTBEAT c-1 other-1 0 -1');
    isKnown = true;
    c.openConnection('other', () => {});
    await turns();
    expect(asked).toBe(0);
    other.destroy();
  });

  test('[RB6] an accepting side that wants the connection asks with a new session after 15 s of silence', async () => {
    const { clock, a, say, heard } = await meet();
    const statuses: string[] = [];
    say('HANDSHAKE other-1');
    a.openConnection('other', ({ status }) => statuses.push(status));
    await pass(clock, 15_200);
    expect(heard).toContain('CLOSE-CONNECTION other-1 a-1');
    expect(heard).toContain('HANDSHAKE a-2');
    expect(a.states).toEqual(['connecting']);
    say('ACCEPT a-2 other-2');
    expect(statuses).toEqual(['CONNECTED']);
  });

  test('[RB3] asks the parent for one connection at a time, and closes none that is still opening', async () => {
    const clock = new VirtualClock();
    const base = new InBrowserHub();
    let asked = 0;
    const counting = overrideHub(base, (endpoint) => ({
      openConnection(targetEva, callback) {
        asked += 1;
        endpoint.openConnection(targetEva, callback);
      },
    }));
    const a = watch(new ReliableHub(counting, { clock }).openEndpoint('a'));
    a.openConnection('nobody', () => {});
    await turns();
    await pass(clock, 12_000);
    expect(asked).toBe(1);
  });

  test('[RB3] a parent that throws when it is asked is asked again on the next interval', async () => {
    const clock = new VirtualClock();
    const base = new InBrowserHub();
    let isBroken = true;
    const moody = overrideHub(base, (endpoint) => ({
      openConnection(targetEva, callback) {
        if (isBroken) throw new Error('not now');
        endpoint.openConnection(targetEva, callback);
      },
    }));
    const [a, b] = [
      watch(new ReliableHub(moody, { clock }).openEndpoint('a')),
      watch(new ReliableHub(base, { clock }).openEndpoint('b')),
    ];
    a.openConnection('b', () => {});
    await turns();
    expect(warnings()).toMatchObject([
      { text: 'the parent hub threw', endpoint: 'a', peer: 'b', reason: 'not now' },
    ]);
    isBroken = false;
    await pass(clock, 1500);
    expect(b.states).toEqual(['connecting', 'CONNECTED']);
  });

  test('[RB3] a connection that is closed before it began says nothing', async () => {
    const { way, a, open } = start();
    const statuses = open();
    a.closeConnection('b');
    await turns();
    expect([statuses, way.sent()]).toEqual([['FAILED'], []]);
  });
});

describe('ReliableHub: the data path', () => {
  const TEXTS = ['', ' ', '  spaces  ', 'line\nline\n', '-1', '😀', 'MESSAGE a 1 x', '', 'last'];

  test('[RB7] carries every text as it is', async () => {
    const { a, b } = await connect();
    for (const text of TEXTS) a.send('b', text);
    expect(b.messages).toEqual(TEXTS);
  });

  test('[RB7] carries every text as it is also when it gets lost at first', async () => {
    const { clock, way, a, b } = await connect();
    way.loses = ({ text }) => text.startsWith('MESSAGE');
    for (const text of TEXTS) a.send('b', text);
    way.heal();
    await pass(clock, 3500);
    expect(b.messages).toEqual(TEXTS);
  });

  test('[RB7] writes messages in the sequence of their indices, and sends nothing else', async () => {
    const { way, a } = await connect();
    const before = way.frames.length;
    a.send('b', 'x y');
    a.send('b', '');
    expect(way.sentBy('a', before)).toEqual(['MESSAGE b-1 0 x y', 'MESSAGE b-1 1 ']);
  });

  test('[RB8] a message lost in the middle is asked for at once, and nothing but that is sent again', async () => {
    const { way, a, b } = await connect();
    way.loses = ({ text }) => text.startsWith('MESSAGE b-1 2 ') || text.startsWith('MESSAGE b-1 3 ');
    for (const text of numbers(4)) a.send('b', text);
    way.heal();
    const before = way.frames.length;
    for (const text of numbers(3, 4)) a.send('b', text);
    expect(b.messages).toEqual(numbers(7));
    expect(way.sent(before)).toEqual([
      'MESSAGE b-1 4 4',
      'HEARTBEAT a-1 b-1 2 3',
      'MESSAGE b-1 2 2',
      'MESSAGE b-1 3 3',
      'MESSAGE b-1 5 5',
      'MESSAGE b-1 6 6',
    ]);
  });

  test('[RB8] several gaps are asked for one after the other, without waiting for the interval', async () => {
    const { clock, way, a, b } = await connect();
    const lost = new Set([1, 3, 4, 8]);
    way.loses = ({ from, text }) => from === 'b' || lost.has(Number(text.split(' ')[2]));
    for (const text of numbers(10)) a.send('b', text);
    expect(b.messages).toEqual(['0']);
    way.heal();
    const before = way.frames.length;
    await pass(clock, 1000);
    expect(b.messages).toEqual(numbers(10));
    const heartbeats = way.sentBy('b', before);
    expect(heartbeats).toEqual(['HEARTBEAT a-1 b-1 1 1', 'HEARTBEAT a-1 b-1 3 4', 'HEARTBEAT a-1 b-1 8 8']);
  });

  test('[RB8] what is lost at the end is sent again after the second HEARTBEAT that misses it', async () => {
    const { clock, way, a, b } = await connect();
    way.cut();
    for (const text of numbers(3)) a.send('b', text);
    way.heal();
    await pass(clock, 1900);
    // The one after 1 s may have crossed them.
    expect(b.messages).toEqual([]);
    await pass(clock, 200);
    expect(b.messages).toEqual(numbers(3));
  });

  test.each([1, 2, 3])('[RB8] [seed %i] at 1 %% loss nothing falls behind', async (seed) => {
    const { clock, way, a, b } = await connect();
    const random = seeded(seed);
    let losses = 0;
    way.loses = () => {
      const isLost = random() < 0.01;
      if (isLost) losses += 1;
      return isLost;
    };
    for (let round = 0; round < 50; round += 1) {
      for (const text of numbers(200, round * 200)) a.send('b', text);
      await pass(clock, 100);
    }
    await pass(clock, 3000);
    expect(b.messages).toEqual(numbers(10_000));
    expect(losses).toBeGreaterThan(50);
    expect(a.states).toEqual(['connecting', 'CONNECTED']);
  });

  test('[RB9] a MESSAGE for any session but the open one is dropped', async () => {
    const { a, say } = await meet();
    say('HANDSHAKE other-1', 'MESSAGE a-1 0 too early');
    say('HEARTBEAT a-1 other-1 0 -1', 'MESSAGE a-2 0 of another', 'MESSAGE a-1 0 right');
    expect(a.messages).toEqual(['right']);
    say('CLOSE-CONNECTION a-1 other-1', 'MESSAGE a-1 1 too late');
    expect(a.messages).toEqual(['right']);
    const phantoms = logged.filter(({ text }) => text === 'a phantom was dropped');
    expect(phantoms.map(({ level }) => level)).toEqual(['debug', 'debug', 'debug']);
  });

  test('[RB10] a MESSAGE with a huge INDEX is dropped, and all before it is asked for', async () => {
    const { a, say } = await meetConnected();
    expect(say(`MESSAGE a-1 ${Number.MAX_SAFE_INTEGER} x`)).toEqual(['HEARTBEAT other-1 a-1 0 65535']);
    expect(say('MESSAGE a-1 0 first')).toEqual([]);
    expect(a.messages).toEqual(['first']);
  });

  test('[RB11] a HEARTBEAT that names a gap is answered with exactly what is missing', async () => {
    const { a, say } = await meetConnected();
    for (const text of numbers(5)) a.send('other', text);
    expect(say('HEARTBEAT a-1 other-1 1 2')).toEqual(['MESSAGE other-1 1 1', 'MESSAGE other-1 2 2']);
  });

  test('[RB11] a GAPEND beyond what was sent, or before its GAPBEGIN, names no more than there is', async () => {
    const { a, say } = await meetConnected();
    for (const text of numbers(3)) a.send('other', text);
    expect(say('HEARTBEAT a-1 other-1 2 9007199254740991')).toEqual(['MESSAGE other-1 2 2']);
    expect(say('HEARTBEAT a-1 other-1 2 1')).toEqual([]);
    expect(warnings()).toEqual([]);
  });

  test('[RB11] a HEARTBEAT without a gap is answered with all that is left, when it repeats the one before', async () => {
    const { a, say } = await meetConnected();
    for (const text of numbers(3)) a.send('other', text);
    expect(say('HEARTBEAT a-1 other-1 1 -1')).toEqual([]);
    expect(say('HEARTBEAT a-1 other-1 1 -1')).toEqual(['MESSAGE other-1 1 1', 'MESSAGE other-1 2 2']);
  });

  test('[RB12] a side that announced nothing gets a HEARTBEAT on the interval only', async () => {
    const { clock, heard, say } = await meetConnected();
    expect(say(...numbers(3000).map((index) => `MESSAGE a-1 ${index} x`))).toEqual([]);
    await pass(clock, 1000);
    expect(heard).toEqual(['HEARTBEAT other-1 a-1 3000 -1']);
  });

  test('[RB12] a side that announced it gets one after every 4096 messages and every 256 Ki units', async () => {
    const { say } = await meetConnected('v1~other-1');
    expect(say(...numbers(8500).map((index) => `MESSAGE a-1 ${index} x`))).toEqual([
      'HEARTBEAT v1~other-1 a-1 4096 -1 4095 0 0 0',
      'HEARTBEAT v1~other-1 a-1 8192 -1 8191 0 0 0',
    ]);
    expect(say(`MESSAGE a-1 8500 ${'x'.repeat(2 ** 18)}`)).toEqual([
      'HEARTBEAT v1~other-1 a-1 8501 -1 8500 0 0 0',
    ]);
  });
});
