import { checkCount } from '../core/checks.ts';
import { chanceOf } from './chance.ts';
import { explain, type FailedRun } from './counter-example.ts';
import { checkScenario, Run, type Scenario, type Step } from './scenario.ts';

/** How much of a scenario is explored. @public */
export interface ExploreOptions {
  /** A whole number that decides all chance. The seed of each run is one more than that of the run before. @default 1 */
  seed?: number;
  /** How many runs, each on a network of its own. @default 100 */
  runs?: number;
  /** How many steps the longest run has; the first ones are short, since what fails there is easiest to see. @default 50 */
  steps?: number;
}

/** What an exploration did that found nothing. @public */
export interface ExploreReport {
  readonly runs: number;
  /** How often each action and each fault was a step: so that a test can see that what it is about has happened. */
  readonly counts: Readonly<Record<string, number>>;
}

/** Runs a scenario; `next` gives its steps, one after the other. */
async function runOnce<World>(
  scenario: Scenario<World>,
  seed: number,
  next: (run: Run<World>) => Step | undefined,
): Promise<FailedRun | undefined> {
  const steps: Step[] = [];
  const run = new Run(scenario, seed);
  try {
    run.start();
    for (let step = next(run); step !== undefined; step = next(run)) {
      steps.push(step);
      await run.perform(step);
    }
    await run.finish();
    return undefined;
  } catch (error) {
    return { seed, steps, error };
  } finally {
    run.close();
  }
}

async function runSteps<World>(scenario: Scenario<World>, seed: number, steps: readonly Step[]) {
  const left = [...steps];
  const failed = await runOnce(scenario, seed, () => left.shift());
  return failed && { ...failed, steps };
}

/**
 * Does with an application whatever its users may do, while everything goes wrong that may: runs of random steps on a
 * simulated network, each of which ends with all faults healed. A run that fails is made as short as possible.
 *
 * @returns what was done, where no run failed
 * @throws ScenarioError (the promise rejects) for the first run that fails, with a test to paste in its message;
 *   VnfError `ERR_INVALID_ARGUMENT`
 * @public
 */
export async function explore<World>(
  scenario: Scenario<World>,
  { seed = 1, runs = 100, steps = 50 }: ExploreOptions = {},
): Promise<ExploreReport> {
  checkScenario(scenario);
  checkCount(runs, 'runs of explore');
  checkCount(steps, 'steps of explore');
  const counts = new Map<string, number>();
  for (let run = 0; run < runs; run += 1) {
    let left = Math.ceil((steps * (run + 1)) / runs);
    // Apart from the network's, which a shorter list of steps leaves as it is.
    const chance = chanceOf(~(seed + run));
    const failed = await runOnce(scenario, seed + run, (current) => {
      left -= 1;
      if (left < 0) return undefined;
      const step = current.choose(chance);
      counts.set(step[0], (counts.get(step[0]) ?? 0) + 1);
      return step;
    });
    if (failed !== undefined) {
      throw await explain(failed, (otherSeed, list) => runSteps(scenario, otherSeed, list));
    }
  }
  return { runs, counts: Object.fromEntries(counts) };
}

/**
 * Repeats a run: what the message of a ScenarioError calls. Steps that are not possible are left out.
 *
 * @throws whatever the run fails with (the promise rejects); VnfError `ERR_INVALID_ARGUMENT` for a step that is none
 * @public
 */
export async function replay<World>(
  scenario: Scenario<World>,
  seed: number,
  steps: readonly Step[],
): Promise<void> {
  checkScenario(scenario);
  const failed = await runSteps(scenario, seed, steps);
  if (failed !== undefined) throw failed.error;
}
