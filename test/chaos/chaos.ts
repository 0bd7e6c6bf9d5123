import fc from 'fast-check';
import { type LogDetails, setLogger } from '../../src/core/logger.ts';
import type { Tally } from './tally.ts';

type Value = string | number | boolean;

/** One thing that happens, as it is printed and pasted: its name, and to what or how much. */
export type Command = readonly [name: string, ...values: Value[]];

/** Two peers and everything between them. */
export interface ChaosWorld {
  /** What is wrong, the first first. */
  readonly problems: string[];
  readonly tally: Tally;
  /** What has to hold after every command. */
  check(): void;
  /** All faults heal, and then everything has to come right. */
  finish(): Promise<void>;
}

interface CommandKind<W> {
  /** How often it comes, beside the others. */
  readonly weight: number;
  readonly values: fc.Arbitrary<Value[]>;
  /** What cannot be done now is left undone. */
  run(world: W, ...values: never[]): void | Promise<void>;
}

/** What can happen to the peers of one world. */
export interface ChaosModel<W extends ChaosWorld = ChaosWorld> {
  readonly name: string;
  create(): W;
  readonly commands: Readonly<Record<string, CommandKind<W>>>;
}

export interface ChaosOptions {
  runs: number;
  seed: number;
  /** Where in the runs of this seed one failed, as it was printed. */
  path?: string | undefined;
}

const LONGEST_RUN = 60;

const turn = () => new Promise((resolve) => setImmediate(resolve));

/**
 * Lets the commands happen, one after the other. Throws what was wrong first.
 *
 * @param isTold - writes each command to the console, and all that the library logs of it: to see why a run fails
 */
export async function play<W extends ChaosWorld>(
  model: ChaosModel<W>,
  commands: readonly Command[],
  isTold = false,
): Promise<Tally> {
  const world = model.create();
  const check = () => {
    world.check();
    const [problem] = world.problems;
    if (problem !== undefined) throw new Error(problem);
  };
  const tell = (text: string, { endpoint, reason }: LogDetails = {}) => {
    if (isTold) console.info(endpoint ?? '', text, reason ?? '');
  };
  setLogger({
    debug: tell,
    info: tell,
    warn: tell,
    // The library's own word for a fault of its own.
    error: (text, { reason }) => world.problems.push(`the library logged "${text}: ${reason}"`),
  });
  try {
    for (const [name, ...values] of commands) {
      const kind = model.commands[name];
      if (kind === undefined) throw new Error(`the model ${model.name} has no command ${name}`);
      tell(`— ${name} ${values.join(' ')}`);
      await kind.run(world, ...(values as never[]));
      await turn();
      check();
    }
    await world.finish();
    check();
  } finally {
    setLogger();
  }
  return world.tally;
}

/**
 * Plays as many runs of the model. Throws what was wrong in the first that fails, with the shortest list of commands
 * that fails in the same way, as a test that can be pasted, and with what plays the run again.
 */
export async function explore<W extends ChaosWorld>(
  model: ChaosModel<W>,
  { runs, seed, path }: ChaosOptions,
): Promise<Tally> {
  const kinds = Object.entries(model.commands).map(([name, { weight, values }]) => ({
    weight,
    arbitrary: values.map((list): Command => [name, ...list]),
  }));
  const lists = fc.array(fc.oneof(...kinds), { maxLength: LONGEST_RUN, size: 'max' });
  let total: Tally | undefined;
  const property = fc.asyncProperty(lists, async (commands) => {
    const tally = await play(model, commands);
    total = total?.plus(tally) ?? tally;
  });
  const found = await fc.check(property, { numRuns: runs, seed, ...(path === undefined ? {} : { path }) });
  if (found.failed) {
    const commands = found.counterexample?.[0] ?? [];
    throw await failureOf(model, await shorten(model, commands), seed, found.counterexamplePath);
  }
  if (total === undefined) throw new Error(`no run of ${model.name} was played`);
  return total;
}

async function problemOf<W extends ChaosWorld>(
  model: ChaosModel<W>,
  commands: readonly Command[],
): Promise<Error | undefined> {
  return play(model, commands).then(
    () => undefined,
    (error) => error,
  );
}

/** Leaves out every command without which the run fails still. */
async function shorten<W extends ChaosWorld>(
  model: ChaosModel<W>,
  commands: readonly Command[],
): Promise<readonly Command[]> {
  for (const at of commands.keys()) {
    const shorter = commands.toSpliced(at, 1);
    if (await problemOf(model, shorter)) return shorten(model, shorter);
  }
  return commands;
}

async function failureOf<W extends ChaosWorld>(
  model: ChaosModel<W>,
  commands: readonly Command[],
  seed: number,
  path: string | null,
): Promise<Error> {
  const problem = await problemOf(model, commands);
  const list = commands.map((command) => `    [${command.map(show).join(', ')}],`);
  return new Error(
    [
      `${model.name}: ${problem?.message ?? 'it failed once, and does not fail again'}`,
      `Again: npm run test:chaos -- --model ${model.name} --seed ${seed} --path ${path}`,
      'As a test, for test/chaos/regressions.test.ts:',
      `  ['say what it shows', ${model.name}Model, [`,
      ...list,
      '  ]],',
    ].join('\n'),
    { cause: problem },
  );
}

const show = (value: Value) => (typeof value === 'string' ? `'${value}'` : String(value));
