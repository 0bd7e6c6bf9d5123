import type { AnyActorRef, AnyMachineSnapshot, AnyStateMachine, InspectionEvent } from 'xstate';
import { describe, invalidArgument } from '../core/errors.ts';
import { type InspectChannel, throughBroadcastChannel } from './channels.ts';
import { idOf } from './chart.ts';
import type { InspectMessage } from './messages.ts';
import { type LateMessage, Outbox, type OutboxOwner } from './outbox.ts';
import type { Revealed } from './plain.ts';
import { Viewers } from './viewers.ts';
import { now, type Step, Watched } from './watched.ts';

/** What an inspector can be given. @public */
export interface InspectorOptions {
  /** What viewers call this process or page. @default its title or script, and a few random letters */
  name?: string;
  /** The way to the viewers. @default `throughBroadcastChannel()` */
  channel?: InspectChannel;
  /** What viewers are shown besides: nothing unless it is asked for. */
  reveal?: Revealed;
}

/** So much that a channel has not sent is a viewer that is behind, in bytes. */
const MOST_WAITING_BYTES = 2 ** 20;

/** The bridge from the actors of this process to its viewers. */
class Bridge implements OutboxOwner {
  readonly name: string;
  readonly #scope: string;
  readonly #channel: InspectChannel;
  readonly #revealed: Revealed;
  readonly #outbox = new Outbox(this);
  readonly #viewers = new Viewers();
  /** What lives, by the session id of XState. */
  readonly #watched = new Map<string, Watched>();

  constructor({ name, channel = throughBroadcastChannel(), reveal = {} }: InspectorOptions) {
    const letters = Math.random().toString(36).slice(2, 8);
    this.name = name ?? nameOfPlace();
    // Two processes may have one name, and actors with the same ids.
    this.#scope = `${this.name}#${letters}`;
    this.#channel = channel;
    this.#revealed = reveal;
    channel.open({
      opened: () => this.send({ type: 'vnf.hello', source: this.#scope }),
      received: (command) => this.#obey(command),
      closed: () => this.#watchNoMore(),
    });
  }

  get dropped(): number {
    return this.#outbox.dropped;
  }

  readonly inspect = (event: InspectionEvent): void => {
    const actor = event.actorRef as AnyActorRef;
    const { sessionId } = actor;
    if (event.type === '@xstate.actor') {
      const machine = (actor as { logic?: AnyStateMachine }).logic;
      // Promises, callbacks and observables have no statechart.
      if (machine?.root === undefined) return;
      this.#watched.set(sessionId, new Watched(actor, machine, this.#scope));
      return;
    }
    const watched = this.#watched.get(sessionId);
    if (watched === undefined) return;
    if (event.type === '@xstate.microstep') {
      for (const transition of event._transitions) {
        const id = idOf(transition);
        if (id !== undefined) watched.take(id);
      }
    } else if (event.type === '@xstate.event') {
      if (watched.last !== undefined) this.#tellEvent(watched, event);
    } else if (event.type === '@xstate.snapshot') {
      this.#tellState(watched, event.snapshot as AnyMachineSnapshot, event.event);
      if (event.snapshot.status !== 'active') this.#forget(sessionId, watched);
    }
  };

  readonly close = (): void => {
    for (const { sessionId } of this.#watched.values()) this.send({ type: 'service.stop', sessionId });
    this.#watched.clear();
    this.#watchNoMore();
    this.#channel.close();
  };

  send(message: InspectMessage): void {
    this.#channel.send(message);
  }

  isBehind(): boolean {
    return this.#viewers.isBehind() || this.#channel.waiting > MOST_WAITING_BYTES;
  }

  batchSent(): void {
    if (!this.#viewers.hasNamed) return;
    this.send({ type: 'vnf.mark', source: this.#scope, number: this.#viewers.nextMark() });
  }

  overflowed(count: number): void {
    this.send({ type: 'vnf.dropped', source: this.#scope, count });
    this.#replay();
  }

  #obey(command: unknown): void {
    const { type, viewer, source, number } = (command ?? {}) as Record<string, unknown>;
    const name = typeof viewer === 'string' ? viewer : undefined;
    if (type === 'xstate.inspecting') this.#welcome(name);
    else if (type === 'vnf.leaving') this.#leave(name);
    else if (name === undefined) return;
    else if (type === 'vnf.ack' && source === this.#scope && !this.#viewers.hasRead(name, Number(number)))
      this.#welcome(name);
  }

  #welcome(viewer: string | undefined): void {
    this.#viewers.add(viewer);
    if (this.#outbox.dropped > 0) {
      this.send({ type: 'vnf.dropped', source: this.#scope, count: this.#outbox.dropped });
    }
    this.#replay();
  }

  #leave(viewer: string | undefined): void {
    if (viewer === undefined) this.#viewers.clear();
    else this.#viewers.delete(viewer);
    if (this.#viewers.isEmpty) this.#outbox.clear();
  }

  #watchNoMore(): void {
    this.#viewers.clear();
    this.#outbox.clear();
  }

  /** Tells what lives, as it is now. */
  #replay(): void {
    const living = [...this.#watched.values()];
    this.#outbox.replay(
      living.flatMap((each) => (each.last === undefined ? [] : this.#register(each, each.last))),
    );
  }

  #register(watched: Watched, step: Step): LateMessage {
    return () => ({
      type: 'service.register',
      sessionId: watched.sessionId,
      id: watched.id,
      machine: watched.chart,
      state: watched.writeState(step, this.#revealed),
      parent: watched.parent,
      source: this.#scope,
    });
  }

  #tellEvent(
    watched: Watched,
    { event, sourceRef }: Extract<InspectionEvent, { type: '@xstate.event' }>,
  ): void {
    if (this.#viewers.isEmpty) return;
    const at = now();
    const origin =
      sourceRef === undefined ? undefined : `${this.#scope}/${(sourceRef as AnyActorRef).sessionId}`;
    this.#outbox.add(() => ({
      type: 'service.event',
      sessionId: watched.sessionId,
      event: watched.writeEvent(event, at, origin, this.#revealed),
    }));
  }

  #tellState(watched: Watched, snapshot: AnyMachineSnapshot, event: { type: string }): void {
    const isNew = watched.last === undefined;
    const step = watched.step(snapshot, event);
    if (this.#viewers.isEmpty) return;
    if (isNew) {
      this.#outbox.add(this.#register(watched, step));
      return;
    }
    this.#outbox.add(() => ({
      type: 'service.state',
      sessionId: watched.sessionId,
      state: watched.writeState(step, this.#revealed),
    }));
  }

  #forget(sessionId: string, { sessionId: told }: Watched): void {
    this.#watched.delete(sessionId);
    if (!this.#viewers.isEmpty) this.#outbox.add(() => ({ type: 'service.stop', sessionId: told }));
  }
}

/** What shows an inspector's actors to its viewers. @public */
export interface ConnectionInspector {
  /** For `{ inspect }` of hubs and the broker, and of any `createActor` of XState 5. */
  readonly inspect: (event: InspectionEvent) => void;
  /** How many messages viewers were too slow for, and were not sent. */
  readonly dropped: number;
  /** Tells the viewers that everything has stopped, and leaves the channel. */
  close(): void;
}

/**
 * Shows the statechart of every connection to whoever watches: the inspector's page, or the receivers of
 * `@xstate/inspect` 0.8, whose messages it speaks.
 *
 * ```js
 * const { inspect } = createInspector();
 * new Vnf.WebSocketHub(webSocketFactory, { inspect });
 * ```
 *
 * While nobody watches it only remembers what lives, so that a viewer may come late. What viewers are sent is gathered
 * for 50 ms, and written in tasks of its own. Up to 5000 messages wait for a viewer that is slow; more are dropped and
 * counted, and it is told anew of what is there.
 *
 * @throws VnfError `ERR_INVALID_ARGUMENT`
 * @public
 */
export function createInspector(options: InspectorOptions = {}): ConnectionInspector {
  const { name, channel } = options;
  if (name !== undefined && typeof name !== 'string') {
    throw invalidArgument('The name of an inspector must be a string', name);
  }
  if (channel !== undefined && typeof channel?.open !== 'function') {
    throw invalidArgument(
      'The channel of an inspector must be one of throughBroadcastChannel, throughWindow or throughWebSocket',
      channel,
    );
  }
  return new Bridge(options);
}

function nameOfPlace(): string {
  const { document, process } = globalThis as {
    document?: { title: string };
    process?: { argv?: string[]; pid?: number };
  };
  const script = process?.argv?.[1]?.split(/[\\/]/).at(-1);
  return document?.title || (script === undefined ? 'process' : `${script} ${describe(process?.pid)}`);
}
