import type { AnyStateMachine, EmittedFrom, InputFrom } from 'xstate';
import type { EventOf, StateOf } from './table.ts';

/**
 * Everything outside of an actor: the transport that it talks to, which writes down what it is asked for, and what a
 * table's conditions are about. It knows the machine by what that says alone, never by its context.
 */
export abstract class World<M extends AnyStateMachine> {
  abstract readonly input: InputFrom<M>;
  /** What the actor has said since the last look. */
  readonly #said: string[] = [];
  readonly #open = new Set<string>();
  readonly #faults: string[] = [];

  /** A fact that the actor tells, as a table spells it. */
  abstract describe(fact: EmittedFrom<M>): string;

  /** On what the actor's answers depend: two worlds with equal facts are the same to it. */
  abstract facts(): unknown;

  /** The actor has answered an event, and is in states that it has entered with it. */
  settled(_event: EventOf<M>, _entered: readonly StateOf<M>[]): void {}

  told(fact: EmittedFrom<M>): void {
    this.say(this.describe(fact));
  }

  /** What the actor has said since the last look. */
  look(): string[] {
    return this.#said.splice(0);
  }

  /** What is wrong whatever the table says, since the last look. */
  lookForFaults(): string[] {
    return this.#faults.splice(0);
  }

  /** What the actor has opened and not closed yet. */
  get leftOpen(): string[] {
    return [...this.#open];
  }

  protected say(text: string): void {
    this.#said.push(text);
  }

  protected fault(text: string): void {
    this.#faults.push(text);
  }

  /** The actor has opened something that it has to close. */
  protected opens(resource: string): void {
    if (this.#open.has(resource)) this.fault(`it opens a second ${resource} beside the first`);
    this.#open.add(resource);
  }

  protected closes(resource: string): void {
    if (!this.#open.delete(resource)) this.fault(`it closes a ${resource} that is not open`);
  }

  /** Closes it if it is open. */
  protected drops(resource: string): void {
    this.#open.delete(resource);
  }
}
