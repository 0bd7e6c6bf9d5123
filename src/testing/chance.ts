import { seededRandom } from '../core/random.ts';

/** Choices that a seed decides. @public */
export interface Chance {
  /** A number from 0 up to 1. */
  next(): number;
  /** A whole number from `least` to `most`, both included. */
  integer(least: number, most: number): number;
  /** One of a list that has some. */
  pick<T>(list: readonly T[]): T;
}

export function chanceOf(seed: number): Chance {
  const next = seededRandom(seed);
  const integer = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));
  return { next, integer, pick: (list) => list[integer(0, list.length - 1)] as never };
}
