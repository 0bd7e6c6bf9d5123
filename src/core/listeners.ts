import { checkFunction } from './checks.ts';
import { type LogDetails, runSafely } from './logger.ts';

/** A list of an application's listeners for one kind of event. Each runs even if another one throws. */
export class Listeners<A extends unknown[]> {
  readonly #what: string;
  readonly #listeners: ((...args: A) => unknown)[] = [];

  /** @param what - how a log line names a listener of this kind: `onConnectionLost listener` */
  constructor(what: string) {
    this.#what = what;
  }

  add(listener: (...args: A) => unknown): void {
    checkFunction(listener, `The ${this.#what}`);
    this.#listeners.push(listener);
  }

  emit(details: LogDetails, ...args: A): void {
    // A copy, since a listener may add another one, which must not hear of the event that is being told.
    for (const listener of [...this.#listeners]) runSafely(this.#what, details, listener, ...args);
  }
}
