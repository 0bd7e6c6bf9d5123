import type { AnyStateMachine } from 'xstate';
import { TransitionCoverage } from './coverage.ts';
import { answersOf, type Model, nameOfAnswer, Run, type Step } from './run.ts';
import type { AnyTable, EventOf } from './table.ts';
import type { World } from './world.ts';

/** What an exploration has found. */
export interface Findings {
  /** Moments that differ in something that matters. */
  moments: number;
  edges: number;
  coverage: TransitionCoverage;
  /** What was not as the table has it, or left something open, with the way there. */
  problems: string[];
  /** Answers of the table that were never given. */
  unused: string[];
  /** States that nothing leads out of, or from which no way leads to an end. */
  deadEnds: string[];
}

/** How a moment is reached. */
interface Way<Event> {
  /** The number of the world that it begins in. */
  world: number;
  steps: readonly Step<Event>[];
}

interface Moment<Event> {
  way: Way<Event>;
  states: string;
  isOver: boolean;
  next: Set<string>;
}

/** So many problems tell enough. */
const ENOUGH_PROBLEMS = 20;

/** A machine of which more differs than this has a number in its key that only grows. */
const MOST_MOMENTS = 20_000;

/**
 * Lets everything happen that can, in every moment that can be reached, the nearest first. Actors cannot be copied, so
 * that every moment is reached anew on its shortest way.
 */
export function explore<M extends AnyStateMachine, W extends World<M>>(model: Model<M, W>): Findings {
  type Event = EventOf<M>;
  const coverage = new TransitionCoverage(model.machine);
  const used = new Set<string>();
  const problems: string[] = [];
  const moments = new Map<string, Moment<Event>>();
  let edges = 0;

  const go = ({ world, steps }: Way<Event>) => {
    const begin = model.worlds[world] as () => W;
    const run = new Run(model, begin(), used, coverage.inspect);
    for (const step of steps) run.take(step);
    return run;
  };
  const report = ({ world, steps }: Way<Event>, ...texts: string[]) => {
    const where = [`in world ${world}`, ...steps.map((step) => JSON.stringify(step))].join(' ');
    for (const text of texts) {
      if (problems.length < ENOUGH_PROBLEMS) problems.push(`${text}\n    ${where}`);
    }
  };
  const end = (run: Run<M, W>, way: Way<Event>) => {
    report(way, ...run.problems.splice(0));
    if (run.isOver) {
      if (run.pendingTimers > 0) report(way, `${run.pendingTimers} timers run on after its end`);
      if (run.world.leftOpen.length > 0)
        report(way, `it has ended and left open: ${run.world.leftOpen.join(', ')}`);
    }
    const left = run.stop();
    if (left > 0) report(way, `stopped, it leaves ${left} timers`);
  };
  const arrive = (run: Run<M, W>, way: Way<Event>): string => {
    const { key } = run;
    if (!moments.has(key)) {
      moments.set(key, { way, states: run.states.join(' '), isOver: run.isOver, next: new Set() });
    }
    return key;
  };

  for (const world of model.worlds.keys()) {
    const way = { world, steps: [] };
    const run = go(way);
    arrive(run, way);
    end(run, way);
  }
  // A Map goes on to what is added while it is walked through.
  for (const [key, moment] of moments) {
    if (moment.isOver || problems.length >= ENOUGH_PROBLEMS) continue;
    if (moments.size > MOST_MOMENTS)
      throw new Error(`${model.machine.id} has no end of moments, such as ${key}`);
    let run = go(moment.way);
    for (const step of run.steps()) {
      const way = { ...moment.way, steps: [...moment.way.steps, step] };
      edges += 1;
      if (run.take(step)) continue;
      moment.next.add(arrive(run, way));
      end(run, way);
      run = go(moment.way);
    }
    end(run, moment.way);
  }
  return {
    moments: moments.size,
    edges,
    coverage,
    problems,
    unused: unusedOf(model, used),
    deadEnds: deadEndsOf(moments),
  };
}

function unusedOf<M extends AnyStateMachine, W extends World<M>>(
  { table }: Model<M, W>,
  used: Set<string>,
): string[] {
  return Object.entries(table as unknown as AnyTable).flatMap(([state, row]) => {
    if (typeof row === 'string') return [];
    return Object.entries(row).flatMap(([happening, cell]) =>
      answersOf(cell)
        .map((answer, at) => ({ answer, name: nameOfAnswer(state, happening, at) }))
        .filter(({ answer, name }) => !answer.never && !used.has(name))
        .map(({ answer, name }) => `${name}${answer.when ? ` (${answer.when.name})` : ''}`),
    );
  });
}

/** An end is reached backwards from the moments that are one; what has no way to any is dead. */
function deadEndsOf<Event>(moments: ReadonlyMap<string, Moment<Event>>): string[] {
  const before = new Map<string, string[]>();
  for (const [key, { next }] of moments) {
    for (const reached of next) before.set(reached, [...(before.get(reached) ?? []), key]);
  }
  const living = new Set([...moments].filter(([, { isOver }]) => isOver).map(([key]) => key));
  for (const key of living) for (const earlier of before.get(key) ?? []) living.add(earlier);
  return [...moments.keys()].filter((key) => !living.has(key));
}
