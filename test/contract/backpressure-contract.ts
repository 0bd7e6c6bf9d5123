import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Endpoint, Hub } from '../../src/core/contracts.ts';
import { connect, inbox, until } from '../support/peers.ts';
import type { HubStack, HubWorld } from './hub-contract.ts';

/** Small ones, so that no wire is quick enough to empty a buffer before it is full. */
const BOUNDS = { highWaterMark: 2 ** 15, maxBufferedAmount: 2 ** 17 };

const TEXT = 'x'.repeat(16_000);

/** More than any platform takes before its buffer is full. */
const MOST_TEXTS = 4000;

/** What every hub does about a side that sends faster than the messages leave. */
export function runBackpressureContract(stack: HubStack): void {
  describe('with bounds of its own', () => {
    let world: HubWorld;
    let alice: Endpoint<string>;
    let bob: Endpoint<string>;

    beforeEach(async () => {
      world = await stack.setup(BOUNDS);
      [alice, bob] = ['alice', 'bob'].map((eva) =>
        (world.newHub() as unknown as Hub<string>).openEndpoint(eva),
      ) as [Endpoint<string>, Endpoint<string>];
      await until(() => world.isReachable('alice') && world.isReachable('bob'));
      await connect(alice, bob);
    });

    afterEach(async () => {
      alice.destroy();
      bob.destroy();
      await world.teardown();
    });

    /** Sends until it has to wait; how many messages that were. */
    function fill(from: Endpoint<string>, to: string): number {
      for (let sent = 1; sent <= MOST_TEXTS; sent += 1) {
        const before = from.bufferedAmount(to);
        if (!from.send(to, TEXT)) return sent;
        expect(before).toBeLessThan(BOUNDS.highWaterMark);
      }
      throw new Error(`${MOST_TEXTS} messages were sent, and never one had to wait`);
    }

    function drains(endpoint: Endpoint<string>): string[] {
      const told: string[] = [];
      endpoint.onDrain((targetEva) => {
        told.push(targetEva);
        expect(endpoint.bufferedAmount(targetEva)).toBeLessThanOrEqual(BOUNDS.highWaterMark / 2);
      });
      return told;
    }

    test('[BP1, BP2] tells both sides when to wait, and once when to go on', async () => {
      const received = { alice: inbox(alice), bob: inbox(bob) };
      const drained = { alice: drains(alice), bob: drains(bob) };
      expect([alice.bufferedAmount('bob'), bob.bufferedAmount('alice')]).toEqual([0, 0]);
      const sent = { alice: fill(alice, 'bob'), bob: fill(bob, 'alice') };
      expect([drained.alice, drained.bob]).toEqual([[], []]);
      await until(() => drained.alice.length > 0 && drained.bob.length > 0);
      await until(() => received.bob.length >= sent.alice && received.alice.length >= sent.bob);
      await until(() => alice.bufferedAmount('bob') + bob.bufferedAmount('alice') === 0);
      expect([drained.alice, drained.bob]).toEqual([['bob'], ['alice']]);
      expect([received.alice.length, received.bob.length]).toEqual([sent.bob, sent.alice]);
    });

    test('[BP3] tells again, each time that the sender goes on and has to wait, until it closes', async () => {
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
      expect([rounds, received.length, isClosedAtOnce]).toEqual([4, sent, true]);
    });

    test('[BP4] refuses what goes past its limit, and sends nothing of it', async () => {
      const received = inbox(bob);
      expect(() => alice.send('bob', 'x'.repeat(BOUNDS.maxBufferedAmount + 1))).toThrow(
        expect.objectContaining({ code: 'ERR_BUFFER_FULL' }),
      );
      expect(alice.bufferedAmount('bob')).toBe(0);
      alice.send('bob', 'after');
      await until(() => received.length > 0);
      expect(received).toEqual([{ from: 'alice', message: 'after' }]);
    });

    test('[BP5] has nothing buffered for whoever it is not connected to', async () => {
      alice.send('bob', TEXT);
      alice.closeConnection('bob');
      expect([alice.bufferedAmount('bob'), alice.bufferedAmount('nobody')]).toEqual([0, 0]);
    });
  });
}
