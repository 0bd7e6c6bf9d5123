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

/** How many timers may fire in one moment: who sets them again and again without a pause never lets time go on. */
const MOST_AT_ONCE = 100_000;

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
  /** How many timers have fired since time went on. */
  #atOnce = 0;
  /** By the moment when they fire; of two at the same moment the older one comes first. */
  readonly #timers: Timer[] = [];

  /** Milliseconds since the clock was made. */
  readonly now = (): number => this.#now;

  /** The same in milliseconds of the calendar; the clock was made as the year 2000 began. */
  readonly date = (): number => FIRST_DATE + Math.floor(this.#now);

  /** Calls `callback` once `ms` have passed; `Infinity` never does. */
  readonly setTimeout = (callback: () => void, ms: number): unknown => {
    if (ms === Number.POSITIVE_INFINITY) return undefined;
    const timer: Timer = { at: this.#now + Math.max(ms || 0, 0), callback };
    this.#timers.splice(this.#countUntil(timer.at), 0, timer);
    return timer;
  };

  readonly clearTimeout = (timer: unknown): void => {
    const index = this.#timers.indexOf(timer as Timer);
    if (index >= 0) this.#timers.splice(index, 1);
  };

  /** How many timers are set: 0 once everything that was opened is closed. */
  get pending(): number {
    return this.#timers.length;
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
    const [timer] = this.#timers;
    if (timer === undefined || timer.at > end) return false;
    this.#timers.shift();
    this.#atOnce = timer.at > this.#now ? 0 : this.#atOnce + 1;
    if (this.#atOnce > MOST_AT_ONCE) {
      throw new AssertionError(
        `over ${MOST_AT_ONCE} timers fired at ${this.#now} ms: one sets itself without a pause`,
      );
    }
    // One that came while nobody could act fires late.
    this.#now = Math.max(this.#now, timer.at);
    timer.callback();
    return true;
  }

  /** How many timers fire until this moment, at it included. */
  #countUntil(at: number): number {
    let least = 0;
    let most = this.#timers.length;
    while (least < most) {
      const middle = (least + most) >> 1;
      if ((this.#timers[middle] as Timer).at <= at) least = middle + 1;
      else most = middle;
    }
    return least;
  }
}

function checkTime(ms: number, method: string): void {
  checkDuration(ms, `The time of ${method}`);
  if (ms === Number.POSITIVE_INFINITY) throw invalidArgument(`The time of ${method} must have an end`, ms);
}
