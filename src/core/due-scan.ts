import { type Clock, LATE_MS } from './clock.ts';

/** Something with timers of its own that the scan looks after. */
export interface Due {
  /**
   * Does what is due at `now`, and nothing else.
   *
   * @param heldUpMs - for how long before `now` nobody could act or hear: it counts as no silence
   */
  checkDue(now: number, heldUpMs: number): void;
}

/** A scan more often than this would cost more than it is worth. */
const SHORTEST_SCAN_MS = 5;

/** Nobody waits longer than this for what is due. */
const LONGEST_SCAN_MS = 100;

/**
 * One timer for many: it looks at every item in turn and lets it do what is due. It runs only while there are items.
 * So thousands of quiet connections cost one timer, and a message that puts a timeout off costs one assignment.
 */
export class DueScan {
  readonly #clock: Clock;
  readonly #shortestMs: () => number;
  readonly #items = new Set<Due>();
  #timer: unknown;
  #expectedAt = 0;

  /**
   * @param shortestMs - the shortest time that an item measures now; the scan runs ten times as often, every 5 to
   *   100 ms
   */
  constructor(clock: Clock, shortestMs: () => number) {
    this.#clock = clock;
    this.#shortestMs = shortestMs;
  }

  add(item: Due): void {
    this.#items.add(item);
    if (this.#items.size === 1) this.#schedule();
  }

  delete(item: Due): void {
    if (this.#items.delete(item) && this.#items.size === 0) this.#clock.clearTimeout(this.#timer);
  }

  /** Scans now where the timer is held up: browsers wake those of a page in the background once a minute. */
  catchUp(): void {
    if (this.#items.size === 0 || this.#heldUpMs() <= 0) return;
    this.#clock.clearTimeout(this.#timer);
    this.#scan();
  }

  /** How much later than it may ever come this scan is: the process was busy or asleep. */
  #heldUpMs(): number {
    return this.#clock.now() - this.#expectedAt - LATE_MS;
  }

  #schedule(): void {
    const interval = Math.min(Math.max(this.#shortestMs() / 10, SHORTEST_SCAN_MS), LONGEST_SCAN_MS);
    this.#expectedAt = this.#clock.now() + interval;
    this.#timer = this.#clock.setTimeout(this.#scan, interval);
  }

  readonly #scan = (): void => {
    const heldUpMs = Math.max(this.#heldUpMs(), 0);
    const now = this.#clock.now();
    // First, so that an item that fails does not end the scan, and one that was the last can stop it.
    this.#schedule();
    // A copy, since an item may add and delete others.
    for (const item of [...this.#items]) if (this.#items.has(item)) item.checkDue(now, heldUpMs);
  };
}
