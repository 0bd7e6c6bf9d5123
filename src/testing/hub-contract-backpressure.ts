import type { Endpoint } from '../core/contracts.ts';
import { AssertionError, equal, holds } from './assert.ts';
import type { HubCheck, PairBench } from './hub-contract.ts';
import { inbox } from './peers.ts';

/** Small ones, so that no wire is quick enough to empty a buffer before it is full. */
export const BOUNDS = { highWaterMark: 2 ** 15, maxBufferedAmount: 2 ** 17 };

const TEXT = 'x'.repeat(16_000);

/** More than anything takes before its buffer is full. */
const MOST_TEXTS = 4000;

/** Sends until it has to wait; how many messages that were. */
function fill(from: Endpoint<string>, to: string): number {
  for (let sent = 1; sent <= MOST_TEXTS; sent += 1) {
    const before = from.bufferedAmount(to);
    if (!from.send(to, TEXT)) return sent;
    holds(before < BOUNDS.highWaterMark, 'whoever need not wait is below the mark');
  }
  throw new AssertionError(`${MOST_TEXTS} messages were sent, and never one had to wait`);
}

/** Keeps what an endpoint is told, and how much was left then. */
function drains(endpoint: Endpoint<string>) {
  const told: string[] = [];
  const left: number[] = [];
  endpoint.onDrain((targetEva) => {
    told.push(targetEva);
    left.push(endpoint.bufferedAmount(targetEva));
  });
  return { told, left };
}

/** What every hub does about a side that sends faster than the messages leave; both sides are connected. */
export function checkBackpressure(check: HubCheck<PairBench>): void {
  check(
    '[BP1, BP2] tells both sides when to wait, and once when to go on',
    ['backpressure', 'reliable', 'largeMessages'],
    async ({ acceptor: bob, opener: alice, until }) => {
      const received = { alice: inbox(alice), bob: inbox(bob) };
      const drained = { alice: drains(alice), bob: drains(bob) };
      equal([alice.bufferedAmount('bob'), bob.bufferedAmount('alice')], [0, 0]);
      const sent = { alice: fill(alice, 'bob'), bob: fill(bob, 'alice') };
      equal([drained.alice.told, drained.bob.told], [[], []]);
      await until(() => drained.alice.told.length > 0 && drained.bob.told.length > 0);
      await until(() => received.bob.length >= sent.alice && received.alice.length >= sent.bob);
      await until(() => alice.bufferedAmount('bob') + bob.bufferedAmount('alice') === 0);
      equal([drained.alice.told, drained.bob.told], [['bob'], ['alice']]);
      for (const left of [...drained.alice.left, ...drained.bob.left]) {
        holds(left <= BOUNDS.highWaterMark / 2, 'half of the mark is free when it is told');
      }
      equal([received.alice.length, received.bob.length], [sent.bob, sent.alice]);
    },
  );

  check(
    '[BP3] tells again, each time that the sender goes on and has to wait, until it closes',
    ['backpressure', 'reliable', 'largeMessages'],
    async ({ acceptor: bob, opener: alice, until }) => {
      const received = inbox(bob);
      let rounds = 0;
      let sent = 0;
      let isClosedAtOnce = false;
      const goOn = () => {
        rounds += 1;
        if (rounds <= 3) {
          sent += fill(alice, 'bob');
          return;
        }
        alice.closeConnection('bob');
        isClosedAtOnce = !alice.isConnected('bob');
      };
      alice.onDrain(goOn);
      goOn();
      await until(() => rounds > 3 && received.length >= sent);
      equal([rounds, received.length, isClosedAtOnce], [4, sent, true]);
    },
  );

  check(
    '[BP4] refuses what goes past its limit, and sends nothing of it',
    ['backpressure', 'reliable', 'largeMessages'],
    async ({ acceptor: bob, opener: alice, refuses, until }) => {
      const received = inbox(bob);
      refuses(() => alice.send('bob', 'x'.repeat(BOUNDS.maxBufferedAmount + 1)), 'ERR_BUFFER_FULL');
      equal(alice.bufferedAmount('bob'), 0);
      alice.send('bob', 'after');
      await until(() => received.length > 0);
      equal(received, [{ from: 'alice', message: 'after' }]);
    },
  );

  check(
    '[BP5] has nothing buffered for whoever it is not connected to',
    ['backpressure', 'largeMessages'],
    ({ opener: alice }) => {
      alice.send('bob', TEXT);
      alice.closeConnection('bob');
      equal([alice.bufferedAmount('bob'), alice.bufferedAmount('nobody')], [0, 0]);
    },
  );
}
