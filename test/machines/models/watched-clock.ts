import type { Clock } from '../../../src/core/clock.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

interface Timer {
  readonly ms: number;
  readonly at: number;
  handle: unknown;
}

/** A virtual clock that shows the timers that run on it. */
export class WatchedClock implements Clock {
  readonly #clock = new VirtualClock();
  readonly #timers = new Set<Timer>();
  /** How many timers were ever set or cleared. */
  touched = 0;

  readonly now = this.#clock.now;

  readonly setTimeout = (callback: () => void, ms: number): Timer | undefined => {
    if (ms === Number.POSITIVE_INFINITY) return undefined;
    const fire = () => {
      this.#timers.delete(timer);
      callback();
    };
    const timer: Timer = { ms, at: this.now() + ms, handle: this.#clock.setTimeout(fire, ms) };
    this.#timers.add(timer);
    this.touched += 1;
    return timer;
  };

  readonly clearTimeout = (timer: unknown): void => {
    if (timer === undefined || !this.#timers.delete(timer as Timer)) return;
    this.touched += 1;
    this.#clock.clearTimeout((timer as Timer).handle);
  };

  get pending(): number {
    return this.#timers.size;
  }

  /** The timers in the order in which they are due, by their lengths; `!` where one is due in 1 ms. */
  get due(): string[] {
    return this.#inOrder().map(({ ms, at }) => `${ms}${at - this.now() <= 1 ? '!' : ''}`);
  }

  /** Lets the timer that is due as the nth one fire, and all before it, or comes 1 ms close to that. */
  expire(nth: number): void {
    this.#pass(nth, 0);
  }

  approach(nth: number): void {
    this.#pass(nth, 1);
  }

  #pass(nth: number, early: number): void {
    const timer = this.#inOrder()[nth];
    if (timer === undefined) throw new Error(`no timer is due as number ${nth}`);
    // Whatever fires before may clear it.
    while (this.#timers.has(timer) && this.now() < timer.at - early) {
      const next = (this.#inOrder()[0] as Timer).at;
      this.#clock.advance(Math.max(Math.min(next, timer.at - early) - this.now(), 0));
    }
  }

  #inOrder(): Timer[] {
    return [...this.#timers].sort((a, b) => a.at - b.at);
  }
}
