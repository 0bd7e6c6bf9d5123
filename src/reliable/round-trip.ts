/** Where nothing was measured yet, in ms: that of a path around half the world. */
const UNMEASURED_MS = 100;

/** Finer than this, timers and event loops are not. */
const SHORTEST_MS = 10;

/** How long an answer takes, estimated from the answers that came (RFC 6298). */
export class RoundTrip {
  #smoothed: number | undefined;
  #variation = 0;

  /** The mean of the last answers, in ms. */
  get smoothedMs(): number {
    return this.#smoothed ?? UNMEASURED_MS;
  }

  /** What has not been answered after this time is most likely lost, in ms. */
  get timeoutMs(): number {
    const variation = this.#smoothed === undefined ? UNMEASURED_MS / 2 : this.#variation;
    return Math.max(this.smoothedMs + 4 * variation, SHORTEST_MS);
  }

  /** An answer took so long; less than nothing, as clocks may have it, counts as nothing. */
  measured(ms: number): void {
    const sample = Math.max(ms, 0);
    if (this.#smoothed === undefined) {
      this.#smoothed = sample;
      this.#variation = sample / 2;
      return;
    }
    this.#variation += (Math.abs(this.#smoothed - sample) - this.#variation) / 4;
    this.#smoothed += (sample - this.#smoothed) / 8;
  }
}
