import { checkDuration } from '../core/checks.ts';
import type { Clock } from '../core/clock.ts';
import { invalidArgument } from '../core/errors.ts';
import { AssertionError } from './assert.ts';
import { taskTurns } from './task-turns.ts';

interface Timer {
  at: number;
  callback: () => void;
}

/** What `date` begins at: the first moment of the year 2000. */
const FIRST_DATE = Date.UTC(2000, 0, 1);

/**
 * How many times the event loop turns before time goes on: whatever waits for promises needs one, each hop in memory one
 * more. A number, since nobody can see what still waits; what needs more goes on in the next moment.
 */
const TURNS = 4;

/**
 * A clock that stands still until a test moves it; each timer fires at its own moment, and of two at the same moment the
 * older one first. Give it to any hub, `new Vnf.ReliableHub(parent, { clock })`, and to the parent too.
 *
 * `advance` fires timers and nothing else, inside the call. `run`, `runUntil` and `runUntilIdle` also let promises and
 * what was sent in memory come to their end after each moment, as in real life; use them wherever a test may `await`.
 *
 * @public
 */
export class VirtualClock implements Clock {
  #now = 0;
  readonly #timers = new Set<Timer>();

  /** Milliseconds since the clock was made. */
  readonly now = (): number => this.#now;

  /** The same in milliseconds of the calendar; the clock was made as the year 2000 began. */
  readonly date = (): number => FIRST_DATE + Math.floor(this.#now);

  /** Calls `callback` once `ms` have passed; `Infinity` never does. */
  readonly setTimeout = (callback: () => void, ms: number): unknown => {
    if (ms === Number.POSITIVE_INFINITY) return undefined;
    const timer: Timer = { at: this.#now + Math.max(ms, 0), callback };
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

  /**
   * Lets time pass and fires what comes due, inside the call.
   *
   * @param ms - 0 or more; 0 fires what is due now
   * @throws VnfError `ERR_INVALID_ARGUMENT`, and whatever a timer's callback throws
   */
  advance(ms: number): void {
    checkTime(ms, 'advance');
    const end = this.#now + ms;
    while (this.#fireNext(end));
    this.#now = end;
  }

  /**
   * Lets time pass, and whatever each moment of it sets going come to its end.
   *
   * @param ms - 0 or more
   * @throws VnfError `ERR_INVALID_ARGUMENT`, and whatever a timer's callback throws (the promise rejects)
   */
  async run(ms: number): Promise<void> {
    checkTime(ms, 'run');
    const end = this.#now + ms;
    await taskTurns(TURNS);
    while (this.#fireNext(end)) await taskTurns(TURNS);
    this.#now = end;
  }

  /**
   * Lets time pass until a condition holds; looks after each moment.
   *
   * @param what - names the condition in the error
   * @param timeoutMs - how much virtual time it may take, in ms. @default 60 000
   * @throws AssertionError (the promise rejects) where it does not hold by then
   */
  async runUntil(condition: () => boolean, what = 'the condition', timeoutMs = 60_000): Promise<void> {
    checkTime(timeoutMs, 'runUntil');
    const end = this.#now + timeoutMs;
    await taskTurns(TURNS);
    while (!condition()) {
      if (!this.#fireNext(end)) {
        this.#now = end;
        if (condition()) return;
        throw new AssertionError(`${what} did not come true within ${timeoutMs} ms of virtual time`);
      }
      await taskTurns(TURNS);
    }
  }

  /**
   * Lets time pass until no timer is set.
   *
   * @param timeoutMs - how much virtual time it may take, in ms. @default 3 600 000, an hour
   * @throws AssertionError (the promise rejects) where timers are set even then
   */
  async runUntilIdle(timeoutMs = 3_600_000): Promise<void> {
    await this.runUntil(() => this.pending === 0, 'A clock without timers', timeoutMs);
  }

  /** Time passes, and no timer fires: the process is asleep, or busy. What came due fires with the next `advance`. */
  sleep(ms: number): void {
    checkTime(ms, 'sleep');
    this.#now += ms;
  }

  /** Fires the timer that is due first, if any is by `end`. */
  #fireNext(end: number): boolean {
    const timer = this.#next(end);
    if (timer === undefined) return false;
    this.#timers.delete(timer);
    // One that came while nobody could act fires late.
    this.#now = Math.max(this.#now, timer.at);
    timer.callback();
    return true;
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

function checkTime(ms: number, method: string): void {
  checkDuration(ms, `The time of ${method}`);
  if (ms === Number.POSITIVE_INFINITY) throw invalidArgument(`The time of ${method} must have an end`, ms);
}
