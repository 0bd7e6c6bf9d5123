/** What one frame holds at most of short messages: the step in which the window grows. */
const STEP_UNITS = 2 ** 14;

/** A new connection begins with ten frames (RFC 6928), and none has less than four: one that arrives tells of the others. */
const FIRST_UNITS = 10 * STEP_UNITS;
const LEAST_UNITS = 4 * STEP_UNITS;

/** What is left of the window after a loss: that of CUBIC (RFC 9438). */
const SHARE_LEFT = 0.7;

/**
 * How much may be on its way at once over a connection that loses what is too much (RFC 5681): twice as much after each
 * round trip until something is lost, from then on a frame more. In UTF-16 units.
 */
export class CongestionWindow {
  #units = FIRST_UNITS;
  #threshold = Number.POSITIVE_INFINITY;
  /** A loss among the messages before this index belongs to the one that was answered last. */
  #answeredBefore = 0;

  get units(): number {
    return this.#units;
  }

  /** So much has arrived, while the window was in use. */
  acknowledged(units: number): void {
    const isStart = this.#units < this.#threshold;
    this.#units += isStart ? units : (STEP_UNITS * units) / this.#units;
  }

  /** A message was lost while the next one to be sent had the index `next`. */
  lost(index: number, next: number): void {
    if (index < this.#answeredBefore) return;
    this.#answeredBefore = next;
    this.#units = Math.max(this.#units * SHARE_LEFT, LEAST_UNITS);
    this.#threshold = this.#units;
  }
}
