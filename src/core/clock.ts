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
  /** Whole milliseconds of the calendar, as `Date.now`, for what two sides date and compare. @default `Date.now` */
  date?(): number;
}

/** The longest delay that the platforms' timers take (2³¹ − 1 ms, 24.8 days): above it they fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The clock of the platform. @internal */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimeout: (callback, ms) => (ms > LONGEST_TIMER_MS ? undefined : setTimeout(callback, ms)),
  clearTimeout: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout> | undefined),
};

/** A timer that comes so much later than it was set for was held up: more than any busy turn of an event loop. */
export const LATE_MS = 1000;

/** Long enough to read whatever came while nobody could. */
const CATCH_UP_MS = 100;

/**
 * Sets a timer for somebody who waits for others. Where it comes late, since the process was busy or the page asleep,
 * it waits a moment longer: what came meanwhile is read first. Returns what clears it.
 */
export function setPatientTimeout(clock: Clock, callback: () => void, ms: number): () => void {
  const lateAt = clock.now() + ms + LATE_MS;
  let timer = clock.setTimeout(() => {
    if (clock.now() <= lateAt) callback();
    else timer = clock.setTimeout(callback, CATCH_UP_MS);
  }, ms);
  return () => clock.clearTimeout(timer);
}
