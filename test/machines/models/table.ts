import type { AnyStateMachine, EventFromLogic, SnapshotFrom } from 'xstate';

/** The paths of the leaves of a state value: `idle`, `connecting.attempting`. */
type Leaf<Value> = Value extends string
  ? Value
  : { [Key in keyof Value & string]: `${Key}.${Leaf<Value[Key]>}` }[keyof Value & string];

/** Every atomic state of a machine, of all its regions. */
export type StateOf<M extends AnyStateMachine> = Leaf<SnapshotFrom<M>['value']>;

/** Every named delay of a machine. */
type DelayOf<M extends AnyStateMachine> = keyof NonNullable<Parameters<M['provide']>[0]['delays']> & string;

export type EventOf<M extends AnyStateMachine> = EventFromLogic<M>;

/** Whatever can happen to a machine: its events, and the end of each of its delays. */
export type HappeningOf<M extends AnyStateMachine> = EventOf<M>['type'] | `after ${DelayOf<M>}`;

/** What the actor asks of its transport, or tells: a text, or one that depends on the world before the event. */
type Saying<World, Event> = string | ((world: World, event: Event) => string);

export type Condition<World, Event> = (world: World, event: Event) => boolean;

/** One way in which a state answers a happening. The first whose condition holds is taken. */
export interface Answer<State extends string, World, Event> {
  readonly when?: Condition<World, Event>;
  /** The states that it is in afterwards; without any it stays, and no timer begins anew. */
  readonly target?: readonly State[];
  readonly says?: readonly Saying<World, Event>[];
  /** Why nothing at all changes. */
  readonly ignored?: string;
  /** It cannot happen in this state. */
  readonly never?: true;
}

export type Cell<State extends string, World, Event> =
  | Answer<State, World, Event>
  | readonly Answer<State, World, Event>[];

type Row<M extends AnyStateMachine, World> = {
  readonly [happening in HappeningOf<M>]: Cell<StateOf<M>, World, EventOf<M>>;
};

/**
 * What a machine does, cell by cell: one for each atomic state and whatever can happen in it. A state, an event or a
 * delay that a machine gains does not compile until its cells are written.
 *
 * `final`: the actor is over in it. `transient`: the actor is never at rest in it.
 */
export type Table<M extends AnyStateMachine, World> = {
  readonly [state in StateOf<M>]: Row<M, World> | 'final' | 'transient';
};

/** What the cells of one machine's table are written with. */
export function cellsOf<M extends AnyStateMachine, World>() {
  type State = StateOf<M>;
  type Event = EventOf<M>;
  type Says = Saying<World, Event>[];
  return {
    /** It leaves for another state, or enters its own anew, and says this, in this order. */
    go: (target: State | readonly State[], ...says: Says): Answer<State, World, Event> => ({
      target: typeof target === 'string' ? [target] : target,
      says,
    }),
    /** It stays, and says this. */
    stay: (...says: Says): Answer<State, World, Event> => ({ says }),
    /** Nothing changes, and why that is right. */
    ignore: (why: string): Answer<State, World, Event> => ({ ignored: why }),
    /** Cells of a row that are ignored for one reason. */
    ignoring: <Happening extends HappeningOf<M>>(why: string, ...happenings: Happening[]) =>
      Object.fromEntries(happenings.map((happening) => [happening, { ignored: why }])) as Record<
        Happening,
        Answer<State, World, Event>
      >,
    /** Timers that do not run while it is in this state. */
    notSet: <Delay extends DelayOf<M>>(...delays: Delay[]) =>
      Object.fromEntries(delays.map((delay) => [`after ${delay}`, { never: true }])) as Record<
        `after ${Delay}`,
        Answer<State, World, Event>
      >,
    /** The answer where a condition holds: to be followed by others for where it does not. */
    when: (
      condition: Condition<World, Event>,
      answer: Answer<State, World, Event>,
    ): Answer<State, World, Event> => ({ ...answer, when: condition }),
  };
}

/** A table as the explorer reads it, which knows states and happenings by their names alone. */
export type AnyTable = Record<string, Record<string, Cell<string, never, never>> | 'final' | 'transient'>;
