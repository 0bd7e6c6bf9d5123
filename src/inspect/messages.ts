/**
 * What travels between an inspected process and a viewer: the messages of `@xstate/inspect` 0.8, whose states and
 * events are texts in JSON, and a few of our own, which its receivers pass over.
 */

/** From the inspected process. @public */
export type InspectMessage =
  /** An actor lives: when it was made, and again for a viewer that comes late. */
  | {
      type: 'service.register';
      sessionId: string;
      /** The name of the actor: machine, endpoint → peer. */
      id: string;
      /** The statechart, as XState 4 writes it. */
      machine: string;
      /** A {@link StateRecord}. */
      state: string;
      parent?: string | undefined;
      /** The name of the process or page. */
      source: string;
    }
  /** An actor was sent an event, an {@link EventRecord}. */
  | { type: 'service.event'; sessionId: string; event: string }
  /** An actor has made a step; `state` is a {@link StateRecord}. */
  | { type: 'service.state'; sessionId: string; state: string }
  | { type: 'service.stop'; sessionId: string }
  /** The process is there: whoever watches says so again. */
  | { type: 'vnf.hello'; source: string }
  /** So much was sent; a viewer that says who it is answers it with `vnf.ack`. */
  | { type: 'vnf.mark'; source: string; number: number }
  /** So many messages were never sent, in all, since viewers were too slow; every actor is registered anew. */
  | { type: 'vnf.dropped'; source: string; count: number };

/** From a viewer. @public */
export type ViewerCommand =
  /** It watches from now on; with a name it is waited for. */
  | { type: 'xstate.inspecting'; viewer?: string | undefined }
  /** It has read everything of `source` up to the mark. */
  | { type: 'vnf.ack'; viewer: string; source: string; number: number }
  /** It watches no more; without a name, nobody does. */
  | { type: 'vnf.leaving'; viewer?: string | undefined };

/** A transition of a statechart: the id of the state that it leaves, its event, and its place among those of both. */
export type TransitionId = `${string}|${string}|${number}`;

/** What the library adds to the state's JSON. @public */
export interface StepRecord {
  /** When, in ms of the calendar. */
  at: number;
  endpoint?: string | undefined;
  peer?: string | undefined;
  /** What was taken to get here. */
  transitions: TransitionId[];
  /** What its plain code knew at that moment, in ms and UTF-16 units. */
  measures: Record<string, number>;
}

/** A state as XState 4 writes it, and the step that led to it. @public */
export interface StateRecord {
  value: unknown;
  context: unknown;
  event: { type: string };
  done: boolean;
  tags: string[];
  vnf: StepRecord;
}

/** An event as XState 4 writes it (SCXML). @public */
export interface EventRecord {
  name: string;
  data: { type: string };
  origin?: string | undefined;
  at: number;
}
