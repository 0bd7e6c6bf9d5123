import { seededRandom } from '../../src/core/random.ts';

/** Choices that a seed decides. */
export function chanceOf(seed: number) {
  const random = seededRandom(seed);
  return {
    random,
    /** A whole number from 0 to `most`. */
    upTo: (most: number): number => Math.floor(random() * (most + 1)),
    pick: <T>(from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)],
    /** One of a list of choices, each with its weight. */
    choose<T>(choices: readonly (readonly [weight: number, choice: T])[]): T {
      let rest = random() * choices.reduce((sum, [weight]) => sum + weight, 0);
      const found = choices.find(([weight]) => {
        rest -= weight;
        return rest < 0;
      });
      return (found ?? (choices[0] as readonly [number, T]))[1];
    },
  };
}

export type Chance = ReturnType<typeof chanceOf>;
