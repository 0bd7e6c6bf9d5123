/** How a group is measured. */
export interface BenchOptions {
  /** For CI: a fraction of the work, enough to notice what is twice as bad as it should be. */
  short: boolean;
}

/** What has to be reached: by the ratio where there is a yardstick, else by the value itself. */
export type Goal = { atLeast: number } | { atMost: number };

/** One row of the table. */
export interface Result {
  case: string;
  /** The median of the rounds. */
  value: number;
  unit: string;
  /** What the yardstick reached in the same rounds, in the same unit. */
  yardstick?: number;
  /** The median of value / yardstick, round by round. */
  ratio?: number;
  /** The lowest and the highest of what the goal is about. */
  spread?: readonly [number, number];
  goal: Goal;
}

/** What a group exports: `bench/NAME.ts` is the group NAME, and runs in a process of its own. */
export type Measure = (options: BenchOptions) => Promise<Result[]>;

/** What the goal is about. */
export const measured = ({ ratio, value }: Result): number => ratio ?? value;

export function isReached(result: Result): boolean {
  return isWithin(result, 1);
}

/** Whether it is so bad that chance and a busy machine cannot be the reason. */
export function isFarOff(result: Result): boolean {
  return !isWithin(result, 2);
}

function isWithin(result: Result, slack: number): boolean {
  const { goal } = result;
  if ('atLeast' in goal) return measured(result) >= goal.atLeast / slack;
  return measured(result) <= goal.atMost * slack;
}
