import {
  type Actor,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  createActor,
  type EmittedFrom,
  type EventFromLogic,
  type InputFrom,
  type InspectionEvent,
  type SnapshotFrom,
} from 'xstate';
import { type Clock, setPatientTimeout } from './clock.ts';
import { reasonOf } from './errors.ts';
import { log, runSafely } from './logger.ts';
import type { Environment, Inspector } from './options.ts';

/** Whose actor it is. */
export interface ActorOwner {
  eva: string;
  targetEva?: string;
}

/** Who hears of an actor. */
export interface ActorListener<M extends AnyStateMachine> {
  /** A fact that the machine emitted. */
  told(event: EmittedFrom<M>): void;
  /** It is in a final state; what it has emitted last is told after this. */
  ended?(): void;
  /** Runs the step that a timer of the machine is due for; without it, the step just runs. */
  expired?(step: () => void): void;
}

/**
 * A root actor. One root per connection, never children of one parent: spawning thousands of children under one parent
 * is quadratic (docs/ARCHITECTURE.md, "Machines").
 *
 * What the machine emits is told once it has settled. A listener that reaches back into the machine thus finds it at
 * rest, and what it asks for is done when its call returns; inside XState's own `on`, it would wait in the mailbox.
 */
export class MachineActor<M extends AnyStateMachine> {
  readonly #actor: Actor<M>;
  readonly #machine: M;
  readonly #clock: Clock;
  readonly #owner: ActorOwner;
  readonly #listener: ActorListener<M>;
  /** What was emitted and is not told; nothing most of the time. */
  #waiting: EmittedFrom<M>[] | undefined;
  /** How many steps of the machine are running, one inside the other. */
  #steps = 0;
  #isTelling = false;

  constructor(
    machine: M,
    input: InputFrom<M>,
    environment: Environment,
    owner: ActorOwner,
    listener: ActorListener<M>,
  ) {
    const { clock, inspect } = environment;
    const { eva, targetEva } = owner;
    this.#machine = machine;
    this.#clock = clock;
    this.#owner = owner;
    this.#listener = listener;
    const id = `${machine.id} ${eva}${targetEva === undefined ? '' : ` → ${targetEva}`}`;
    // There may be thousands of actors: none has a function or a text of its own that it can do without.
    const options = { input, clock: this, ...(inspect.length > 0 && { id, inspect: guarded(inspect, eva) }) };
    this.#actor = createActor(machine as AnyStateMachine, options) as unknown as Actor<M>;
    this.#actor.on('*', (event) => {
      this.#waiting ??= [];
      this.#waiting.push(event as EmittedFrom<M>);
    });
    this.#actor.subscribe(this);
  }

  start(): this {
    this.#settle(() => this.#actor.start());
    return this;
  }

  /** What is said to an actor that is over concerns nobody. */
  send(event: EventFromLogic<M>): void {
    if (!this.isOver) this.#settle(() => this.#actor.send(event));
  }

  getSnapshot(): SnapshotFrom<M> {
    return this.#actor.getSnapshot();
  }

  get isOver(): boolean {
    const snapshot: AnyMachineSnapshot = this.#actor.getSnapshot();
    return snapshot.status !== 'active';
  }

  /** Ends it where it is; nothing more is told. */
  stop(): void {
    this.#actor.stop();
    this.#waiting = undefined;
  }

  // What XState asks of an observer and of a clock.

  /** @internal */
  complete(): void {
    this.#listener.ended?.();
  }

  /** @internal Without it, XState would throw an actor's error into the event loop and end the process. */
  error(error: unknown): void {
    const { eva, targetEva } = this.#owner;
    const details = { endpoint: eva, peer: targetEva, reason: reasonOf(error), error };
    log.error(`the ${this.#machine.id} machine failed`, details);
    this.#listener.ended?.();
  }

  /** @internal */
  setTimeout(callback: () => void, ms: number): () => void {
    return setPatientTimeout(this.#clock, () => this.#expire(() => this.#settle(callback)), ms);
  }

  /** @internal */
  clearTimeout(clear: () => void): void {
    clear();
  }

  #expire(step: () => void): void {
    if (this.#listener.expired === undefined) step();
    else this.#listener.expired(step);
  }

  #settle(step: () => void): void {
    this.#steps += 1;
    try {
      step();
    } finally {
      this.#steps -= 1;
    }
    // The outermost step tells, one thing after the other, so that every listener hears of them in their order.
    if (this.#steps > 0 || this.#isTelling) return;
    this.#isTelling = true;
    for (let event = this.#waiting?.shift(); event !== undefined; event = this.#waiting?.shift()) {
      this.#listener.told(event);
    }
    this.#waiting = undefined;
    this.#isTelling = false;
  }
}

/** An application's inspectors, which must not take an actor, or each other, with them when they throw. */
function guarded(inspectors: readonly Inspector[], endpoint: string): (event: InspectionEvent) => void {
  return (event) => {
    for (const inspect of inspectors) {
      const observe = typeof inspect === 'function' ? inspect : () => inspect.next?.(event);
      runSafely('inspect', { endpoint }, observe, event);
    }
  };
}
