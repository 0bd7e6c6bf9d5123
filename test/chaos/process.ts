import type { Clock } from '../../src/core/clock.ts';
import { type Environment, environmentOf, type Inspector } from '../../src/core/options.ts';
import { observedPage } from '../../src/core/page-life.ts';
import { seededRandom } from '../../src/core/random.ts';
import type { VirtualClock } from '../../src/testing/virtual-clock.ts';

const SOME_DATE = Date.UTC(2026, 0);

/** A few messages fill them, of which a dozen calls of a WebSocketRpc make one. */
const BOUNDS = { highWaterMark: 100, maxBufferedAmount: 10_000 };

/** The clock of one process, which knows the timers that are set on it. */
class ProcessClock implements Clock {
  readonly #clock: VirtualClock;
  readonly #timers = new Set<unknown>();
  readonly now: () => number;

  readonly date: () => number;

  constructor(clock: VirtualClock, skewMs: number) {
    this.#clock = clock;
    this.now = clock.now;
    this.date = () => Math.floor(clock.now()) + SOME_DATE + skewMs;
  }

  readonly setTimeout = (callback: () => void, ms: number): unknown => {
    const timer = this.#clock.setTimeout(() => {
      this.#timers.delete(timer);
      callback();
    }, ms);
    if (timer !== undefined) this.#timers.add(timer);
    return timer;
  };

  readonly clearTimeout = (timer: unknown): void => {
    this.#timers.delete(timer);
    this.#clock.clearTimeout(timer);
  };

  get pending(): number {
    return this.#timers.size;
  }

  clear(): void {
    for (const timer of [...this.#timers]) this.clearTimeout(timer);
  }
}

/** A page, or a process: what a hub is made in, and what ends with it. */
export class Process {
  readonly environment: Environment;
  readonly #clock: ProcessClock;
  #leave: (() => void) | undefined;
  #wake: (() => void) | undefined;
  /** Nothing that it sends reaches anybody, and nobody reaches it. */
  isGone = false;
  /** Whether its application has just let go of everything in it. */
  isEnding = false;

  /** `skewMs`: how far its calendar is ahead of that of others. */
  constructor(clock: VirtualClock, inspect: Inspector | undefined, skewMs = 0) {
    this.#clock = new ProcessClock(clock, skewMs);
    this.environment = environmentOf({
      clock: this.#clock,
      random: seededRandom(1),
      inspect,
      ...BOUNDS,
      pageLife: observedPage(this.#clock, (wake, leave) => {
        this.#wake = wake;
        this.#leave = leave;
        return () => {
          this.#wake = this.#leave = undefined;
        };
      }),
    });
  }

  get pendingTimers(): number {
    return this.#clock.pending;
  }

  wake(): void {
    this.#wake?.();
  }

  /** It ends, and nobody hears of it. */
  kill(): void {
    this.isGone = true;
    this.isEnding = true;
    this.#leave?.();
    this.#clock.clear();
  }
}
