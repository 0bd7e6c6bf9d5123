import { describe, expect, test } from 'vitest';
import type { ParentEndpoint, ParentHub } from '../../src/core/contracts.ts';
import { InBrowserHub } from '../../src/hubs/in-browser-hub.ts';
import { ReliableHub } from '../../src/hubs/reliable-hub.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { overrideHub } from '../support/override-hub.ts';
import { connect, numbers, watch } from '../support/reliable-sides.ts';
import { pass, turns } from '../support/turns.ts';

/** Both sides know the extensions; the parent is an application's own, so that it may lose what is too much. */
const connectModern = () => connect({ isModern: true });

const isMessage = (text: string) => text.startsWith('MESSAGE') || text.startsWith('PACK');

/** Every message of these frames. */
const textsOf = (frames: string[]) =>
  frames.filter(isMessage).map((text) => text.split(' ').slice(2).join(' '));

describe('ReliableHub between sides that know the extensions: packing', () => {
  test('[RB32] sends a lone message in the turn in which it was sent', async () => {
    const { way, a, b } = await connectModern();
    const before = way.frames.length;
    a.send('b', 'alone');
    await Promise.resolve();
    expect(way.sentBy('a', before)).toEqual(['MESSAGE v1~b-1 0 alone']);
    expect(b.messages).toEqual(['alone']);
  });

  test('[RB32] packs what is sent in one turn into one frame', async () => {
    const { way, a, b } = await connectModern();
    const before = way.frames.length;
    for (const text of ['one', '', 'three']) a.send('b', text);
    await turns();
    expect(way.sentBy('a', before)).toEqual(['PACK v1~b-1 0 3,0,5 onethree']);
    expect(b.messages).toEqual(['one', '', 'three']);
  });

  test('[RB32] fills frames of up to 2¹⁴ units, and sends a text of 2¹³ or more at once', async () => {
    const { way, a, b } = await connectModern();
    const before = way.frames.length;
    const short = numbers(400).map((text) => text.padEnd(100, '.'));
    for (const text of short) a.send('b', text);
    const large = 'x'.repeat(2 ** 13);
    a.send('b', large);
    expect(way.sentBy('a', before).at(-1)?.endsWith(large)).toBe(true);
    expect(b.messages).toEqual([...short, large]);
    const packs = way.sentBy('a', before).filter((text) => text.startsWith('PACK'));
    expect(packs).toHaveLength(3);
    for (const text of packs) expect(text.length).toBeLessThan(2 ** 14 + 100);
  });

  test('[RB32] a side of version 0.2.1 gets one message a frame, at once', async () => {
    const { way, a } = await connect();
    const before = way.frames.length;
    for (const text of ['one', 'two']) a.send('b', text);
    expect(way.sentBy('a', before)).toEqual(['MESSAGE b-1 0 one', 'MESSAGE b-1 1 two']);
  });
});

describe('ReliableHub between sides that know the extensions: recovery', () => {
  /** Sends each text in a turn of its own. */
  async function sendEach(send: (text: string) => void, texts: string[]) {
    for (const text of texts) {
      send(text);
      await turns(1);
    }
  }

  test('[RB33] asks for all that is lost in the middle at once, as soon as it cannot be late any more', async () => {
    const { clock, way, a, b } = await connectModern();
    way.loses = ({ text }) => /^MESSAGE \S+ [137] /.test(text);
    await sendEach((text) => a.send('b', text), numbers(9));
    expect(b.messages).toEqual(['0']);
    way.heal();
    const before = way.frames.length;
    clock.advance(1);
    expect(textsOf(way.sent(before))).toEqual([]);
    await pass(clock, 2, 1);
    expect(b.messages).toEqual(numbers(9));
    const asked = way.sentBy('b', before).filter((text) => text.includes(' 1 1 '));
    expect(asked).toEqual([expect.stringMatching(/^HEARTBEAT v1~a-1 v1~b-1 1 1 8 -1 0 0 3-3 7-7$/)]);
    expect(textsOf(way.sentBy('a', before))).toEqual(['1 1', '3 3', '7 7']);
  });

  test('[RB33] does not ask for what only comes late', async () => {
    const { clock, way, a, b } = await connectModern();
    let late: (() => void) | undefined;
    way.loses = ({ from, to, text }) => {
      if (!/^MESSAGE \S+ 1 /.test(text)) return false;
      late = () => way.hub.getEndPoint(from)?.send(to, text);
      return true;
    };
    await sendEach((text) => a.send('b', text), numbers(3));
    way.heal();
    const before = way.frames.length;
    clock.advance(1);
    late?.();
    await pass(clock, 50, 1);
    expect(b.messages).toEqual(numbers(3));
    expect(textsOf(way.sentBy('a', before))).toEqual([]);
  });

  test('[RB33] asks again after a round trip where the answer is lost too', async () => {
    const { clock, way, a, b } = await connectModern();
    let losses = 0;
    way.loses = ({ text }) => /^MESSAGE \S+ 1 /.test(text) && ++losses <= 3;
    await sendEach((text) => a.send('b', text), numbers(3));
    await pass(clock, 150, 1);
    expect([losses, b.messages]).toEqual([4, numbers(3)]);
  });

  test('[RB34] what is lost at the end is noticed after a round trip, and nothing else is sent again', async () => {
    const { clock, way, a, b } = await connectModern();
    a.send('b', '0');
    await pass(clock, 30, 1);
    way.loses = ({ text }) => isMessage(text);
    await sendEach((text) => a.send('b', text), ['1', '2']);
    way.heal();
    const before = way.frames.length;
    await pass(clock, 45, 1);
    expect(b.messages).toEqual(numbers(3));
    expect(textsOf(way.sentBy('a', before))).toEqual([expect.stringContaining('1 ')]);
  });

  test('[RB34] a lost acknowledgement is asked for, and costs no copy', async () => {
    const { clock, way, a, b } = await connectModern();
    way.loses = ({ from }) => from === 'b';
    a.send('b', '0');
    await pass(clock, 30, 1);
    way.heal();
    expect(a.bufferedAmount('b')).toBe(1);
    const before = way.frames.length;
    await pass(clock, 120, 1);
    expect([a.bufferedAmount('b'), b.messages]).toEqual([0, ['0']]);
    expect(textsOf(way.sentBy('a', before))).toEqual([]);
  });

  test('[RB34] probes go on with pauses that double, no longer than the interval, and end with the last receipt', async () => {
    const { clock, way, a } = await connectModern();
    way.loses = ({ from }) => from === 'b';
    const before = way.frames.length;
    a.send('b', 'x');
    await pass(clock, 900, 1);
    const probes = way.sentBy('a', before).filter((text) => text.startsWith('HEARTBEAT'));
    expect(probes.length).toBeGreaterThanOrEqual(4);
    expect(probes.length).toBeLessThanOrEqual(7);
    way.heal();
    await pass(clock, 1200, 1);
    const then = way.frames.length;
    await pass(clock, 500, 1);
    expect(way.sentBy('a', then).length).toBeLessThanOrEqual(1);
  });

  test.each([0.01, 0.1, 0.3])('[RB33] at a loss of %d everything arrives, soon', async (loss) => {
    const { clock, way, a, b } = await connectModern();
    let chance = 7;
    // Numbers that look random and are the same in every run (Lehmer).
    const random = () => {
      chance = (chance * 48_271) % 2_147_483_647;
      return chance / 2_147_483_647;
    };
    way.loses = () => random() < loss;
    for (let round = 0; round < 40; round += 1) {
      for (const text of numbers(200, round * 200)) a.send('b', text);
      await pass(clock, 10, 1);
    }
    await pass(clock, 1500, 5);
    expect(b.messages).toEqual(numbers(8000));
    expect(a.states).toEqual(['connecting', 'CONNECTED']);
  });
});

describe('ReliableHub between sides that know the extensions: no more than there is room for', () => {
  test('[RB35] over a parent that may lose what is too much, no more is on its way than the congestion window', async () => {
    const { clock, way, a, b } = await connectModern();
    way.loses = ({ from }) => from === 'b';
    const before = way.frames.length;
    for (const text of numbers(5000)) a.send('b', text.padEnd(100));
    await turns();
    const units = way.sentBy('a', before).reduce((sum, text) => sum + text.length, 0);
    expect(units).toBeGreaterThan(9 * 2 ** 14);
    expect(units).toBeLessThan(11 * 2 ** 14);
    way.heal();
    await pass(clock, 1500, 1);
    expect(b.messages).toHaveLength(5000);
  });

  test('[RB35] empty messages take room in it, too', async () => {
    const { way, a } = await connectModern();
    way.cut();
    const before = way.frames.length;
    for (let sent = 0; sent < 2 ** 17; sent += 1) a.send('b', '');
    await turns();
    const units = way.sentBy('a', before).reduce((sum, text) => sum + text.length, 0);
    expect(units).toBeGreaterThan(0);
    expect(units).toBeLessThan(11 * 2 ** 14);
  });

  test('[RB35] there is none over a hub that keeps what is too much', async () => {
    const clock = new VirtualClock();
    const hub = new ReliableHub(new InBrowserHub(), { clock });
    const [a, b] = [watch(hub.openEndpoint('a')), watch(hub.openEndpoint('b'))];
    a.openConnection('b', () => {});
    await turns(10);
    for (const text of numbers(5000)) a.send('b', text.padEnd(100));
    await turns(10);
    expect(b.messages).toHaveLength(5000);
  });

  /** A parent that has enough when a test says so, and what of it drains. */
  async function connectOverBusy() {
    const clock = new VirtualClock();
    const base = new InBrowserHub();
    base.setImmediateSend(true);
    const sent: string[] = [];
    const drains: ((targetEva: string) => unknown)[] = [];
    const state = { isBusy: false };
    const busy: ParentHub = overrideHub(
      base,
      (endpoint): Partial<ParentEndpoint> => ({
        send: (to, text) => {
          if (endpoint.eva === 'a') sent.push(text);
          endpoint.send(to, text);
          return !state.isBusy;
        },
        onDrain: (listener) => endpoint.eva === 'a' && drains.push(listener),
      }),
    );
    const hub = new ReliableHub(busy, { clock, random: () => 0.5 });
    const [a, b] = [watch(hub.openEndpoint('a')), watch(hub.openEndpoint('b'))];
    a.openConnection('b', () => {});
    await turns();
    return { clock, state, a, b, sent, drain: () => drains.map((tell) => tell('b')) };
  }

  test('[RB36] waits while the parent has enough, and goes on when that has drained', async () => {
    const { state, a, b, sent, drain } = await connectOverBusy();
    state.isBusy = true;
    const before = sent.length;
    for (const text of ['x'.repeat(2 ** 13), 'y'.repeat(2 ** 13), 'z']) a.send('b', text);
    await turns();
    expect(sent.slice(before).filter(isMessage)).toHaveLength(1);
    expect(a.bufferedAmount('b')).toBe(2 ** 14 + 1);
    state.isBusy = false;
    drain();
    expect(b.messages.map(({ length }) => length)).toEqual([2 ** 13, 2 ** 13, 1]);
  });

  test('[RB36] what a hub without onDrain returns says nothing', async () => {
    const clock = new VirtualClock();
    const base = new InBrowserHub();
    const odd = overrideHub(
      base,
      (endpoint): Partial<ParentEndpoint> => ({
        send: (to, text) => {
          endpoint.send(to, text);
          return false;
        },
      }),
    );
    const plain: ParentHub = {
      openEndpoint(eva) {
        const endpoint = odd.openEndpoint(eva) as { onDrain?: unknown };
        delete endpoint.onDrain;
        return endpoint as ParentEndpoint;
      },
    };
    const hub = new ReliableHub(plain, { clock });
    const [a, b] = [watch(hub.openEndpoint('a')), watch(hub.openEndpoint('b'))];
    a.openConnection('b', () => {});
    await turns(10);
    for (const text of ['x'.repeat(2 ** 13), 'y']) a.send('b', text);
    await turns(10);
    expect(b.messages).toHaveLength(2);
  });
});

describe('ReliableHub between sides that know the extensions: closing', () => {
  test('[RB37] what was sent before a close arrives, also where it gets lost at first', async () => {
    const { clock, way, a, b } = await connectModern();
    way.loses = ({ text }) => isMessage(text);
    for (const text of numbers(3)) a.send('b', text);
    a.closeConnection('b');
    expect([a.states.at(-1), a.isConnected('b')]).toEqual(['closed', false]);
    way.heal();
    await pass(clock, 600, 1);
    expect([b.messages, b.states.at(-1)]).toEqual([numbers(3), 'closed']);
  });

  test('[RB37] a connection that is opened again meanwhile comes up as soon as that has arrived', async () => {
    const { clock, way, a, b } = await connectModern();
    way.loses = ({ text }) => isMessage(text);
    a.send('b', 'last');
    a.closeConnection('b');
    const statuses: string[] = [];
    a.openConnection('b', ({ status }) => statuses.push(status));
    way.heal();
    await pass(clock, 600, 1);
    expect([statuses, b.messages]).toEqual([['CONNECTED'], ['last']]);
    expect(b.states).toEqual(['connecting', 'CONNECTED', 'closed', 'connecting', 'CONNECTED']);
  });

  test('[RB37] where nobody is left, it gives up after the lost timeout', async () => {
    const { clock, way, a, b } = await connectModern();
    way.cut();
    a.send('b', 'nobody hears it');
    a.closeConnection('b');
    b.destroy();
    await pass(clock, 31_000);
    // Nothing of the session is left, though the endpoint lives.
    expect(clock.pending).toBe(0);
  });

  test('[RB38] destroy does not wait: everything leaves at once, and the other side is told', async () => {
    const { way, a, b } = await connectModern();
    const texts = numbers(5000).map((text) => text.padEnd(100));
    for (const text of texts) a.send('b', text);
    a.destroy();
    expect(way.sentBy('a').at(-1)).toMatch(/^CLOSE-CONNECTION/);
    await turns();
    expect([b.messages.length, b.states.at(-1)]).toEqual([5000, 'closed']);
  });
});
