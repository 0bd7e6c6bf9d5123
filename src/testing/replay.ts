import { type AnyEventObject, type AnyMachineSnapshot, type AnyStateMachine, transition } from 'xstate';
import { brokerSessionMachine } from '../../machines/broker-session.machine.ts';
import { connectionMachine } from '../../machines/connection.machine.ts';
import { reliableSessionMachine } from '../../machines/reliable-session.machine.ts';
import { rtcSignalingMachine } from '../../machines/rtc-signaling.machine.ts';
import { websocketLinkMachine } from '../../machines/websocket-link.machine.ts';
import { describe } from '../core/errors.ts';
import type { InspectMessage, StateRecord } from '../inspect/messages.ts';
import { toPlain } from '../inspect/plain.ts';
import { parseRecording, type Recording } from '../inspect/recording.ts';
import { isSame } from './assert.ts';
import { VirtualClock } from './virtual-clock.ts';

/** What a recording is replayed on. @public */
export interface ReplayOptions {
  /** Machines besides the library's, by the id in their chart; one with the id of a library's takes its place. */
  machines?: readonly AnyStateMachine[];
}

/** The first step at which a machine does something else than was recorded. @public */
export interface RecordedDifference {
  /** Which of all recorded steps it is, from 1. */
  step: number;
  /** Ms since the recording began. */
  atMs: number;
  /** The name of the actor: machine, endpoint → peer. */
  actor: string;
  event: AnyEventObject;
  /** What it was in before. */
  from: unknown;
  expected: { value: unknown; context: unknown };
  actual: { value: unknown; context: unknown };
  /** All of it in a few lines. */
  message: string;
}

/** How a replay went. @public */
export interface RecordingReport {
  steps: number;
  /** Actors whose machine nobody knows here, which were passed over. */
  skipped: string[];
  difference: RecordedDifference | undefined;
}

const MACHINES: readonly AnyStateMachine[] = [
  brokerSessionMachine,
  connectionMachine,
  reliableSessionMachine,
  rtcSignalingMachine,
  websocketLinkMachine,
];

/** What machines are given as interfaces, which no recording can hold. */
const INTERFACES = ['transport', 'timing', 'traffic', 'logins'];

/** How late a timer of a busy process or a page that slept a little may be, in ms, and nothing is wrong. */
const LATENESS_MS = 2000;
/** How early one may seem, in ms: two clocks are read one after the other. */
const EARLINESS_MS = 50;

type Measures = Record<string, number>;

/** What the interfaces answer where the recording does not say: numbers of a moment, and one word for every question. */
interface Answers {
  measures: Measures;
  word: boolean;
}

/**
 * Runs the steps of a recorded session on the machines of this version, on virtual time, and tells the first one that
 * comes out differently: another state, another context, or a timer that should have fired. What a machine asked its
 * interfaces is answered with what was measured then; an answer that was not recorded may be any that fits.
 *
 * ```ts
 * const text = readFileSync('session.json', 'utf8'); // exported by the inspector's page
 * expect(replayRecording(text).difference?.message).toBeUndefined();
 * ```
 *
 * @param recording - a session that the inspector's page has exported, or its text
 * @throws VnfError `ERR_INVALID_ARGUMENT` where it is none
 * @public
 */
export function replayRecording(
  recording: Recording | string,
  { machines = [] }: ReplayOptions = {},
): RecordingReport {
  const { messages } = parseRecording(typeof recording === 'string' ? recording : JSON.stringify(recording));
  const known = new Map([...MACHINES, ...machines].map((machine) => [machine.id, machine]));
  const actors = new Map<string, ReplayedActor>();
  const skipped = new Set<string>();
  let steps = 0;
  let began: number | undefined;
  for (const message of messages) {
    if (message.type === 'service.register') {
      const { id } = JSON.parse(message.machine) as { id: string };
      const machine = known.get(id);
      if (machine === undefined) skipped.add(message.id);
      else actors.set(message.sessionId, new ReplayedActor(machine, message));
      began ??= timeOf(message.state);
    } else if (message.type === 'service.state') {
      const actor = actors.get(message.sessionId);
      if (actor === undefined) continue;
      steps += 1;
      const difference = actor.step(JSON.parse(message.state), steps, began ?? 0);
      if (difference !== undefined) return { steps, skipped: [...skipped], difference };
    }
  }
  return { steps, skipped: [...skipped], difference: undefined };
}

const timeOf = (state: string): number => (JSON.parse(state) as Partial<StateRecord>).vnf?.at ?? 0;

/** One recorded actor: its machine, in the state of its last step, and the timers that this has set. */
class ReplayedActor {
  readonly #machine: AnyStateMachine;
  readonly #name: string;
  readonly #clock = new VirtualClock();
  readonly #timers = new Map<string, { timer: unknown; dueAt: number }>();
  /** Timers that have fired here, and not yet in the recording. */
  readonly #overdue = new Map<string, number>();
  #last: StateRecord;

  constructor(
    machine: AnyStateMachine,
    { id, state }: Extract<InspectMessage, { type: 'service.register' }>,
  ) {
    this.#machine = machine;
    this.#name = id;
    this.#last = JSON.parse(state);
  }

  step(record: StateRecord, step: number, began: number): RecordedDifference | undefined {
    const event = revive(record.event) as AnyEventObject;
    const elapsed = Math.max((record.vnf?.at ?? 0) - (this.#last.vnf?.at ?? 0), 0);
    this.#clock.advance(elapsed);
    const lateness = this.#latenessBefore(event);
    const [next, actions] = this.#try(event, record);
    const expected = { value: record.value, context: comparable(record.context) };
    const actual = { value: next.value, context: comparable(toPlain(next.context) ?? {}) };
    if (lateness === undefined && isSame(actual, expected)) {
      this.#schedule(actions);
      this.#last = record;
      return undefined;
    }
    const from = this.#last.value;
    const atMs = (record.vnf?.at ?? 0) - began;
    const message = [
      `Step ${step} of the recording, ${Math.round(atMs)} ms after its begin, is another one here: ${this.#name}, in ${JSON.stringify(from)}, hears ${describe(event.type)}.`,
      ...(lateness === undefined
        ? [`recorded: ${JSON.stringify(expected)}`, `here:     ${JSON.stringify(actual)}`]
        : [lateness]),
    ].join('\n');
    return { step, atMs, actor: this.#name, event, from, expected, actual, message };
  }

  /** Takes the answers with which the step comes out as it was recorded; where none do, the likeliest. */
  #try(event: AnyEventObject, record: StateRecord): ReturnType<typeof transition<AnyStateMachine>> {
    const before = measuresOf(this.#last);
    const after = measuresOf(record);
    const answers = [true, false].flatMap((word) =>
      [before, after, { ...before, untilProbeMs: 0 }, { ...before, untilProbeMs: 1 }].map((measures) => ({
        measures,
        word,
      })),
    );
    const tries = answers.map((each) => transition(this.#machine, this.#at(this.#last, each), event));
    const fits = ([{ value, context }]: (typeof tries)[number]) =>
      isSame(value, record.value) && isSame(comparable(toPlain(context) ?? {}), comparable(record.context));
    return tries.find(fits) ?? (tries[0] as (typeof tries)[number]);
  }

  #at({ value, context }: StateRecord, answers: Answers): AnyMachineSnapshot {
    const interfaces = Object.fromEntries(INTERFACES.map((name) => [name, interfaceOf(answers)]));
    const live = { ...(revive(context) as object), ...interfaces, random: () => 0.5 };
    return this.#machine.resolveState({ value: value as never, context: live });
  }

  /** Why the event could not come now, or should have come before; `undefined` where nothing is wrong. */
  #latenessBefore({ type }: AnyEventObject): string | undefined {
    const own = this.#timers.get(type);
    const early = own === undefined ? 0 : own.dueAt - this.#clock.now();
    this.#forget(type);
    this.#overdue.delete(type);
    if (early > EARLINESS_MS) return `here:     its timer is due only ${Math.round(early)} ms later`;
    for (const [timer, dueAt] of this.#overdue) {
      const late = this.#clock.now() - dueAt;
      if (late > LATENESS_MS) return `here:     ${describe(timer)} was due ${Math.round(late)} ms before`;
    }
    return undefined;
  }

  #schedule(actions: readonly { type: string; params?: unknown }[]): void {
    for (const { type, params } of actions) {
      if (type === 'xstate.cancel') this.#forget(String(params ?? ''));
      if (type !== 'xstate.raise') continue;
      const { event, delay } = params as { event: AnyEventObject; delay?: number };
      if (delay === undefined) continue;
      this.#forget(event.type);
      const dueAt = this.#clock.now() + delay;
      const timer = this.#clock.setTimeout(() => {
        this.#timers.delete(event.type);
        this.#overdue.set(event.type, dueAt);
      }, delay);
      this.#timers.set(event.type, { timer, dueAt });
    }
  }

  #forget(type: string): void {
    this.#clock.clearTimeout(this.#timers.get(type)?.timer);
    this.#timers.delete(type);
    this.#overdue.delete(type);
  }
}

const measuresOf = ({ vnf }: StateRecord): Measures => vnf?.measures ?? {};

/** An interface of a machine's input: a number that was measured, or a function that answers with one, or with the word. */
function interfaceOf({ measures, word }: Answers): object {
  return new Proxy(
    // A function, so that it counts as little for data as the real one.
    () => {},
    {
      get: (_target, name) => {
        if (name === 'untilProbeMs') return () => measures[name] ?? Number.POSITIVE_INFINITY;
        const measured = measures[String(name)];
        if (measured !== undefined) return measured;
        // What is never measured as a number is one without an end, such as an interval, or a question.
        return String(name).endsWith('Ms') ? Number.POSITIVE_INFINITY : () => word;
      },
    },
  );
}

/** JSON has no form for a number without an end. */
function revive(value: unknown): unknown {
  if (value === 'Infinity') return Number.POSITIVE_INFINITY;
  if (Array.isArray(value)) return value.map(revive);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, revive(inner)]));
}

/**
 * The data of a context. What was redacted is the same as anything else that is; an interface may have data of its own,
 * such as the address of a socket, which no machine decides on.
 */
function comparable(context: unknown): unknown {
  const data = Object.entries(context ?? {}).filter(([key]) => !INTERFACES.includes(key));
  const text = JSON.stringify(Object.fromEntries(data), (_key, value) =>
    typeof value === 'string' && value.startsWith('‹redacted') ? '‹redacted›' : value,
  );
  return JSON.parse(text);
}
