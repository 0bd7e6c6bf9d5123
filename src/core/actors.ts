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
import { setPatientTimeout } from './clock.ts';
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
  readonly #listener: ActorListener<M>;
  readonly #waiting: EmittedFrom<M>[] = [];
  /** How many steps of the machine are running, one inside the other. */
  #steps = 0;
  #isTelling = false;

  constructor(
    machine: M,
    input: InputFrom<M>,
    environment: Environment,
    { eva, targetEva }: ActorOwner,
    listener: ActorListener<M>,
  ) {
    const { clock, inspect } = environment;
    this.#listener = listener;
    const options = {
      input,
      id: `${machine.id} ${eva}${targetEva === undefined ? '' : ` → ${targetEva}`}`,
      clock: {
        setTimeout: (callback: () => void, ms: number) =>
          setPatientTimeout(clock, () => this.#expire(() => this.#settle(callback)), ms),
        clearTimeout: (clear: () => void) => clear(),
      },
      ...(inspect === undefined ? {} : { inspect: guarded(inspect, eva) }),
    };
    this.#actor = createActor(machine as AnyStateMachine, options) as unknown as Actor<M>;
    this.#actor.on('*', (event) => this.#waiting.push(event as EmittedFrom<M>));
    this.#actor.subscribe({
      complete: () => listener.ended?.(),
      // Without an observer of its own, XState would throw an actor's error into the event loop and end the process.
      error: (error) => {
        const details = { endpoint: eva, peer: targetEva, reason: reasonOf(error), error };
        log.error(`the ${machine.id} machine failed`, details);
        listener.ended?.();
      },
    });
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
    this.#waiting.length = 0;
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
    for (let event = this.#waiting.shift(); event !== undefined; event = this.#waiting.shift()) {
      this.#listener.told(event);
    }
    this.#isTelling = false;
  }
}

/** An application's inspector, which must not take an actor with it when it throws. */
function guarded(inspect: Inspector, endpoint: string): (event: InspectionEvent) => void {
  const observe = typeof inspect === 'function' ? inspect : (event: InspectionEvent) => inspect.next?.(event);
  return (event) => runSafely('inspect', { endpoint }, observe, event);
}
