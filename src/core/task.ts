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

/** Runs steps in their order, all that were posted in one turn of the event loop in one task. */
export class TaskQueue {
  /** Runs what is posted inside `post`; what that posts in turn runs after it, and before `post` returns. */
  immediate = false;
  #steps: (() => void)[] = [];
  #isRunning = false;

  post(step: () => void): void {
    this.defer(step);
    this.flush();
  }

  /** Posts a step that must not run inside whatever asks for it: it waits for a task, or for `flush`. */
  defer(step: () => void): void {
    this.#steps.push(step);
    if (this.#steps.length === 1) runTask(this.#run);
  }

  /** Runs what waits where steps run immediately. */
  flush(): void {
    while (this.immediate && !this.#isRunning && this.#steps.length > 0) this.#run();
  }

  readonly #run = (): void => {
    const steps = this.#steps;
    // What the steps post waits for a task of its own.
    this.#steps = [];
    this.#isRunning = true;
    for (const step of steps) {
      try {
        step();
      } catch (error) {
        log.error('a step of in-memory delivery failed', { reason: reasonOf(error), error });
      }
    }
    this.#isRunning = false;
  };
}
