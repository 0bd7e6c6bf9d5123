import type { AnyActorRef, AnyEventObject, AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import { chartOf } from './chart.ts';
import { measuresOf } from './measures.ts';
import type { EventRecord, StateRecord, TransitionId } from './messages.ts';
import { type Revealed, toPlain } from './plain.ts';

/** One step of an actor, kept as it is: a snapshot never changes, so that it can be written when there is time. */
export interface Step {
  readonly snapshot: AnyMachineSnapshot;
  readonly event: AnyEventObject;
  readonly at: number;
  readonly transitions: TransitionId[];
  readonly measures: Record<string, number>;
}

/** The statechart of each machine, written once. */
const charts = new WeakMap<AnyStateMachine, string>();

/** One actor that is watched. */
export class Watched {
  readonly sessionId: string;
  readonly id: string;
  readonly parent: string | undefined;
  readonly #machine: AnyStateMachine;
  readonly #endpoint: string | undefined;
  readonly #peer: string | undefined;
  /** The last step; none before the first snapshot, since XState tells of an actor before it has a state. */
  last: Step | undefined;
  /** The transitions of the step that is being made. */
  #taken: TransitionId[] = [];

  constructor(actor: AnyActorRef, machine: AnyStateMachine, scope: string) {
    this.sessionId = `${scope}/${actor.sessionId}`;
    this.id = actor.id;
    const parent = (actor as { _parent?: AnyActorRef })._parent;
    this.parent = parent === undefined ? undefined : `${scope}/${parent.sessionId}`;
    this.#machine = machine;
    // MachineActor's name of an actor (src/core/actors.ts); an application's own machines have other names.
    if (!actor.id.startsWith(`${machine.id} `)) return;
    const [endpoint, ...peer] = actor.id.slice(machine.id.length + 1).split(' → ');
    this.#endpoint = endpoint;
    this.#peer = peer.length === 0 ? undefined : peer.join(' → ');
  }

  take(transition: TransitionId): void {
    this.#taken.push(transition);
  }

  step(snapshot: AnyMachineSnapshot, event: AnyEventObject): Step {
    const measures = measuresOf(snapshot.context);
    this.last = { snapshot, event, at: now(), transitions: this.#taken, measures };
    this.#taken = [];
    return this.last;
  }

  get chart(): string {
    const known = charts.get(this.#machine);
    if (known !== undefined) return known;
    const chart = JSON.stringify(chartOf(this.#machine));
    charts.set(this.#machine, chart);
    return chart;
  }

  writeState({ snapshot, event, at, transitions, measures }: Step, revealed: Revealed): string {
    const plainEvent = toPlain(event, revealed) as { type: string };
    const record: StateRecord & Record<string, unknown> = {
      value: snapshot.value,
      context: toPlain(snapshot.context, revealed) ?? {},
      event: plainEvent,
      // From here on what XState 4 writes besides.
      _event: { name: event.type, data: plainEvent, $$type: 'scxml', type: 'external' },
      _sessionid: this.sessionId,
      actions: [],
      activities: {},
      meta: {},
      events: [],
      configuration: [],
      transitions: [],
      children: {},
      done: snapshot.status === 'done',
      tags: [...snapshot.tags],
      changed: true,
      vnf: { at, endpoint: this.#endpoint, peer: this.#peer, transitions, measures },
    };
    return JSON.stringify(record);
  }

  writeEvent(event: AnyEventObject, at: number, origin: string | undefined, revealed: Revealed): string {
    const data = toPlain(event, revealed) as { type: string };
    const record: EventRecord & Record<string, unknown> = {
      name: event.type,
      data,
      $$type: 'scxml',
      type: 'external',
      origin,
      at,
    };
    return JSON.stringify(record);
  }
}

/** Ms of the calendar, finer than `Date.now`, so that what two processes did can be laid side by side. */
export const now = (): number => performance.timeOrigin + performance.now();
