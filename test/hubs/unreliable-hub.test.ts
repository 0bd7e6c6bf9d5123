import { expect, test } from 'vitest';
import { InBrowserHub } from '../../src/hubs/in-browser-hub.ts';
import { MarshallerHub } from '../../src/hubs/marshaller-hub.ts';
import { UnreliableHub } from '../../src/hubs/unreliable-hub.ts';
import { connect, inbox, open, until } from '../../src/testing/peers.ts';

async function connected() {
  const hub = new UnreliableHub(new InBrowserHub());
  const alice = hub.openEndpoint('alice');
  const bob = hub.openEndpoint('bob');
  await connect(alice, bob);
  return { hub, alice, bob, atAlice: inbox(alice), atBob: inbox(bob) };
}

test('[UH1] loses what is sent in a blocked direction, and only that', async () => {
  const { hub, alice, bob, atAlice, atBob } = await connected();
  hub.blockChannel('alice', 'bob');
  alice.send('bob', 'lost');
  bob.send('alice', 'the other way');
  await until(() => atAlice.length > 0);
  expect(atBob).toEqual([]);
});

test('[UH2] carries again what is sent after the block has ended', async () => {
  const { hub, alice, atBob } = await connected();
  hub.blockChannel('alice', 'bob');
  alice.send('bob', 'lost');
  hub.unblockChannel('alice', 'bob');
  alice.send('bob', 'kept');
  await until(() => atBob.length > 0);
  expect(atBob.map(({ message }) => message)).toEqual(['kept']);
});

test('[UH3] loses on the receiving side too, where only its hub blocks', async () => {
  const bottom = new InBrowserHub();
  const hub = new UnreliableHub(bottom);
  const alice = bottom.openEndpoint('alice');
  const bob = hub.openEndpoint('bob');
  await connect(alice, bob);
  const received = inbox(bob);
  hub.blockChannel('alice', 'bob');
  alice.send('bob', 'lost');
  await new Promise(setImmediate);
  hub.unblockChannel('alice', 'bob');
  alice.send('bob', 'kept');
  await until(() => received.length > 0);
  expect(received.map(({ message }) => message)).toEqual(['kept']);
});

test('[UH4] takes what its parent takes', async () => {
  const hub = new UnreliableHub(new MarshallerHub(new InBrowserHub()));
  const alice = hub.openEndpoint('alice');
  const bob = hub.openEndpoint('bob');
  await connect(alice, bob);
  const received = inbox(bob);
  alice.send('bob', { a: 1 });
  await until(() => received.length > 0);
  expect(received).toEqual([{ from: 'alice', message: { a: 1 } }]);
});

test('[UH5] refuses addresses that are no strings', () => {
  const hub = new UnreliableHub(new InBrowserHub());
  expect(() => hub.blockChannel(1 as never, 'bob')).toThrow(/end of a channel must be a string/);
  expect(() => hub.unblockChannel('alice', undefined as never)).toThrow(/end of a channel/);
});

test('[UH6] loses what an endpoint sends to itself as well', async () => {
  const hub = new UnreliableHub(new InBrowserHub());
  const alice = hub.openEndpoint('alice');
  await open(alice, 'alice');
  const received = inbox(alice);
  hub.blockChannel('alice', 'alice');
  alice.send('alice', 'lost');
  hub.unblockChannel('alice', 'alice');
  alice.send('alice', 'kept');
  await until(() => received.length > 0);
  expect(received.map(({ message }) => message)).toEqual(['kept']);
});
