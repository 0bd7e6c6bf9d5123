import type { Clock } from '../core/clock.ts';
import type { HubOptions } from '../core/options.ts';
import { observedPage } from '../core/page-life.ts';
import type { VirtualClock } from './virtual-clock.ts';

/**
 * A program that runs on a host: a page, or a process. Whatever happens to it comes through `run`; once it has ended
 * nothing does, and while it sleeps all of it waits.
 */
export class Process {
  /** What its hubs are made with. */
  readonly options: Required<Pick<HubOptions, 'clock' | 'random' | 'pageLife'>>;
  readonly #clock: VirtualClock;
  /** Those that are set, each with the network clock's own. */
  readonly #timers = new Map<object, unknown>();
  /** What would have happened while it slept, in order. */
  readonly #waiting: (() => void)[] = [];
  readonly #endListeners = new Set<() => void>();
  /** The library listens to its page, once for all of its hubs. */
  #page: { wake: () => void; leave: () => void } | undefined;
  #hasEnded = false;
  #isAsleep = false;

  constructor(clock: VirtualClock, random: () => number) {
    this.#clock = clock;
    const own = this.#clockOfItsOwn();
    const pageLife = observedPage(own, (wake, leave) => {
      this.#page = { wake, leave };
      return () => {
        this.#page = undefined;
      };
    });
    this.options = { clock: own, random, pageLife };
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  get isAsleep(): boolean {
    return this.#isAsleep;
  }

  run(task: () => void): void {
    if (this.#hasEnded) return;
    if (this.#isAsleep) this.#waiting.push(task);
    else task();
  }

  /** Calls `listener` when it ends; returns what takes that back. */
  onEnd(listener: () => void): () => void {
    this.#endListeners.add(listener);
    return () => {
      this.#endListeners.delete(listener);
    };
  }

  sleep(): void {
    this.#isAsleep = true;
  }

  /** What has waited happens now, one thing after the other; the page says first that it is back. */
  wake(): void {
    if (!this.#isAsleep) return;
    this.#isAsleep = false;
    this.#page?.wake();
    for (const task of this.#waiting.splice(0)) this.#clock.setTimeout(() => this.run(task), 0);
  }

  /** The page is left: its endpoints say goodbye. */
  leave(): void {
    if (!this.#isAsleep) this.#page?.leave();
    this.end();
  }

  /** It ends where it is, and says nothing. */
  end(): void {
    this.#hasEnded = true;
    for (const timer of this.#timers.values()) this.#clock.clearTimeout(timer);
    this.#timers.clear();
    for (const listener of this.#endListeners) listener();
  }

  #clockOfItsOwn(): Clock {
    const clock = this.#clock;
    return {
      now: clock.now,
      date: clock.date,
      setTimeout: (callback, ms) => {
        if (this.#hasEnded) return undefined;
        const handle = {};
        const fire = () => {
          // Cleared meanwhile, as it waited for the process to wake.
          if (this.#timers.delete(handle)) callback();
        };
        const timer = clock.setTimeout(() => this.run(fire), ms);
        if (timer === undefined) return undefined;
        this.#timers.set(handle, timer);
        return handle;
      },
      clearTimeout: (handle) => {
        clock.clearTimeout(this.#timers.get(handle as object));
        this.#timers.delete(handle as object);
      },
    };
  }
}
