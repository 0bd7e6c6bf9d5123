import type { Clock } from '../../src/core/clock.ts';

interface Timer {
  at: number;
  callback: () => void;
}

/** A clock that stands still until a test moves it; each timer fires at its own moment, in order. */
export class VirtualClock implements Clock {
  #now = 0;
  readonly #timers = new Set<Timer>();

  readonly now = (): number => this.#now;

  readonly setTimeout = (callback: () => void, ms: number): Timer | undefined => {
    if (ms === Number.POSITIVE_INFINITY) return undefined;
    const timer = { at: this.#now + Math.max(ms, 0), callback };
    this.#timers.add(timer);
    return timer;
  };

  readonly clearTimeout = (timer: unknown): void => {
    this.#timers.delete(timer as Timer);
  };

  /** How many timers are set: 0 once everything that was opened is closed. */
  get pending(): number {
    return this.#timers.size;
  }

  advance(ms: number): void {
    const end = this.#now + ms;
    for (let timer = this.#next(end); timer !== undefined; timer = this.#next(end)) {
      this.#timers.delete(timer);
      // One that came while nobody could act fires late.
      this.#now = Math.max(this.#now, timer.at);
      timer.callback();
    }
    this.#now = end;
  }

  /** Time passes, and no timer fires: the process is asleep, or busy. What came due fires with the next `advance`. */
  sleep(ms: number): void {
    this.#now += ms;
  }

  /** A Set keeps the order in which timers were set, so that of two due at once the older one comes first. */
  #next(end: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at <= end && (next === undefined || timer.at < next.at)) next = timer;
    }
    return next;
  }
}
