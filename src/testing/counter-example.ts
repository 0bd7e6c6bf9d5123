import { reasonOf } from '../core/errors.ts';
import { type Chance, chanceOf } from './chance.ts';
import { waitOf } from './fault-steps.ts';
import type { Step } from './scenario.ts';
import { shrink } from './shrink.ts';

/**
 * What a run failed with. Its message ends with a test that repeats the failure.
 *
 * @public
 */
export class ScenarioError extends Error {
  static override readonly name = 'ScenarioError';
  /** The seed of the run of these steps. */
  readonly seed: number;
  /** The shortest list that was found. */
  readonly steps: readonly Step[];

  constructor(message: string, { seed, steps, error }: FailedRun) {
    super(message, { cause: error });
    this.name = 'ScenarioError';
    this.seed = seed;
    this.steps = steps;
  }
}

/** A run that failed. */
export interface FailedRun {
  readonly seed: number;
  readonly steps: readonly Step[];
  /** What was thrown. */
  readonly error: unknown;
}

/** Runs these steps; nothing where they don't fail. */
export type Retry = (seed: number, steps: readonly Step[]) => Promise<FailedRun | undefined>;

/**
 * How many variants are tried of a list from which nothing can be left out: with fewer steps, other pauses and another
 * seed. One step less changes the times of everything after it, which may hide the failure.
 */
const VARIANTS = 200;

/** Makes a failed run as short as possible, and says how to repeat it. */
export async function explain(failed: FailedRun, retry: Retry): Promise<ScenarioError> {
  const { seed, steps, error } = failed;
  const again = await retry(seed, steps);
  if (again === undefined) {
    const text =
      `${reasonOf(error)}\n\nThe run of seed ${seed} failed after ${steps.length} steps, and does not fail again: ` +
      'something in it depends on more than its steps and the clock, such as real timers, Date or Math.random.';
    return new ScenarioError(text, failed);
  }
  const shortest = await shortestOf(again, retry);
  const count = shortest.steps.length;
  const summary = `The run of seed ${seed} failed after ${steps.length} steps, and ${count} are enough:`;
  return new ScenarioError(`${reasonOf(shortest.error)}\n\n${summary}\n\n${testOf(shortest)}\n`, shortest);
}

async function shortestOf(failed: FailedRun, retry: Retry): Promise<FailedRun> {
  let shortest = failed;
  const fails = (seed: number) => async (steps: readonly Step[]) => {
    const failure = await retry(seed, steps);
    shortest = failure ?? shortest;
    return failure !== undefined;
  };
  await shrink(failed.steps, fails(failed.seed));
  // Pauses that have become neighbours may be one.
  const merged = mergeWaits(shortest.steps);
  if (merged.length < shortest.steps.length && (await fails(shortest.seed)(merged))) {
    return shortestOf(shortest, retry);
  }
  for (let variant = 1; variant <= VARIANTS; variant += 1) {
    const { seed, steps } = shortest;
    const candidate = variantOf(steps, chanceOf(variant));
    if (candidate.length < steps.length && (await fails(seed + variant)(candidate))) {
      return shortestOf(shortest, retry);
    }
  }
  return shortest;
}

function variantOf(steps: readonly Step[], chance: Chance): Step[] {
  const share = chance.next();
  const some = steps.filter(() => chance.next() < share);
  return some.map((step) => (step[0] === 'wait' && chance.next() < 0.7 ? ['wait', waitOf(chance)] : step));
}

function mergeWaits(steps: readonly Step[]): Step[] {
  const merged: Step[] = [];
  for (const step of steps) {
    const before = merged.at(-1);
    if (step[0] === 'wait' && before?.[0] === 'wait') {
      merged[merged.length - 1] = ['wait', Number(before[1]) + Number(step[1])];
    } else merged.push(step);
  }
  return merged;
}

/** A test that repeats a run, for a file that knows `test`, `replay` and the `scenario`. */
function testOf({ seed, steps }: FailedRun): string {
  const lines = steps.map((step) => `    [${step.map((part) => JSON.stringify(part)).join(', ')}],`);
  return [`test('seed ${seed}', () =>`, `  replay(scenario, ${seed}, [`, ...lines, '  ]));'].join('\n');
}
