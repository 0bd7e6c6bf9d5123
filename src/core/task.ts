import { reasonOf } from './errors.ts';
import { log } from './logger.ts';

/**
 * Runs `callback` in a task of its own, as soon as the event loop is free.
 *
 * Not a timer, since a timer costs over 4 ms a hop in a browser; not a microtask either, since two endpoints that
 * answer each other for ever must not freeze a page.
 */
export const runTask: (callback: () => void) => void =
  typeof setImmediate === 'function' ? setImmediate : messageTask();

function messageTask(): (callback: () => void) => void {
  const { port1, port2 } = new MessageChannel();
  const waiting: (() => void)[] = [];
  port1.onmessage = () => waiting.shift()?.();
  return (callback) => {
    waiting.push(callback);
    port2.postMessage(undefined);
  };
}

type Step<T> = (value: T) => void;

/** Runs steps in their order, all that were posted in one turn of the event loop in one task. */
export class TaskQueue {
  /** Runs what is posted inside `post`; what that posts in turn runs after it, and before `post` returns. */
  immediate = false;
  /** Each step, and what it is called with: so a message that is posted needs no function of its own. */
  #steps: Step<unknown>[] = [];
  #values: unknown[] = [];
  #isRunning = false;

  post(step: () => void): void;
  post<T>(step: Step<T>, value: T): void;
  post<T>(step: Step<T>, value?: T): void {
    this.defer(step as Step<unknown>, value);
    this.flush();
  }

  /** Posts a step that must not run inside whatever asks for it: it waits for a task, or for `flush`. */
  defer(step: Step<unknown>, value?: unknown): void {
    this.#steps.push(step);
    this.#values.push(value);
    if (this.#steps.length === 1) runTask(this.#run);
  }

  /** Runs what waits where steps run immediately. */
  flush(): void {
    while (this.immediate && !this.#isRunning && this.#steps.length > 0) this.#run();
  }

  readonly #run = (): void => {
    const steps = this.#steps;
    const values = this.#values;
    // What the steps post waits for a task of its own.
    this.#steps = [];
    this.#values = [];
    this.#isRunning = true;
    for (const [index, step] of steps.entries()) {
      try {
        step(values[index]);
      } catch (error) {
        log.error('a step of in-memory delivery failed', { reason: reasonOf(error), error });
      }
    }
    this.#isRunning = false;
  };
}
