import fc from 'fast-check';
import { seededRandom } from '../../src/core/random.ts';
import { HABITS, type Habit } from './application.ts';
import type { ChaosModel } from './chaos.ts';
import { otherOf, SIDES, type Side, type Wire } from './wire.ts';
import type { World } from './world.ts';

export const side = fc.constantFrom<Side>(...SIDES);
export const few = fc.integer({ min: 1, max: 5 });
/** One of the first packets on a way. */
export const nth = fc.integer({ min: 0, max: 5 });

/** What can happen to the two sides over any way. */
export const commonCommands = {
  open: { weight: 8, values: fc.tuple(side), run: (world: World, of: Side) => world.applications[of].open() },
  send: {
    weight: 10,
    values: fc.tuple(side, few),
    run: (world: World, of: Side, count: number) => world.applications[of].send(count),
  },
  close: {
    weight: 2,
    values: fc.tuple(side),
    run: (world: World, of: Side) => world.applications[of].close(),
  },
  destroy: { weight: 1, values: fc.tuple(side), run: (world: World, of: Side) => world.destroy(of) },
  restart: { weight: 1, values: fc.tuple(side), run: (world: World, of: Side) => world.restart(of) },
  /** From now on its listeners do something of their own. */
  habit: {
    weight: 3,
    values: fc.tuple(side, fc.constantFrom(...HABITS)),
    run: (world: World, of: Side, habit: Habit) => world.applications[of].take(habit),
  },
  wake: {
    weight: 1,
    values: fc.tuple(side),
    run: (world: World, of: Side) => world.applications[of].process.wake(),
  },
  heal: { weight: 4, values: fc.constant([]), run: (world: World) => world.heal() },
  /** Time passes, and nothing arrives. */
  advance: {
    weight: 4,
    values: fc.tuple(fc.constantFrom(10, 100, 1000, 4000, 7000, 16_000)),
    run: (world: World, ms: number) => world.pass(ms),
  },
  /** Time passes, and nobody acts. */
  sleep: {
    weight: 1,
    values: fc.tuple(fc.constantFrom(1000, 20_000)),
    run: (world: World, ms: number) => world.sleep(ms),
  },
  /** Time passes, and everything arrives. */
  flow: {
    weight: 10,
    values: fc.tuple(fc.constantFrom(0, 100, 1000, 3000)),
    run: (world: World, ms: number) => world.flow(ms),
  },
} satisfies ChaosModel<World>['commands'];

/** A world with a wire that carries texts. */
interface WiredWorld extends World {
  readonly wire: Wire;
}

/** What can happen on the wire. */
export const wireCommands = {
  /** The next packets to a side arrive. */
  deliver: {
    weight: 10,
    values: fc.tuple(side, few),
    run: (world: WiredWorld, to: Side, count: number) => {
      for (let rest = count; rest > 0; rest -= 1) world.wire.lanes[to].deliver();
    },
  },
  drop: {
    weight: 8,
    values: fc.tuple(side, nth),
    run: (world: WiredWorld, to: Side, at: number) => world.wire.lanes[to].drop(at),
  },
  duplicate: {
    weight: 4,
    values: fc.tuple(side, nth),
    run: (world: WiredWorld, to: Side, at: number) => world.wire.lanes[to].duplicate(at),
  },
  reorder: {
    weight: 4,
    values: fc.tuple(side, nth),
    run: (world: WiredWorld, to: Side, at: number) => world.wire.lanes[to].reorder(at),
  },
  delay: {
    weight: 4,
    values: fc.tuple(side, nth, fc.constantFrom(500, 3000, 20_000)),
    run: (world: WiredWorld, to: Side, at: number, ms: number) => world.wire.lanes[to].delay(at, ms),
  },
  /** Time passes, and the wire is a bad one. */
  roughly: {
    weight: 5,
    values: fc.tuple(fc.constantFrom(200, 1000, 5000), fc.integer({ min: 1, max: 1000 })),
    run: async (world: WiredWorld, ms: number, seed: number) => {
      const random = seededRandom(seed);
      const { a, b } = world.wire.lanes;
      for (let passed = 0; passed < ms; passed += 100) {
        world.clock.advance(100);
        for (const lane of [a, b, a, b]) lane.deliverRoughly(random);
        await world.turn();
      }
    },
  },
  /** From now on everything arrives inside `send`, as in memory. */
  hurry: {
    weight: 1,
    values: fc.constant([]),
    run: (world: WiredWorld) => {
      for (const lane of Object.values(world.wire.lanes)) lane.isImmediate = true;
    },
  },
  /** The next sendings of a side throw. */
  choke: {
    weight: 2,
    values: fc.tuple(side, few, fc.constantFrom('full', 'broken')),
    run: (world: WiredWorld, of: Side, count: number, how: 'full' | 'broken') =>
      world.wire.choke(of, count, how),
  },
  cut: { weight: 2, values: fc.constant([]), run: (world: WiredWorld) => world.wire.cut('a', 'b') },
  /** Only one side notices. */
  cutUnnoticed: {
    weight: 2,
    values: fc.tuple(side),
    run: (world: WiredWorld, by: Side) => world.wire.cut(otherOf(by)),
  },
  suspend: {
    weight: 1,
    values: fc.tuple(side),
    run: (world: WiredWorld, of: Side) => world.wire.suspend(of),
  },
  resume: { weight: 1, values: fc.tuple(side), run: (world: WiredWorld, of: Side) => world.wire.resume(of) },
  /** From now on an endpoint that opens anew finds the connection of the one before. */
  continueParents: {
    weight: 1,
    values: fc.constant([]),
    run: (world: WiredWorld) => {
      world.wire.isContinued = true;
    },
  },
} satisfies ChaosModel<WiredWorld>['commands'];
