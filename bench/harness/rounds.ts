import type { Goal, Result } from './result.ts';

type Sample = () => Promise<number> | number;

interface Row {
  case: string;
  unit: string;
  goal: Goal;
  rounds: number;
  /** Rounds before the first one that counts, for the compiler. @default 1 */
  warmUps?: number;
}

/** Measures a candidate and its yardstick in turn, so that what slows the machine down slows down both. */
export async function compare(row: Row, yardstick: Sample, candidate: Sample): Promise<Result> {
  const values: number[] = [];
  const yardsticks: number[] = [];
  for (let round = 0; round < (row.warmUps ?? 1); round += 1) {
    await yardstick();
    await candidate();
  }
  for (let round = 0; round < row.rounds; round += 1) {
    const isYardstickFirst = round % 2 === 0;
    if (isYardstickFirst) yardsticks.push(await yardstick());
    values.push(await candidate());
    if (!isYardstickFirst) yardsticks.push(await yardstick());
  }
  const ratios = values.map((value, round) => value / (yardsticks[round] as number));
  return {
    case: row.case,
    value: median(values),
    unit: row.unit,
    yardstick: median(yardsticks),
    ratio: median(ratios),
    spread: [Math.min(...ratios), Math.max(...ratios)],
    goal: row.goal,
  };
}

/** Measures what has no yardstick. */
export async function repeat(row: Row, candidate: Sample): Promise<Result> {
  const values: number[] = [];
  for (let round = 0; round < (row.warmUps ?? 1); round += 1) await candidate();
  for (let round = 0; round < row.rounds; round += 1) values.push(await candidate());
  return {
    case: row.case,
    value: median(values),
    unit: row.unit,
    spread: [Math.min(...values), Math.max(...values)],
    goal: row.goal,
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] as number)) / 2;
}
