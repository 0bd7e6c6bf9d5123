import { expect, test } from 'vitest';
import type { ParentHub } from '../../src/core/contracts.ts';
import { InBrowserHub } from '../../src/hubs/in-browser-hub.ts';
import { UnreliableHub, type UnreliableHubOptions } from '../../src/hubs/unreliable-hub.ts';
import { connect, inbox } from '../../src/testing/peers.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { captureLog } from '../support/log.ts';
import { numbers } from '../support/reliable-sides.ts';

const log = captureLog();

/** Alice with a hub that has faults, and bob with one that has none, in one virtual time. */
async function connected(options: UnreliableHubOptions = {}, bottom = new InBrowserHub()) {
  bottom.setImmediateSend(true);
  const clock = new VirtualClock();
  const hub = new UnreliableHub(bottom, { clock, seed: 1, ...options });
  const alice = hub.openEndpoint('alice');
  const bob = new UnreliableHub(bottom, { clock }).openEndpoint('bob');
  await connect(alice, bob);
  const atBob = inbox(bob);
  const atAlice = inbox(alice);
  const texts = () => atBob.splice(0).map(({ message }) => message);
  const sendAll = (messages: string[]) => {
    for (const message of messages) alice.send('bob', message);
  };
  return { clock, hub, alice, bob, atAlice, texts, sendAll };
}

test('[UH7] loses as many messages as it says, and none of the other side', async () => {
  const { bob, atAlice, texts, sendAll } = await connected({ loss: 0.25 });
  sendAll(numbers(4000));
  const lost = 4000 - texts().length;
  expect(lost).toBeGreaterThan(900);
  expect(lost).toBeLessThan(1100);
  for (const text of numbers(100)) bob.send('alice', text);
  expect(atAlice).toHaveLength(100);
});

test('[UH7] repeats as many messages as it says, one right after the other', async () => {
  const { texts, sendAll } = await connected({ duplicate: 0.25 });
  sendAll(numbers(4000));
  const received = texts();
  expect(received.length).toBeGreaterThan(4900);
  expect(received.length).toBeLessThan(5100);
  expect([...new Set(received)]).toEqual(numbers(4000));
});

test('[UH8] delivers no message before the least delay, none after the longest, and all in order', async () => {
  const { clock, texts, sendAll } = await connected({ delay: [20, 60] });
  sendAll(numbers(500));
  clock.advance(19);
  expect(texts()).toEqual([]);
  clock.advance(20);
  const first = texts();
  expect(first.length).toBeGreaterThan(150);
  expect(first.length).toBeLessThan(350);
  clock.advance(21);
  expect([...first, ...texts()]).toEqual(numbers(500));
});

test('[UH9] lets those pass that are sent within 100 ms, and only those', async () => {
  const { clock, hub, texts, sendAll } = await connected({ reorder: 1 });
  sendAll(['late']);
  hub.setFaults({});
  clock.advance(99);
  sendAll(['first']);
  clock.advance(1);
  sendAll(['last']);
  expect(texts()).toEqual(['first', 'late', 'last']);
});

test('[UH9] reorders as many as it says, and loses none', async () => {
  const { clock, texts, sendAll } = await connected({ reorder: 0.1 });
  sendAll(numbers(1000));
  const inTime = texts();
  clock.advance(100);
  const late = texts();
  expect(late.length).toBeGreaterThan(60);
  expect(late.length).toBeLessThan(140);
  expect([...inTime, ...late].sort((a, b) => Number(a) - Number(b))).toEqual(numbers(1000));
});

test('[UH10] stops what is between two groups, both ways', async () => {
  const { hub, bob, atAlice, texts, sendAll } = await connected({ partition: [['alice'], ['bob']] });
  sendAll(['lost']);
  bob.send('alice', 'lost too');
  hub.setFaults({ partition: [['alice', 'bob'], ['carol']] });
  sendAll(['kept']);
  bob.send('alice', 'kept too');
  hub.setFaults({ partition: [['alice']] });
  sendAll(['lost again']);
  hub.setFaults({ partition: [['carol']] });
  sendAll(['kept again']);
  expect(texts()).toEqual(['kept', 'kept again']);
  expect(atAlice.map(({ message }) => message)).toEqual(['kept too']);
});

test('[UH10] stops what was on its way when it began', async () => {
  const { clock, hub, texts, sendAll } = await connected({ delay: [10, 10] });
  sendAll(['lost']);
  hub.setFaults({ partition: [['alice']] });
  clock.advance(10);
  expect(texts()).toEqual([]);
});

test('[UH11] gives directions faults of their own, the first that fits', async () => {
  const directions = [
    { from: 'alice', to: 'bob' },
    { from: 'alice', loss: 1 },
    { to: 'alice', duplicate: 1 },
  ];
  const bottom = new InBrowserHub();
  const { hub, alice, texts, sendAll } = await connected({ loss: 1, directions }, bottom);
  const carol = bottom.openEndpoint('carol');
  const dave = hub.openEndpoint('dave');
  await connect(alice, carol);
  await connect(dave, alice);
  await connect(dave, carol);
  const atCarol = inbox(carol);
  const atAlice = inbox(alice);
  sendAll(['exact']);
  alice.send('carol', 'from alice');
  dave.send('alice', 'to alice');
  dave.send('carol', 'neither');
  expect(texts()).toEqual(['exact']);
  expect(atCarol).toEqual([]);
  expect(atAlice.map(({ message }) => message)).toEqual(['to alice', 'to alice']);
});

test('[UH12] has the same faults for the same seed, and others for another one', async () => {
  const run = async (seed: number) => {
    const plan = { loss: 0.1, duplicate: 0.1, reorder: 0.1, delay: [1, 50] as const };
    const { clock, texts, sendAll } = await connected({ seed, ...plan });
    const seen: string[] = [];
    for (const text of numbers(200)) {
      sendAll([text]);
      clock.advance(1);
      seen.push(...texts(), '|');
    }
    return seen.join(' ');
  };
  expect(await run(7)).toBe(await run(7));
  expect(new Set(await Promise.all([1, 2, 3, 4, 5].map(run))).size).toBe(5);
});

test('[UH12] takes a seed from the hub’s chance where it is given none', async () => {
  const lostOf = async (chance: number) => {
    const { texts, sendAll } = await connected({ seed: undefined as never, random: () => chance, loss: 0.5 });
    sendAll(numbers(100));
    return texts();
  };
  expect(await lostOf(0.25)).toEqual(await lostOf(0.25));
  expect(await lostOf(0.25)).not.toEqual(await lostOf(0.75));
});

test('[UH13] keeps the order over a change of the plan, and what is on its way', async () => {
  const { clock, hub, texts, sendAll } = await connected({ delay: [50, 50] });
  sendAll(['slow']);
  hub.setFaults({});
  sendAll(['quick', 'quicker']);
  clock.advance(0);
  expect(texts()).toEqual(['slow', 'quick']);
  clock.advance(50);
  expect(texts()).toEqual(['quicker']);
  hub.setFaults({ loss: 1 });
  sendAll(['lost']);
  expect(texts()).toEqual([]);
});

test('[UH14] holds 1000 messages of a connection, and loses one more', async () => {
  const { clock, texts, sendAll } = await connected({ delay: [10, 10] });
  sendAll(numbers(1001));
  clock.advance(10);
  expect(texts()).toEqual(numbers(1000));
  sendAll(['there is room again']);
  clock.advance(10);
  expect(texts()).toEqual(['there is room again']);
});

test('[UH15] loses what is on its way with its connection, and leaves no timer', async () => {
  const { clock, alice, bob, texts, sendAll } = await connected({ delay: [10, 10] });
  sendAll(['too late']);
  alice.closeConnection('bob');
  expect(clock.pending).toBe(0);
  await connect(alice, bob);
  clock.advance(1000);
  expect(texts()).toEqual([]);
  sendAll(['too late again']);
  alice.destroy();
  expect(clock.pending).toBe(0);
});

test.each([
  { loss: 1.1 },
  { duplicate: -0.1 },
  { reorder: Number.NaN },
  { delay: [2, 1] as const },
  { delay: [-2, 1] as const },
  { delay: [-1, -2] as const },
  { loss: '1' as never as number, directions: [{ loss: 2 }] },
])('[UH16] refuses %j', (plan) => {
  const bottom: ParentHub = new InBrowserHub();
  const wrong = expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' });
  expect(() => new UnreliableHub(bottom, plan)).toThrow(wrong);
  expect(() => new UnreliableHub(bottom).setFaults(plan)).toThrow(wrong);
});

test('[UH17] logs what the parent throws on a message that comes late', async () => {
  const { clock, alice, texts, sendAll } = await connected({ delay: [10, 10] });
  alice.send('bob', 7 as never);
  sendAll(['after it']);
  clock.advance(10);
  expect(texts()).toEqual(['after it']);
  expect(log.filter(({ level }) => level === 'error')).toMatchObject([{ endpoint: 'alice', peer: 'bob' }]);
});
