import type { Gap } from './receive-window.ts';
import type { SendWindow } from './send-window.ts';

/** So many missing messages are looked at for one report; the others come with the next one. */
export const MOST_MISSING = 16_384;

/** How many times the wait for a copy doubles: without an end, few losses in a row would hold up a stream for minutes. */
const MOST_DOUBLINGS = 3;

/** What the other side says of the messages that it has received. */
export interface Receipt {
  /** Everything before this index has arrived. */
  gapBegin: number;
  /** What is missing, in order. */
  gaps: readonly Gap[];
  /** The highest index that has arrived; a side of version 0.2.1 tells of none behind the first gap. */
  highest: number | undefined;
}

/** A message that was reported missing. */
interface Missing {
  /** When its last copy left; `undefined` while it waits for that. */
  sentAt: number | undefined;
  copies: number;
}

/** What of a {@link SendWindow} has left, what of that is missing, and what is to leave next. */
export class Flight {
  readonly #window: SendWindow;
  readonly #headUnits: number;
  /** The first message that has never left. */
  #next = 0;
  /** What is not missing and before this index has arrived. */
  #told = 0;
  #missing = new Map<number, Missing>();
  /** The missing ones that leave again, in order. */
  #queue: number[] = [];
  /** The units of the missing ones that have left again. */
  #copiedUnits = 0;

  /** @param headUnits - what each message takes in a frame besides itself */
  constructor(window: SendWindow, headUnits: number) {
    this.#window = window;
    this.#headUnits = headUnits;
  }

  /** The first message that has never left; so many have left. */
  get next(): number {
    return this.#next;
  }

  /** The units that are on their way, as far as is known. */
  get units(): number {
    return this.#unitsBetween(this.#told, this.#next) + this.#copiedUnits;
  }

  /** What these messages take in frames; what is acknowledged takes nothing. */
  #unitsBetween(begin: number, end: number): number {
    const count = Math.max(end - Math.max(begin, this.#window.first), 0);
    return this.#window.unitsBetween(begin, end) + count * this.#headUnits;
  }

  /**
   * The next messages to leave, which follow each other and are before `end`: the missing ones before the new ones. Only
   * the first one, or as many as fit into `room`, and `most` at most; and the units that they take.
   */
  peek(
    end: number,
    room: number,
    most: number,
  ): { index: number; texts: string[]; units: number } | undefined {
    const isAgain = this.#queue.length > 0;
    const index = isAgain ? (this.#queue[0] as number) : this.#next;
    const texts: string[] = [];
    let units = 0;
    for (let at = index; at < end && texts.length < most; at += 1) {
      if (isAgain && this.#queue[at - index] !== at) break;
      const text = this.#window.get(at);
      if (text === undefined) break;
      const together = units + text.length + this.#headUnits;
      if (together > room && texts.length > 0) break;
      units = together;
      texts.push(text);
    }
    return texts.length === 0 ? undefined : { index, texts, units };
  }

  /** What {@link peek} has given has left. */
  left(index: number, count: number, now: number): void {
    if (index === this.#queue[0]) {
      this.#queue.splice(0, count);
      for (let at = index; at < index + count; at += 1) {
        const missing = this.#missing.get(at);
        if (missing === undefined) continue;
        missing.sentAt = now;
        missing.copies += 1;
        this.#copiedUnits += this.#unitsBetween(at, at + 1);
      }
    } else {
      // What was answered meanwhile may be more than this.
      this.#next = Math.max(this.#next, index + count);
    }
  }

  /**
   * The other side has reported. The first message that is missing, and not on its way again: each copy is given
   * `patienceMs`, and twice as long as the one before, up to eight times.
   */
  reported({ gapBegin, gaps, highest }: Receipt, now: number, patienceMs: number): number | undefined {
    const before = this.#missing;
    this.#next = Math.max(this.#next, this.#window.first);
    // One that was overtaken by a later one.
    if (gapBegin < this.#window.first || (highest !== undefined && highest + 1 < this.#told))
      return undefined;
    this.#told = Math.min(highest === undefined ? this.#guessTold(gapBegin, gaps) : highest + 1, this.#next);
    this.#missing = new Map();
    this.#queue = [];
    this.#copiedUnits = 0;
    let first: number | undefined;
    for (const { begin, end } of gaps) {
      for (let index = Math.max(begin, this.#window.first); index <= end && index < this.#next; index += 1) {
        if (this.#missing.size === MOST_MISSING) return first;
        const missing = before.get(index) ?? { sentAt: undefined, copies: 0 };
        const { sentAt = now, copies } = missing;
        const waitMs = patienceMs * 2 ** Math.min(copies - 1, MOST_DOUBLINGS);
        if (now - sentAt >= waitMs) missing.sentAt = undefined;
        if (missing.sentAt === undefined) first ??= index;
        else this.#copiedUnits += this.#unitsBetween(index, index + 1);
        this.#missing.set(index, missing);
      }
    }
    return first;
  }

  /** Who names a gap has heard what followed it; most of the rest has arrived too, since such a side seldom tells. */
  #guessTold(gapBegin: number, gaps: readonly Gap[]): number {
    return gaps.length > 0 ? this.#next : gapBegin;
  }

  /** These are missing as well, whatever was reported of them. */
  miss({ begin, end }: Gap): void {
    for (let index = Math.max(begin, this.#window.first); index <= end && index < this.#next; index += 1) {
      const { copies = 0 } = this.#missing.get(index) ?? {};
      this.#missing.set(index, { sentAt: undefined, copies });
    }
    this.#told = Math.max(this.#told, Math.min(end + 1, this.#next));
  }

  /** What is missing, and not on its way again, leaves next. */
  resend(): void {
    this.#queue = [...this.#missing].flatMap(([index, { sentAt }]) => (sentAt === undefined ? index : []));
    this.#queue.sort((a, b) => a - b);
  }

  /** Nothing is on its way any more: what is not known to have arrived leaves next. */
  restart(receipt: Receipt): void {
    const { gapBegin, gaps, highest = gaps.at(-1)?.end ?? -1 } = receipt;
    this.#missing.clear();
    this.#told = 0;
    this.#next = Math.min(this.#next, Math.max(highest + 1, gapBegin));
    this.reported(receipt, 0, 0);
    this.resend();
  }
}
