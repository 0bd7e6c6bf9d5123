import { afterEach, describe, expect, test } from 'vitest';
import { InBrowserHub } from '../../src/hubs/in-browser-hub.ts';
import { MarshallerHub } from '../../src/hubs/marshaller-hub.ts';
import { ReliableHub } from '../../src/hubs/reliable-hub.ts';
import { connect as connectSides, states } from '../../src/testing/peers.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { overrideHub } from '../support/override-hub.ts';
import { SlowHub } from '../support/slow-hub.ts';
import { pass, turns } from '../support/turns.ts';

const UNITS_PER_SECOND = 8 * 1024;
const LARGE = 'x'.repeat(320 * 1024);

const opened: { destroy(): void }[] = [];

afterEach(() => {
  for (const endpoint of opened.splice(0)) endpoint.destroy();
});

/** Two sides over a slow way that loses nothing, connected. */
async function connect(chance: number) {
  const clock = new VirtualClock();
  const way = new SlowHub(clock, UNITS_PER_SECOND);
  const reliable = new ReliableHub(way, { clock, random: () => chance });
  const hub = new MarshallerHub<string>(reliable, { clock });
  const [a, b] = [hub.openEndpoint('a'), hub.openEndpoint('b')];
  opened.push(a, b);
  const lengths: number[] = [];
  b.onMessage = ({ message }) => lengths.push(message.length);
  a.openConnection('b', () => {});
  await turns();
  await pass(clock, 2000);
  expect(a.isConnected('b')).toBe(true);
  /** Lets time pass until so many messages have come; how much. */
  const arrived = async (count: number): Promise<number> => {
    const begin = clock.now();
    while (lengths.length < count && clock.now() - begin < 500_000) await pass(clock, 100);
    expect(lengths).toHaveLength(count);
    return clock.now() - begin;
  };
  return { clock, way, a, arrived };
}

// The shortest interval, the middle one and the longest.
describe.each([0, 0.5, 0.999])('ReliableHub over a slow parent that loses nothing (chance %d)', (chance) => {
  test('[RB28] sends a large message at most twice, and the next one as soon as that has left', async () => {
    const { way, a, arrived } = await connect(chance);
    a.send('b', LARGE);
    const first = await arrived(1);
    expect(first).toBeLessThan(41_000);
    a.send('b', 'short');
    const drain = (way.sentBy('a') / UNITS_PER_SECOND) * 1000;
    expect(first + (await arrived(2))).toBeLessThan(drain + 1000);
    expect(way.sentBy('a')).toBeLessThan(2.2 * LARGE.length);
  });

  test('[RB28] sends many one after the other at most twice', async () => {
    const { clock, way, a, arrived } = await connect(chance);
    for (let sent = 0; sent < 6; sent += 1) {
      a.send('b', LARGE);
      await pass(clock, 40_000);
    }
    await arrived(6);
    expect(way.sentBy('a')).toBeLessThan(2.2 * 6 * LARGE.length);
  });
});

test('[RH40] a long message that is under way for minutes is no silence', async () => {
  const clock = new VirtualClock();
  const parent = new InBrowserHub();
  parent.setImmediateSend(true);
  let isBusy = false;
  let pieces = 0;
  // Behind the long message nothing else gets through; its pieces are all that comes.
  const busy = overrideHub(parent, (endpoint) => ({
    send: (to, text) => {
      if (!isBusy || to === 'a') endpoint.send(to, text);
    },
    getReceivedPieces: () => (isBusy ? ++pieces : pieces),
  }));
  const hub = new ReliableHub(busy, { clock });
  const [a, b] = [hub.openEndpoint('a'), hub.openEndpoint('b')];
  opened.push(a, b);
  await connectSides(a, b);
  const seen = states(b);
  isBusy = true;
  clock.advance(300_000);
  expect(seen).toEqual([]);
  isBusy = false;
  clock.advance(1000);
  expect([b.getConnectionState('a'), seen]).toEqual(['CONNECTED', []]);
});
