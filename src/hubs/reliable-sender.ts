import type { SessionEvent } from '../../machines/reliable-session.machine.ts';
import { VnfError } from '../core/errors.ts';
import { bufferFull } from '../core/limits.ts';
import { about, log } from '../core/logger.ts';
import {
  encodeMessages,
  knowsExtensions,
  MOST_PACKED,
  NO_GAP,
  PACKED_HEAD_UNITS,
  type Report,
  TOLD_BEFORE,
} from '../protocol/reliable.ts';
import { CongestionWindow } from '../reliable/congestion-window.ts';
import { Flight, type Receipt } from '../reliable/flight.ts';
import { SendWindow } from '../reliable/send-window.ts';
import { TailWatch } from '../reliable/tail-watch.ts';
import type { SessionOwner } from './reliable-session.ts';
import type { MeasuredTiming } from './session-timing.ts';

/** Messages that are sent in one turn leave in frames of up to this many UTF-16 units. */
const PACK_UNITS = 2 ** 14;

/** A text of at least this many is sent at once: packed with others it would gain nothing. */
const LARGE_UNITS = PACK_UNITS / 2;

/** About what a MESSAGE has besides its text. */
const HEAD_UNITS = 64;

/** A HEARTBEAT as the data path needs it. */
export interface HeardHeartbeat {
  gapBegin: number;
  gapEnd: number;
  report?: Report;
}

/** The machine, which hears what has become of what was sent. */
export interface SenderListener {
  dispatch(event: SessionEvent): void;
}

/**
 * The way of messages out of one session: they wait in a window until the other side has them, leave as fast as the
 * parent, the congestion window and the machine let them, and leave again where they are missing.
 */
export class ReliableSender {
  readonly #owner: SessionOwner;
  readonly #listener: SenderListener;
  readonly #timing: MeasuredTiming;
  readonly #window: SendWindow;
  readonly #flight: Flight;
  /** Towards a side of version 0.2.1, which names no missing end. */
  readonly #tail = new TailWatch();
  /** Where the parent loses what is too much for it. */
  #congestion: CongestionWindow | undefined;
  /** The other side's session. */
  readonly #remote: string;
  /** Whether it knows the extensions. */
  readonly #isModern: boolean;
  /** The machine's gate. */
  #isHeld = false;
  /** Whether the parent has told that it has enough, and not yet that it has drained. */
  #isBlocked = false;
  #isFlushing = false;
  #isScheduled = false;
  /** What was sent in this turn, and is not in a frame yet, takes there. */
  #unitsWaiting = 0;
  /** Whether the machine is to hear of the completion. */
  #isWatched = false;
  /** A message that left once, and when: its receipt measures the round trip. */
  #sample: { index: number; at: number } | undefined;

  constructor(owner: SessionOwner, remote: string, timing: MeasuredTiming, listener: SenderListener) {
    this.#owner = owner;
    this.#remote = remote;
    this.#isModern = knowsExtensions(remote);
    this.#listener = listener;
    this.#timing = timing;
    this.#window = new SendWindow({ units: owner.environment.maxBufferedAmount });
    this.#flight = new Flight(this.#window, this.#isModern ? PACKED_HEAD_UNITS : HEAD_UNITS);
    this.#congestion = owner.parentControlsCongestion ? undefined : new CongestionWindow();
  }

  /** How many messages there ever were. */
  get count(): number {
    return this.#window.next;
  }

  /** The first that is not known to have arrived. */
  get first(): number {
    return this.#window.first;
  }

  /** How many have left. */
  get sent(): number {
    return this.#flight.next;
  }

  get capacity(): number {
    return this.#window.capacity;
  }

  /** The units of what is not known to have arrived. */
  get bufferedUnits(): number {
    return this.#window.units;
  }

  /** Whether everything is known to have arrived. */
  get hasArrived(): boolean {
    return this.#window.first === this.#window.next;
  }

  /** Whether a close need not wait: everything has arrived; towards a side of version 0.2.1, which is slow to tell, has left. */
  get isComplete(): boolean {
    return this.#isModern ? this.hasArrived : this.#flight.next === this.#window.next;
  }

  /** The listener hears of the completion, which is yet to come. */
  watchCompletion(): void {
    this.#isWatched = true;
  }

  /** What is sent waits. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Nothing is on its way any more: what is not known to have arrived leaves, and whatever comes after it. */
  release(heartbeat: HeardHeartbeat): void {
    this.#window.acknowledge(heartbeat.gapBegin);
    this.#flight.restart(this.#receiptOf(heartbeat));
    this.#tail.sentAgain(heartbeat.gapBegin, this.#flight.next);
    this.#sample = undefined;
    this.#isBlocked = false;
    this.#isHeld = false;
    this.flush();
  }

  push(text: string): void {
    const index = this.#window.push(text);
    if (index === undefined) throw bufferFull(this.#owner.targetEva, text.length, this.#window.capacity);
    if (this.#isModern && !this.#isWatched) {
      this.#isWatched = true;
      this.#listener.dispatch({ type: 'delivery.started' });
    }
    if (this.#isHeld || this.#isBlocked) return;
    if (!this.#isModern || text.length >= LARGE_UNITS) {
      this.#flushWith(index);
      return;
    }
    const units = text.length + PACKED_HEAD_UNITS;
    this.#unitsWaiting += units;
    if (this.#unitsWaiting > PACK_UNITS) {
      // Those before it fill a frame.
      this.flush(index);
      this.#unitsWaiting = units;
    }
    if (!this.#isScheduled) this.#flushLater();
  }

  /** Once the application's turn is over, but before anybody else's. */
  #flushLater(): void {
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#unitsWaiting = 0;
      this.flush();
    });
  }

  /** What the parent refuses for good is the sender's to know, where it is this message. */
  #flushWith(index: number): void {
    const error = this.#flush();
    if (error === undefined) return;
    if (this.#flight.next === index && this.#window.withdraw(index)) throw error;
    this.#refused(error);
  }

  /** The parent has room again. */
  drained(): void {
    this.#isBlocked = false;
    this.flush();
  }

  /** Lets everything leave that the parent still takes, whatever may be lost of it. */
  flushAll(): void {
    this.#congestion = undefined;
    do this.drained();
    while (this.#isBlocked);
  }

  /** Lets everything leave that may, as far as it is before `end`. */
  flush(end?: number): void {
    const error = this.#flush(end);
    if (error !== undefined) this.#refused(error);
  }

  #flush(end = Number.POSITIVE_INFINITY): VnfError | undefined {
    if (this.#isFlushing) return undefined;
    this.#isFlushing = true;
    try {
      while (!this.#isHeld && !this.#isBlocked) {
        const most = this.#isModern ? MOST_PACKED : 1;
        const next = this.#flight.peek(end, PACK_UNITS, most);
        if (next === undefined || this.#isCongested(next.units)) break;
        const error = this.#transmit(next);
        if (error !== undefined) return error.code === 'ERR_BUFFER_FULL' ? undefined : error;
      }
    } finally {
      this.#isFlushing = false;
    }
    this.#checkCompletion();
    return undefined;
  }

  #isCongested(units: number): boolean {
    const onTheWay = this.#flight.units;
    return onTheWay > 0 && onTheWay + units > (this.#congestion?.units ?? Number.POSITIVE_INFINITY);
  }

  /** Sends them; what the parent refuses with a reason of its own has not left. */
  #transmit({ index, texts }: { index: number; texts: string[] }): VnfError | undefined {
    const now = this.#now();
    if (index >= this.#flight.next) this.#sample ??= { index, at: now };
    else if (this.#sample !== undefined && index <= this.#sample.index) this.#sample = undefined;
    try {
      this.#isBlocked = this.#owner.transmit(encodeMessages(this.#remote, index, texts)) === false;
    } catch (error) {
      if (error instanceof VnfError && this.#owner.isParentUp) return error;
      log.debug('a frame was lost', about(this.#owner, error));
    }
    this.#flight.left(index, texts.length, now);
    this.#timing.messagesLeft();
    return undefined;
  }

  #refused(error: VnfError): void {
    const { message: reason } = error;
    log.error('a message can never be sent', { ...about(this.#owner, error), error });
    this.#listener.dispatch({ type: 'message.undeliverable', reason });
  }

  /** The other side has told what it has. Whether something is missing, for the machine to `resend`. */
  reported(heartbeat: HeardHeartbeat): boolean {
    const now = this.#now();
    const { gapBegin, gapEnd } = heartbeat;
    const receipt = this.#receiptOf(heartbeat);
    const before = this.#flight.units;
    this.#measure(receipt, heartbeat.report?.heldMs, now);
    this.#window.acknowledge(gapBegin);
    const missing = this.#flight.reported(receipt, now, this.#timing.roundTrip.timeoutMs);
    if (missing !== undefined) this.#congestion?.lost(missing, this.#flight.next);
    else this.#congestion?.acknowledged(Math.max(before - this.#flight.units, 0));
    return missing !== undefined || this.#missesTail(gapBegin, gapEnd);
  }

  #missesTail(gapBegin: number, gapEnd: number): boolean {
    if (this.#isModern) return false;
    if (gapEnd !== NO_GAP) this.#tail.interrupted(gapBegin);
    const missing = gapEnd === NO_GAP && this.#tail.heard(gapBegin, this.#flight.next);
    if (missing) this.#flight.miss(missing);
    return Boolean(missing);
  }

  /** What is missing leaves again. */
  resend(): void {
    this.#flight.resend();
    this.flush();
  }

  #measure({ gaps, highest = -1 }: Receipt, heldMs = TOLD_BEFORE, now: number): void {
    if (this.#sample === undefined || this.#sample.index > highest) return;
    const { index, at } = this.#sample;
    this.#sample = undefined;
    const isMissing = gaps.some(({ begin, end }) => begin <= index && index <= end);
    if (!isMissing && heldMs !== TOLD_BEFORE) this.#timing.roundTrip.measured(now - heldMs - at);
  }

  /** What a HEARTBEAT tells; of a side that announced nothing only what one of version 0.2.1 would tell. */
  #receiptOf({ gapBegin, gapEnd, report }: HeardHeartbeat): Receipt {
    const gaps = gapEnd === NO_GAP ? [] : [{ begin: gapBegin, end: gapEnd }];
    if (!this.#isModern || report === undefined) return { gapBegin, gaps, highest: undefined };
    return { gapBegin, gaps: [...gaps, ...report.gaps], highest: report.highest };
  }

  /** The next receipt measures nothing. */
  forgetSample(): void {
    this.#sample = undefined;
  }

  #checkCompletion(): void {
    if (!this.#isWatched || !this.isComplete) return;
    this.#isWatched = false;
    this.#listener.dispatch({ type: 'delivery.completed' });
  }

  #now(): number {
    return this.#owner.environment.clock.now();
  }
}
