import type { AnyMachineSnapshot, AnyStateMachine, InspectionEvent, StateValue } from 'xstate';
import { MachineActor } from '../../../src/core/actors.ts';
import { environmentOf } from '../../../src/core/options.ts';
import type { Answer, AnyTable, Cell, EventOf, HappeningOf, StateOf, Table } from './table.ts';
import { WatchedClock } from './watched-clock.ts';
import type { World } from './world.ts';

/** A machine, its table, and what can happen to it. */
export interface Model<M extends AnyStateMachine, W extends World<M>> {
  readonly machine: M;
  readonly table: Table<M, W>;
  /** The worlds that an actor may start in. */
  readonly worlds: readonly (() => W)[];
  /** Where the actor starts, and what it says there. */
  readonly start: Answer<StateOf<M>, W, EventOf<M>>;
  /** The events of each type that may come in a world: one for each way in which an answer may depend on it. */
  readonly events: {
    readonly [Type in EventOf<M>['type']]: (world: W) => readonly Extract<EventOf<M>, { type: Type }>[];
  };
  /** What may change in the world without an event. */
  readonly changes?: Readonly<Record<string, (world: W) => void>>;
}

/** One thing that the explorer lets happen. */
export type Step<Event> =
  | { readonly send: Event }
  | { readonly change: string }
  /** The timer that is due as the nth one fires, after all before it. */
  | { readonly expire: number }
  /** It would fire in 1 ms. */
  | { readonly approach: number };

/** What a table says of one happening. */
interface Expected {
  name: string;
  states: string[];
  entered: string[];
  said: string[];
  /** Nothing of the actor may change. */
  isIgnored: boolean;
  /** It stays in its state, so that its timers run on. */
  keepsTimers: boolean;
  /** It enters its own state anew. */
  restarts: boolean;
}

/** A happening that the actor has not answered yet, and how all was before. */
interface Running<Event> {
  event: Event;
  expected: Expected | undefined;
  touched: number;
  context: unknown;
}

/** One actor in one world, watched step by step. */
export class Run<M extends AnyStateMachine, W extends World<M>> {
  readonly world: W;
  /** What was not as the table has it. */
  readonly problems: string[] = [];
  readonly #model: Model<M, W>;
  readonly #clock = new WatchedClock();
  readonly #actor: MachineActor<M>;
  readonly #used: Set<string>;
  #running: Running<EventOf<M>> | undefined;
  #isIgnored = false;

  /** `used` takes the cells that were met; `inspect` sees what the actor's inspection sees. */
  constructor(model: Model<M, W>, world: W, used: Set<string>, inspect: (event: InspectionEvent) => void) {
    this.#model = model;
    this.#used = used;
    this.world = world;
    const environment = environmentOf({
      clock: this.#clock,
      random: () => 0.5,
      inspect: (event) => {
        inspect(event);
        if (event.type === '@xstate.event' && event.event.type !== 'xstate.init') {
          this.#arrives(event.event as EventOf<M>);
        }
      },
      pageLife: { observe: () => () => {} },
    });
    this.#actor = new MachineActor(
      model.machine,
      this.world.input,
      environment,
      { eva: 'the model' },
      this.world,
    );
    this.#actor.start();
    const came = JSON.stringify([this.states, this.world.look()]);
    const expected = JSON.stringify([model.start.target, model.start.says]);
    if (came !== expected) this.problems.push(`it starts with ${came}, not with ${expected}`);
  }

  /** The atomic states that the actor is in. */
  get states(): string[] {
    return leavesOf((this.#actor.getSnapshot() as AnyMachineSnapshot).value);
  }

  get isOver(): boolean {
    return this.#actor.isOver;
  }

  get #context(): unknown {
    return (this.#actor.getSnapshot() as AnyMachineSnapshot).context;
  }

  /** What tells this moment from any other that goes on differently. */
  get key(): string {
    return JSON.stringify([this.states, this.world.facts(), this.#clock.due]);
  }

  /** Everything that can happen now. */
  steps(): Step<EventOf<M>>[] {
    const { events, changes = {} } = this.#model;
    const types = Object.keys(events) as EventOf<M>['type'][];
    const timers = this.#clock.due.map((_, nth) => nth);
    return [
      ...types.flatMap((type) => events[type](this.world).map((send) => ({ send }))),
      ...Object.keys(changes).map((change) => ({ change })),
      ...timers.map((expire) => ({ expire })),
      ...timers.map((approach) => ({ approach })),
    ];
  }

  /** Lets it happen. Returns whether the actor has ignored it, so that all is as if it had not happened. */
  take(step: Step<EventOf<M>>): boolean {
    this.#isIgnored = 'send' in step;
    if ('send' in step) this.#actor.send(step.send);
    else if ('change' in step) this.#model.changes?.[step.change]?.(this.world);
    else if ('expire' in step) this.#clock.expire(step.expire);
    else this.#clock.approach(step.approach);
    this.#settles();
    return this.#isIgnored && this.problems.length === 0;
  }

  /** Stops the actor, and tells how many timers are left. */
  stop(): number {
    this.#actor.stop();
    return this.#clock.pending;
  }

  get pendingTimers(): number {
    return this.#clock.pending;
  }

  /** The actor is handed an event, by the explorer or by one of its timers; it has not yet answered it. */
  #arrives(event: EventOf<M>): void {
    this.#settles();
    const happening = happeningOf<M>(event);
    const expected = this.#expect(happening, event);
    this.#running = { event, expected, touched: this.#clock.touched, context: this.#context };
  }

  #settles(): void {
    if (this.#running === undefined) return;
    const { event, expected, touched, context } = this.#running;
    this.#running = undefined;
    const said = this.world.look();
    this.#isIgnored &&= expected?.isIgnored === true;
    if (expected !== undefined) {
      this.#compare(expected, said, this.#clock.touched - touched);
      if (expected.isIgnored && this.#context !== context) {
        this.problems.push(`${expected.name}: it is ignored, and changes the context`);
      }
    }
    this.world.settled(event, (expected?.entered ?? []) as StateOf<M>[]);
    this.problems.push(...this.world.lookForFaults());
  }

  #expect(happening: string, event: EventOf<M>): Expected | undefined {
    const before = this.states;
    const after: string[] = [];
    const entered: string[] = [];
    const said: string[] = [];
    let restarts = false;
    let isIgnored = true;
    let isPossible = false;
    for (const state of before) {
      const answer = this.#answerOf(state, happening, event);
      if (answer === undefined) return undefined;
      isPossible ||= !answer.never;
      after.push(...(answer.target ?? [state]));
      entered.push(...(answer.target ?? []));
      restarts ||= answer.target?.includes(state) === true;
      if (answer.ignored !== undefined || answer.never) continue;
      isIgnored = false;
      for (const saying of answer.says ?? []) {
        said.push(typeof saying === 'string' ? saying : saying(this.world as never, event as never));
      }
    }
    if (!isPossible)
      this.problems.push(`${before.join(' ')} × ${happening}: the table says that it never happens`);
    return {
      name: `${before.join(' ')} × ${happening}`,
      states: withoutLeftRegions(before, after),
      entered,
      said,
      isIgnored,
      keepsTimers: !restarts && before.join() === after.join(),
      restarts,
    };
  }

  #answerOf(state: string, happening: string, event: EventOf<M>) {
    const row = (this.#model.table as AnyTable)[state];
    const cell = typeof row === 'object' ? row[happening] : undefined;
    const name = `${state} × ${happening}`;
    if (cell === undefined) {
      this.problems.push(`${name}: the table has no cell for it, since the state is ${row ?? 'unknown'}`);
      return undefined;
    }
    const answers = answersOf(cell);
    const at = answers.findIndex(({ when }) => when?.(this.world as never, event as never) ?? true);
    if (at < 0) this.problems.push(`${name}: no condition holds for ${JSON.stringify(event)}`);
    this.#used.add(nameOfAnswer(state, happening, at));
    return answers[at];
  }

  #compare({ name, states, said, keepsTimers, restarts }: Expected, saidNow: string[], touched: number) {
    const fail = (what: string, expected: unknown, came: unknown) =>
      this.problems.push(
        `${name}: ${what} expected ${JSON.stringify(expected)}, came ${JSON.stringify(came)}`,
      );
    if ([...states].sort().join() !== [...this.states].sort().join()) fail('states', states, this.states);
    if (said.join('\n') !== saidNow.join('\n')) fail('said', said, saidNow);
    if (keepsTimers && touched > 0) fail('timers set or cleared', 0, touched);
    if (restarts && touched === 0) fail('timers set anew', 'some', 0);
  }
}

export function answersOf(cell: Cell<string, never, never>) {
  return 'length' in cell ? cell : [cell];
}

export const nameOfAnswer = (state: string, happening: string, at: number) =>
  `${state} × ${happening} #${at + 1}`;

/** `xstate.after.NAME.STATE` is how XState spells the end of a delay. */
function happeningOf<M extends AnyStateMachine>({ type }: EventOf<M>): HappeningOf<M> {
  return (type.startsWith('xstate.after.') ? `after ${type.split('.')[2]}` : type) as HappeningOf<M>;
}

function leavesOf(value: StateValue): string[] {
  if (typeof value === 'string') return [value];
  return Object.entries(value).flatMap(([state, inner]) =>
    leavesOf(inner as StateValue).map((leaf) => `${state}.${leaf}`),
  );
}

const rootOf = (state: string) => state.split('.')[0];

/** Whatever leaves a parallel state, which is at the top in every machine here, takes all of its regions along. */
function withoutLeftRegions(before: string[], after: string[]): string[] {
  const root = rootOf(before[0] as string);
  const elsewhere = after.filter((state) => rootOf(state) !== root);
  return [...new Set(elsewhere.length > 0 ? elsewhere : after)];
}
