import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import type { FaultPlan } from '../../src/hubs/fault-plan.ts';
import { InBrowserHub } from '../../src/hubs/in-browser-hub.ts';
import { ReliableHub } from '../../src/hubs/reliable-hub.ts';
import { UnreliableHub } from '../../src/hubs/unreliable-hub.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { captureLog } from '../support/log.ts';
import { pass } from '../support/turns.ts';

captureLog();

type Name = 'a' | 'b';

/** What an application does with its side, at once or when the next message comes. */
type Deed = { do: 'send'; count: number; size: number } | { do: 'open' | 'close' | 'break' };

type Step =
  | (Deed & { side: Name })
  | { do: 'react'; side: Name; deed: Deed }
  | { do: 'pass' | 'sleep'; ms: number }
  | { do: 'disturb'; faults: FaultPlan };

/** A message says of which connection of its sender it is, and which one of that. */
const textOf = (connection: number, number: number, size: number) =>
  `${connection} ${number} ${'.'.repeat(size)}`;

class Side {
  readonly name: Name;
  readonly other: Name;
  readonly endpoint: ReturnType<ReliableHub['openEndpoint']>;
  /** How many messages each of its connections has sent. */
  readonly sent: number[] = [];
  readonly received: [connection: number, number: number][] = [];
  readonly ends: string[] = [];
  hasClosed = false;
  reaction: Deed | undefined;
  readonly #base: InBrowserHub;

  constructor(name: Name, hub: ReliableHub, base: InBrowserHub) {
    this.name = name;
    this.other = name === 'a' ? 'b' : 'a';
    this.#base = base;
    this.endpoint = hub.openEndpoint(name);
    this.endpoint.onConnectionStateChange(({ state, previous }) => {
      if (state === 'CONNECTED' && previous === 'connecting') this.sent.push(0);
      if (state === 'lost' || state === 'closed') this.ends.push(state);
    });
    this.endpoint.onMessage = ({ message }) => {
      const [connection, number] = message.split(' ');
      this.received.push([Number(connection), Number(number)]);
      const { reaction } = this;
      this.reaction = undefined;
      if (reaction !== undefined) this.act(reaction);
    };
  }

  act(deed: Deed): void {
    const { endpoint, other } = this;
    if (deed.do === 'send') this.#send(deed.count, deed.size);
    else if (deed.do === 'open') endpoint.openConnection(other, () => {});
    else if (deed.do === 'break') this.#base.getEndPoint(this.name)?.closeConnection(other);
    else {
      this.hasClosed = true;
      endpoint.closeConnection(other);
    }
  }

  #send(count: number, size: number): void {
    for (let sent = 0; sent < count && this.endpoint.isConnected(this.other); sent += 1) {
      const connection = this.sent.length - 1;
      const number = this.sent[connection] ?? 0;
      this.sent[connection] = number + 1;
      this.endpoint.send(this.other, textOf(connection, number, size));
    }
  }
}

const side = fc.constantFrom<Name>('a', 'b');
const deed = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      count: fc.integer({ min: 1, max: 50 }),
      size: fc.constantFrom(0, 10, 1000, 9000),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('open' as const, 'close' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('break' as const) }) },
);
const chance = fc.constantFrom(0, 0.05, 0.3, 0.6);
const faults = fc.record({
  loss: chance,
  duplicate: chance,
  reorder: chance,
  delay: fc.constantFrom<[number, number]>([0, 0], [0, 20], [30, 300]),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(side, deed).map(([name, what]) => ({ ...what, side: name })) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('react' as const), side, deed }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(0, 1, 30, 300, 3000) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sleep' as const), ms: fc.constantFrom(500, 4000) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('disturb' as const), faults }) },
);

const opened: Side[] = [];
afterEach(() => {
  for (const { endpoint } of opened.splice(0)) endpoint.destroy();
});

/** What is below, and from how much on it has enough. */
interface Below {
  seed: number;
  isImmediate: boolean;
  highWaterMark: number;
  /** Whether nothing gets lost but with its connection. */
  isFaultless: boolean;
  /** Whether both sides are destroyed in the middle of it. */
  isDestroyed: boolean;
}

async function play(
  steps: Step[],
  { seed, isImmediate, isFaultless, isDestroyed, highWaterMark }: Below,
  ids: Record<Name, string>,
) {
  const clock = new VirtualClock();
  const base = new InBrowserHub({ highWaterMark });
  base.setImmediateSend(isImmediate);
  const way = new UnreliableHub(base, { clock, seed, highWaterMark });
  const hubOf = () => new ReliableHub(isFaultless ? base : way, { clock, random: () => 0.5 });
  const sides = { a: new Side('a', hubOf(), base), b: new Side('b', hubOf(), base) };
  const { a, b } = sides;
  opened.push(a, b);
  for (const { endpoint, name } of [a, b]) endpoint.setEndpointId(ids[name]);
  a.act({ do: 'open' });
  await pass(clock, 10, 1);
  for (const each of steps) {
    if ('deed' in each) sides[each.side].reaction = each.deed;
    else if ('side' in each) sides[each.side].act(each);
    else if ('faults' in each) way.setFaults(each.faults);
    else if (each.do === 'sleep') clock.sleep(each.ms);
    else await pass(clock, each.ms, Math.max(each.ms / 30, 1));
    await pass(clock, 0.1, 0.1);
  }
  if (isDestroyed) {
    for (const { endpoint } of [a, b]) endpoint.destroy();
    expect(clock.pending).toBe(0);
    return;
  }
  way.setFaults({});
  await pass(clock, 35_000, 50);

  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    // Once and in order, and nothing left out in between.
    const expected = new Map<number, number>();
    let last = -1;
    for (const [connection, number] of to.received) {
      expect(connection).toBeGreaterThanOrEqual(last);
      last = connection;
      expect(number).toBe(expected.get(connection) ?? 0);
      expected.set(connection, number + 1);
    }
    const isLost = [...from.ends, ...to.ends].includes('lost');
    // Whoever waits for the end of what was sent before it closes.
    const isDrained = ids[to.name].startsWith('v1~') || !from.hasClosed;
    if (!isLost && !to.hasClosed && isDrained) {
      expect(from.sent.map((_, connection) => expected.get(connection) ?? 0)).toEqual(from.sent);
    }
    expect(from.endpoint.bufferedAmount(to.name)).toBe(0);
  }
  expect(a.endpoint.isConnected('b')).toBe(b.endpoint.isConnected('a'));
  for (const each of [a, b]) each.act({ do: 'close' });
  await pass(clock, 35_000, 100);
  expect(clock.pending).toBe(0);
}

/** What once went wrong: the reports of a side that announces nothing were taken for old ones. */
const LOST_MIDDLE_AND_END: [Step[], Below] = [
  [
    { do: 'send', side: 'a', count: 1, size: 0 },
    { do: 'send', side: 'a', count: 1, size: 0 },
    { do: 'disturb', faults: { loss: 0.6, duplicate: 0.3, reorder: 0, delay: [0, 0] } },
    { do: 'send', side: 'a', count: 37, size: 0 },
  ],
  { seed: 3, isImmediate: false, isFaultless: false, isDestroyed: false, highWaterMark: 2 ** 20 },
];

test.each([
  ['two sides that know the extensions', { a: 'v1~a', b: 'v1~b' }],
  ['two of version 0.2.1', { a: 'a', b: 'b' }],
  ['a side that knows the extensions and one of version 0.2.1', { a: 'v1~a', b: 'b' }],
])(
  '[RB7] [RB37] whatever happens on the way between %s, everything arrives once and in order, and no timer is left',
  async (_, ids) => {
    const below = fc.record({
      seed: fc.nat(),
      isImmediate: fc.boolean(),
      isFaultless: fc.boolean(),
      isDestroyed: fc.boolean(),
      highWaterMark: fc.constantFrom(1, 500, 2 ** 20),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25, size: 'max' }), below, (steps, each) =>
        play(steps, each, ids),
      ),
      { examples: [LOST_MIDDLE_AND_END], numRuns: 60 },
    );
  },
);
