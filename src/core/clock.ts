/**
 * Where time comes from. Tests pass a virtual one; its shape is also what XState's `createActor` takes.
 *
 * @public
 */
export interface Clock {
  /** Milliseconds since any fixed moment; never goes back. */
  now(): number;
  /** Calls `callback` after `ms`; `Infinity` never does. */
  setTimeout(callback: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** The longest delay that the platforms' timers take (2³¹ − 1 ms, 24.8 days): above it they fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The clock of the platform. @internal */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimeout: (callback, ms) => (ms > LONGEST_TIMER_MS ? undefined : setTimeout(callback, ms)),
  clearTimeout: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout> | undefined),
};
