import { afterEach, expect, test, vi } from 'vitest';
import { setLogger } from '../../src/core/logger.ts';
import { InBrowserHub } from '../../src/hubs/in-browser-hub.ts';
import { connect, inbox, open, states, until } from '../../src/testing/peers.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { captureLog } from '../support/log.ts';

const log = captureLog();

afterEach(() => vi.restoreAllMocks());

test('[IB1] never waits for a timer', async () => {
  const timer = vi.spyOn(globalThis, 'setTimeout');
  const hub = new InBrowserHub();
  const alice = hub.openEndpoint('alice');
  const bob = hub.openEndpoint('bob');
  alice.openConnection('bob', () => {});
  for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
  // The only timer is the one that would end the attempt.
  const received = inbox(bob);
  const before = timer.mock.calls.length;
  for (let count = 0; count < 100; count += 1) alice.send('bob', `${count}`);
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  expect(received.length).toBe(100);
  expect(timer.mock.calls.length).toBe(before);
});

test('[IB2] delivers all that is sent in one turn in one task', async () => {
  const hub = new InBrowserHub();
  const alice = hub.openEndpoint('alice');
  const bob = hub.openEndpoint('bob');
  await connect(alice, bob);
  const received = inbox(bob);
  for (let count = 0; count < 1000; count += 1) alice.send('bob', `${count}`);
  expect(received).toEqual([]);
  await new Promise(setImmediate);
  expect(received.length).toBe(1000);
});

test('[IB3] leaves the event loop free while two endpoints answer each other for ever', async () => {
  const hub = new InBrowserHub();
  const alice = hub.openEndpoint('alice');
  const bob = hub.openEndpoint('bob');
  await connect(alice, bob);
  let answers = 0;
  alice.onMessage = () => alice.send('bob', 'ping');
  bob.onMessage = () => {
    answers += 1;
    if (bob.isConnected('alice')) bob.send('alice', 'pong');
  };
  alice.send('bob', 'ping');
  await until(() => answers > 100);
  alice.destroy();
});

test('[IB4] delivers inside send when it is told to', async () => {
  const hub = new InBrowserHub();
  hub.setImmediateSend(true);
  const alice = hub.openEndpoint('alice');
  const bob = hub.openEndpoint('bob');
  const received = inbox(bob);
  const statuses: string[] = [];
  alice.openConnection('bob', ({ status }) => statuses.push(status));
  alice.send('bob', 'at once');
  expect([statuses, received]).toEqual([['CONNECTED'], [{ from: 'alice', message: 'at once' }]]);
});

test('[IB11] loses nothing that is sent as soon as a connection is open, also while it delivers inside send', async () => {
  const hub = new InBrowserHub();
  hub.setImmediateSend(true);
  const alice = hub.openEndpoint('alice');
  const bob = hub.openEndpoint('bob');
  const atAlice = inbox(alice);
  const atBob = inbox(bob);
  alice.onConnectionOpen(() => alice.send('bob', 'from alice'));
  bob.onConnectionOpen(() => bob.send('alice', 'from bob'));
  await connect(alice, bob);
  await until(() => atAlice.length > 0 && atBob.length > 0);
  expect([atAlice, atBob]).toMatchObject([[{ message: 'from bob' }], [{ message: 'from alice' }]]);
});

test('[IB5] keeps the order of what was sent before it was told to deliver inside send', async () => {
  const hub = new InBrowserHub();
  const alice = hub.openEndpoint('alice');
  const bob = hub.openEndpoint('bob');
  await connect(alice, bob);
  const received = inbox(bob);
  alice.send('bob', 'first');
  hub.setImmediateSend(true);
  alice.send('bob', 'second');
  expect(received.map(({ message }) => message)).toEqual(['first', 'second']);
});

test('[IB6] is an address space of its own', async () => {
  const clock = new VirtualClock();
  const hub = new InBrowserHub({ clock });
  new InBrowserHub().openEndpoint('bob');
  const alice = hub.openEndpoint('alice');
  const opening = open(alice, 'bob');
  clock.advance(20_000);
  expect((await opening).status).toBe('FAILED');
});

test.each([true, false])(
  '[IB7] connects as soon as the target is there (immediate: %s)',
  async (immediate) => {
    const hub = new InBrowserHub({ clock: new VirtualClock() });
    hub.setImmediateSend(immediate);
    const alice = hub.openEndpoint('alice');
    const opening = open(alice, 'bob');
    await new Promise(setImmediate);
    hub.openEndpoint('bob');
    expect((await opening).status).toBe('CONNECTED');
  },
);

test('[IB8] fails after its attempts: one, and as many retries as are set, with the delay between them', async () => {
  const clock = new VirtualClock();
  const hub = new InBrowserHub({ clock });
  hub.setEstablishConnectionTimeout(100);
  hub.setRetryConnectAfterDelay(10);
  hub.setOpenConnectionRetries(2);
  const alice = hub.openEndpoint('alice');
  const statuses: string[] = [];
  alice.openConnection('bob', ({ status }) => statuses.push(status));
  clock.advance(319);
  expect(statuses).toEqual([]);
  clock.advance(1);
  expect(statuses).toEqual(['FAILED']);
  expect(clock.pending).toBe(0);
});

test('[IB9] refuses a message that its buffer has no room for, and takes more once it was delivered', async () => {
  const hub = new InBrowserHub();
  const alice = hub.openEndpoint('alice');
  const bob = hub.openEndpoint('bob');
  await connect(alice, bob);
  const received = inbox(bob);
  const big = 'x'.repeat(2 ** 26);
  alice.send('bob', big);
  alice.send('bob', big);
  expect(() => alice.send('bob', 'y')).toThrow(expect.objectContaining({ code: 'ERR_BUFFER_FULL' }));
  await until(() => received.length >= 2);
  alice.send('bob', 'y');
  await until(() => received.length >= 3);
});

test('[IB10] drops a message for an endpoint without onMessage, and says so', async () => {
  const hub = new InBrowserHub();
  const alice = hub.openEndpoint('alice');
  const bob = hub.openEndpoint('bob');
  await connect(alice, bob);
  alice.send('bob', 'into the void');
  await until(() => log.some(({ level }) => level === 'warn'));
  expect(log.filter(({ level }) => level === 'warn')).toMatchObject([
    { endpoint: 'bob', peer: 'alice', reason: 'the endpoint has no onMessage' },
  ]);
});

test('[EP1] remembers the last state of a thousand ended connections, not more', async () => {
  const hub = new InBrowserHub({ clock: new VirtualClock() });
  hub.setImmediateSend(true);
  const alice = hub.openEndpoint('alice');
  for (let count = 0; count <= 1000; count += 1) {
    alice.openConnection(`peer ${count}`, () => {});
    alice.closeConnection(`peer ${count}`);
  }
  expect(alice.getConnectionState('peer 0')).toBeUndefined();
  expect(alice.getConnectionState('peer 1')).toBe('closed');
  expect(alice.getConnectionState('peer 1000')).toBe('closed');
});

test('[EP2] logs a lost connection with the endpoint, the peer and a reason', async () => {
  const clock = new VirtualClock();
  const hub = new InBrowserHub({ clock });
  const alice = hub.openEndpoint('alice');
  const seen = states(alice);
  alice.openConnection('bob', () => {});
  clock.advance(60_000);
  expect(seen.map(({ state }) => state)).toEqual(['connecting', 'lost']);
  expect(log.filter(({ level }) => level === 'warn')).toMatchObject([
    { text: 'connection lost', endpoint: 'alice', peer: 'bob', reason: 'no answer in time' },
  ]);
});

test('[EP3] logs what an async onMessage rejects with', async () => {
  const hub = new InBrowserHub();
  const alice = hub.openEndpoint('alice');
  const bob = hub.openEndpoint('bob');
  await connect(alice, bob);
  bob.onMessage = () => Promise.reject(new Error('too late'));
  alice.send('bob', 'hello');
  await until(() => log.some(({ level }) => level === 'error'));
  expect(log.find(({ level }) => level === 'error')).toMatchObject({
    text: 'onMessage threw',
    reason: 'too late',
  });
});

test.each([
  ['setEstablishConnectionTimeout', -1],
  ['setEstablishConnectionTimeout', Number.NaN],
  ['setRetryConnectAfterDelay', '5'],
  ['setOpenConnectionRetries', 1.5],
] as const)('[EP4] refuses %s(%s)', (setter, value) => {
  const hub = new InBrowserHub();
  expect(() => hub[setter](value as never)).toThrow(
    expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }),
  );
});

test('[EP5] shows every actor to the inspector of a hub, also below a proxy', async () => {
  const { MarshallerHub } = await import('../../src/hubs/marshaller-hub.ts');
  const ids = new Set<string>();
  const hub = new MarshallerHub(new InBrowserHub(), {
    inspect: (event) => {
      if ('id' in event.actorRef) ids.add(String(event.actorRef.id));
    },
  });
  const alice = hub.openEndpoint('alice');
  const bob = hub.openEndpoint('bob');
  await connect(alice, bob);
  expect([...ids].sort()).toEqual(['connection alice → bob', 'connection bob → alice']);
});

test('[EP6] survives an inspector that throws', async () => {
  const hub = new InBrowserHub({
    inspect: () => {
      throw new Error('boom');
    },
  });
  const alice = hub.openEndpoint('alice');
  await connect(alice, hub.openEndpoint('bob'));
  expect(alice.isConnected('bob')).toBe(true);
});

test('[EP7] warns once of a peer that cannot be reached, and again after it was', async () => {
  const clock = new VirtualClock();
  const hub = new InBrowserHub({ clock });
  const alice = hub.openEndpoint('alice');
  const warnings = () =>
    log.filter(({ text, level }) => text === 'connection lost' && level === 'warn').length;
  const fail = () => {
    alice.openConnection('bob', () => {});
    clock.advance(60_000);
  };
  fail();
  fail();
  expect(warnings()).toBe(1);
  const bob = hub.openEndpoint('bob');
  await connect(alice, bob);
  bob.destroy();
  await until(() => !alice.isConnected('bob'));
  fail();
  expect(warnings()).toBe(2);
});

test('[EP8] restores the defaults by setters without a value', async () => {
  const clock = new VirtualClock();
  const hub = new InBrowserHub({ clock });
  hub.setEstablishConnectionTimeout(1);
  hub.setRetryConnectAfterDelay(1);
  hub.setOpenConnectionRetries(0);
  hub.setEstablishConnectionTimeout();
  hub.setRetryConnectAfterDelay();
  hub.setOpenConnectionRetries();
  const statuses: string[] = [];
  hub.openEndpoint('alice').openConnection('bob', ({ status }) => statuses.push(status));
  clock.advance(19_999);
  expect(statuses).toEqual([]);
  clock.advance(1);
  expect(statuses).toEqual(['FAILED']);
});

test.each([5, 'x', { warn: 5 }])('[EP9] refuses %j as a logger', (logger) => {
  expect(() => setLogger(logger as never)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }));
});
