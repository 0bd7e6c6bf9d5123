import { expect, test } from 'vitest';
import type { Endpoint, ParentEndpoint, ParentHub } from '../../src/core/contracts.ts';
import { InBrowserHub } from '../../src/hubs/in-browser-hub.ts';
import { MarshallerHub } from '../../src/hubs/marshaller-hub.ts';
import { ReliableHub } from '../../src/hubs/reliable-hub.ts';
import { UnreliableHub, type UnreliableHubOptions } from '../../src/hubs/unreliable-hub.ts';
import { connect, inbox, open, states, until } from '../../src/testing/peers.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { captureLog } from '../support/log.ts';
import { overrideHub } from '../support/override-hub.ts';
import { connectedEndpoint } from '../support/websocket-endpoint.ts';

const log = captureLog();

/** Keeps what `onDrain` tells. */
function drains<M>(endpoint: Endpoint<M>): string[] {
  const told: string[] = [];
  endpoint.onDrain((targetEva) => told.push(targetEva));
  return told;
}

async function pair<M>(hub: { openEndpoint(eva: string): Endpoint<M> }) {
  const alice = hub.openEndpoint('alice');
  const bob = hub.openEndpoint('bob');
  await connect(alice, bob);
  return { alice, bob, drained: drains(alice), received: inbox(bob) };
}

test('[BP1] returns true below the mark and false from the mark on, and takes the message either way', async () => {
  const { alice, received } = await pair(new InBrowserHub({ highWaterMark: 10 }));
  const verdicts = ['12345', '6789', '0', 'more'].map((text) => [
    alice.send('bob', text),
    alice.bufferedAmount('bob'),
  ]);
  expect(verdicts).toEqual([
    [true, 5],
    [true, 9],
    [false, 10],
    [false, 14],
  ]);
  await until(() => received.length >= 4);
});

test('[BP1] has a mark of 1 Mi units by default', async () => {
  const { alice } = await pair(new InBrowserHub());
  expect(alice.send('bob', 'x'.repeat(2 ** 20 - 1))).toBe(true);
  expect(alice.send('bob', 'y')).toBe(false);
});

test('[BP2] tells at half of the mark, once, and nothing where nobody had to wait', async () => {
  const { alice, drained, received } = await pair(new InBrowserHub({ highWaterMark: 10 }));
  const amounts: number[] = [];
  alice.onDrain(() => amounts.push(alice.bufferedAmount('bob')));
  alice.send('bob', '123456789');
  await until(() => received.length === 1);
  expect(drained).toEqual([]);
  for (const text of ['1234', '567', '89', '0']) alice.send('bob', text);
  await until(() => received.length === 5);
  expect([drained, amounts]).toEqual([['bob'], [3]]);
});

test('[BP2] tells each connection of its own', async () => {
  const hub = new InBrowserHub({ highWaterMark: 10 });
  const { alice, drained } = await pair(hub);
  const carol = hub.openEndpoint('carol');
  await connect(alice, carol);
  alice.send('bob', 'short');
  alice.send('carol', 'long enough');
  expect([alice.bufferedAmount('bob'), alice.bufferedAmount('carol')]).toEqual([5, 11]);
  await until(() => drained.length > 0);
  expect(drained).toEqual(['carol']);
});

test('[BP6] runs every onDrain listener though one throws', async () => {
  const { alice, drained } = await pair(new InBrowserHub({ highWaterMark: 1 }));
  expect(() => alice.onDrain('no function' as never)).toThrow(/onDrain listener must be a function/);
  alice.onDrain(() => {
    throw new Error('boom');
  });
  const after = drains(alice);
  alice.send('bob', 'x');
  await until(() => after.length > 0);
  expect([drained, after]).toEqual([['bob'], ['bob']]);
  expect(log.filter(({ level }) => level === 'error')).toMatchObject([
    { endpoint: 'alice', peer: 'bob', reason: 'boom' },
  ]);
});

test.each(['highWaterMark', 'maxBufferedAmount'])('[BP7] refuses an option %s out of range', (name) => {
  for (const bad of [0, -1, 1.5, Number.NaN, '7', null]) {
    for (const create of [
      () => new InBrowserHub({ [name]: bad }),
      () => new MarshallerHub(new InBrowserHub(), { [name]: bad }),
    ]) {
      expect(create).toThrow(`The option ${name} must be a whole number of 1 or more, but it is`);
    }
  }
  expect(() => new InBrowserHub({ [name]: Number.POSITIVE_INFINITY })).not.toThrow();
});

test('[BP7] has a mark that is never over the limit by default', async () => {
  const { alice } = await pair(new InBrowserHub({ maxBufferedAmount: 10 }));
  expect([alice.send('bob', '123456789'), alice.send('bob', '0')]).toEqual([true, false]);
});

test('[BP4] takes everything without a limit', async () => {
  const endless = { highWaterMark: Number.POSITIVE_INFINITY, maxBufferedAmount: Number.POSITIVE_INFINITY };
  const { alice, drained, received } = await pair(new InBrowserHub(endless));
  const big = 'x'.repeat(2 ** 27);
  expect([alice.send('bob', big), alice.send('bob', big)]).toEqual([true, true]);
  expect(alice.bufferedAmount('bob')).toBe(2 ** 28);
  await until(() => received.length === 2);
  expect([alice.bufferedAmount('bob'), drained]).toEqual([0, []]);
});

/** A hub whose endpoints lack what came after version 0.2.1, but for what the test adds. */
function ownHub(overrides: (endpoint: ParentEndpoint) => Partial<ParentEndpoint>): ParentHub {
  const later = ['bufferedAmount', 'onDrain', 'requestDrain', 'getSendCapacity'];
  return overrideHub(new InBrowserHub(), (endpoint) => ({
    ...Object.fromEntries(later.map((name) => [name, undefined])),
    send: (to, text) => void endpoint.send(to, text),
    ...overrides(endpoint),
  }));
}

test('[BP8] never waits over a parent that tells nothing of its buffer', async () => {
  const { alice, drained, received } = await pair(
    new MarshallerHub<string>(
      ownHub(() => ({})),
      { highWaterMark: 1 },
    ),
  );
  expect([alice.send('bob', 'hello'), alice.bufferedAmount('bob')]).toEqual([true, 0]);
  await until(() => received.length > 0);
  expect(drained).toEqual([]);
});

test('[BP8] passes on what a parent with bounds of its own tells', async () => {
  const tell: ((targetEva: string) => unknown)[] = [];
  const parent = ownHub((endpoint) => ({
    bufferedAmount: () => 500,
    onDrain: (listener) => void tell.push(listener),
    send: (to, text) => {
      endpoint.send(to, text);
      return !text.includes('last');
    },
  }));
  const { alice, drained } = await pair(new MarshallerHub<string>(parent, { highWaterMark: 100 }));
  // Whether such a parent would ever tell of our mark is unknown: nobody is made to wait for it.
  expect([alice.send('bob', 'first'), alice.send('bob', 'last')]).toEqual([true, false]);
  expect(alice.bufferedAmount('bob')).toBe(500);
  expect(drained).toEqual([]);
  tell[0]?.('bob');
  tell[0]?.('bob');
  expect(drained).toEqual(['bob']);
});

test('[BP9] has a mark of its own in each hub of a stack, also where that of the parent is higher', async () => {
  const bottom = new InBrowserHub({ highWaterMark: 1000 });
  const { alice, drained, received } = await pair(
    new UnreliableHub(new UnreliableHub(bottom), { highWaterMark: 10 }),
  );
  const atBottom = drains(bottom.openEndpoint('alice'));
  expect([alice.send('bob', '1234'), alice.send('bob', '567890')]).toEqual([true, false]);
  await until(() => received.length === 2);
  expect([drained, atBottom]).toEqual([['bob'], ['bob']]);
});

test('[BP9] is as full as the fullest hub of its stack', async () => {
  const bottom = new InBrowserHub({ highWaterMark: 10, maxBufferedAmount: 20 });
  const { alice, drained, received } = await pair(new UnreliableHub(bottom));
  expect([alice.send('bob', '1234'), alice.send('bob', '567890')]).toEqual([true, false]);
  expect(() => alice.send('bob', '12345678901')).toThrow(
    expect.objectContaining({ code: 'ERR_BUFFER_FULL' }),
  );
  await until(() => received.length === 2);
  expect(drained).toEqual(['bob']);
});

test.each([
  ['MarshallerHub', (bottom: InBrowserHub) => new MarshallerHub<string>(bottom, { maxBufferedAmount: 1500 })],
  ['UnreliableHub', (bottom: InBrowserHub) => new UnreliableHub(bottom, { maxBufferedAmount: 1500 })],
])('[BP9] a %s has a limit of its own over what its parent keeps', async (_name, build) => {
  const { alice, received } = await pair<string>(build(new InBrowserHub()));
  alice.send('bob', 'x'.repeat(700));
  expect(() => alice.send('bob', 'x'.repeat(900))).toThrow(
    expect.objectContaining({ code: 'ERR_BUFFER_FULL' }),
  );
  await until(() => received.length === 1);
  alice.send('bob', 'x'.repeat(900));
  await until(() => received.length === 2);
});

async function unreliablePair(options: UnreliableHubOptions) {
  const clock = new VirtualClock();
  const bottom = new InBrowserHub();
  bottom.setImmediateSend(true);
  const hub = new UnreliableHub(bottom, { clock, highWaterMark: 10, ...options });
  return { clock, hub, ...(await pair(hub)) };
}

test('[BP10] an UnreliableHub counts what is on its way, with its copies', async () => {
  const { clock, alice, drained, received } = await unreliablePair({ delay: [10, 10], duplicate: 1 });
  expect([alice.send('bob', '1234'), alice.bufferedAmount('bob')]).toEqual([true, 8]);
  clock.advance(5);
  expect([alice.send('bob', '56'), alice.bufferedAmount('bob')]).toEqual([false, 12]);
  clock.advance(5);
  expect([alice.bufferedAmount('bob'), drained, received.length]).toEqual([4, ['bob'], 2]);
  clock.advance(5);
  expect([alice.bufferedAmount('bob'), drained, received.length]).toEqual([0, ['bob'], 4]);
});

test('[BP10] an UnreliableHub tells where what was on its way is lost in the end', async () => {
  const { clock, hub, alice, drained, received } = await unreliablePair({ delay: [10, 10] });
  expect(alice.send('bob', '1234567890')).toBe(false);
  hub.blockChannel('alice', 'bob');
  clock.advance(10);
  expect([alice.bufferedAmount('bob'), drained, received]).toEqual([0, ['bob'], []]);
});

test('[BP10] an UnreliableHub waits for its parent, too, where that is slower', async () => {
  const clock = new VirtualClock();
  const slow = new UnreliableHub(new InBrowserHub(), { clock, delay: [100, 100] });
  const { alice, drained } = await pair(
    new UnreliableHub(slow, { clock, delay: [10, 10], highWaterMark: 10 }),
  );
  for (let count = 0; count < 4; count += 1) alice.send('bob', '12345');
  clock.advance(50);
  alice.send('bob', '12345');
  expect([alice.bufferedAmount('bob'), drained]).toEqual([25, []]);
  clock.advance(60);
  expect(alice.bufferedAmount('bob')).toBe(25);
  await until(() => alice.bufferedAmount('bob') === 5);
  expect(drained).toEqual(['bob']);
});

test('[BP11] a WebSocketHub counts what the broker has not answered, also what waits for the end of an outage', () => {
  const { clock, sockets, endpoint, answer } = connectedEndpoint({ highWaterMark: 300 });
  const drained = drains(endpoint);
  // `you`, MESSAGE, their ends of line and 64 units besides.
  const each = 100 + 4 + 8 + 64;
  const text = 'x'.repeat(100);
  expect([endpoint.send('you', text), endpoint.bufferedAmount('you')]).toEqual([true, each]);
  expect([endpoint.send('you', text), endpoint.bufferedAmount('you')]).toEqual([false, 2 * each]);
  sockets.last.break();
  expect([endpoint.send('you', text), endpoint.bufferedAmount('you')]).toEqual([false, 3 * each]);
  sockets.last.login();
  clock.advance(1000);
  expect(endpoint.bufferedAmount('you')).toBe(3 * each);
  answer();
  expect([endpoint.bufferedAmount('you'), drained]).toEqual([3 * each, []]);
  for (const frame of sockets.last.take().slice(-3)) sockets.last.receive(frame.split('\n')[0]);
  expect([endpoint.bufferedAmount('you'), drained]).toEqual([0, ['you']]);
});

test('[BP11] a WebSocketHub takes no more than the limit, over all connections of its client', () => {
  const { endpoint, push, answer } = connectedEndpoint({ maxBufferedAmount: 500 });
  push('HANDSHAKE', 'they');
  answer();
  endpoint.send('you', 'x'.repeat(200));
  expect(() => endpoint.send('they', 'x'.repeat(200))).toThrow(
    expect.objectContaining({ code: 'ERR_BUFFER_FULL' }),
  );
  expect(endpoint.bufferedAmount('they')).toBe(0);
});

test('[BP13] a ReliableHub counts what is not acknowledged, up to its limit', async () => {
  const hub = new ReliableHub(new InBrowserHub(), { highWaterMark: 10, maxBufferedAmount: 20 });
  const { alice, drained, received } = await pair(hub);
  expect([alice.send('bob', '123456'), alice.send('bob', '7890')]).toEqual([true, false]);
  await until(() => received.length === 2);
  expect(alice.bufferedAmount('bob')).toBe(10);
  expect(() => alice.send('bob', '12345678901')).toThrow(
    expect.objectContaining({ code: 'ERR_BUFFER_FULL' }),
  );
  await until(() => drained.length > 0);
  expect([alice.bufferedAmount('bob'), drained]).toEqual([0, ['bob']]);
});

test('[BP3] tells the other side though its endpoint is destroyed as an outage ends', async () => {
  const bottom = new UnreliableHub(new InBrowserHub());
  const { alice, bob, received } = await pair(new ReliableHub(bottom, { highWaterMark: 10 }));
  const atAlice = states(alice);
  const atBob = states(bob);
  alice.onDrain(() => alice.destroy());
  // What bob acknowledges gets lost, until alice asks again over a new connection.
  bottom.blockChannel('bob', 'alice');
  alice.send('bob', 'long enough');
  await until(() => received.length > 0);
  bottom.openEndpoint('alice').closeConnection('bob');
  await until(() => atAlice.some(({ state }) => state === 'reconnecting'));
  bottom.unblockChannel('bob', 'alice');
  await until(() => alice.isDestroyed());
  await until(() => atBob.some(({ state }) => state === 'closed'), 'the goodbye');
});

test.each([
  ['InBrowserHub', () => new InBrowserHub({ highWaterMark: 10, maxBufferedAmount: 20 })],
  ['ReliableHub', () => new ReliableHub(new InBrowserHub(), { highWaterMark: 10, maxBufferedAmount: 20 })],
])('[BP14] an endpoint of a %s waits for itself as for others', async (_name, build) => {
  const alice = build().openEndpoint('alice');
  await open(alice, 'alice');
  const received = inbox(alice);
  const drained = drains(alice);
  expect([alice.send('alice', '1234'), alice.send('alice', '567890')]).toEqual([true, false]);
  expect(() => alice.send('alice', '12345678901')).toThrow(
    expect.objectContaining({ code: 'ERR_BUFFER_FULL' }),
  );
  await until(() => drained.length > 0 && received.length === 2);
  expect([alice.bufferedAmount('alice'), drained]).toEqual([0, ['alice']]);
});

test('[BP14] closing ends a sender to itself that goes on whenever it may', async () => {
  const alice = new InBrowserHub({ highWaterMark: 10 }).openEndpoint('alice');
  await open(alice, 'alice');
  const received = inbox(alice);
  const goOn = () => {
    while (alice.send('alice', 'four'));
  };
  alice.onDrain(goOn);
  goOn();
  await until(() => received.length > 100);
  alice.closeConnection('alice');
  expect(alice.isConnected('alice')).toBe(false);
});
