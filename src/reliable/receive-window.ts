/** How many indices after the next one a message may be ahead to be kept. */
export const RECEIVE_WINDOW_MESSAGES = 65_536;

/** How many UTF-16 units a session keeps of messages that wait for an earlier one: 64 Mi, one largest message. */
export const RECEIVE_WINDOW_UNITS = 2 ** 26;

export interface ReceiveWindowLimits {
  /** @default RECEIVE_WINDOW_UNITS */
  units?: number;
  /** @default RECEIVE_WINDOW_MESSAGES */
  messages?: number;
}

/** Messages that are missing, both ends included. */
export interface Gap {
  begin: number;
  end: number;
}

/**
 * What became of a message: `delivered`, it is the next one, hand it on, and then whatever {@link
 * ReceiveWindow.take} gives; `gap`, it is kept until an earlier one has come; `duplicate` and `tooFar`, it is
 * dropped, the latter to be asked for again.
 */
export type Verdict = 'delivered' | 'duplicate' | 'gap' | 'tooFar';

/** Puts the messages of one session into their order, each once. */
export class ReceiveWindow {
  readonly #waiting = new Map<number, string>();
  readonly #unitsLimit: number;
  readonly #messagesLimit: number;
  /** What is missing up to {@link highest}, in order; no two of them touch. */
  readonly #gaps: Gap[] = [];
  #next = 0;
  #highest = -1;
  /** What is missing from this index on may still be on its way. */
  #confirmed = 0;
  #units = 0;
  /** What was asked for last. */
  #asked: Gap | undefined;

  constructor({
    units = RECEIVE_WINDOW_UNITS,
    messages = RECEIVE_WINDOW_MESSAGES,
  }: ReceiveWindowLimits = {}) {
    this.#unitsLimit = units;
    this.#messagesLimit = messages;
  }

  /** Everything before this index was delivered. */
  get next(): number {
    return this.#next;
  }

  /** The highest index that is known to have been sent, −1 for none. */
  get highest(): number {
    return this.#highest;
  }

  /** Whether a message is known to be missing. */
  get hasGap(): boolean {
    return this.#gaps.length > 0;
  }

  /** Whether messages wait for earlier ones. */
  get isWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  accept(index: number, text: string): Verdict {
    if (index === this.#next && index > this.#highest && !this.hasGap) {
      // Nearly always.
      this.#next += 1;
      this.#highest = index;
      return 'delivered';
    }
    if (index < this.#next || this.#waiting.has(index)) return 'duplicate';
    this.expect(index + 1);
    if (index === this.#next) {
      this.#fill(index);
      this.#next += 1;
      return 'delivered';
    }
    const isTooFar =
      index - this.#next >= this.#messagesLimit || this.#units + text.length > this.#unitsLimit;
    if (isTooFar) return 'tooFar';
    this.#fill(index);
    this.#waiting.set(index, text);
    this.#units += text.length;
    return 'gap';
  }

  /** The next message of those that waited, once what was before it is delivered. */
  take(): string | undefined {
    const text = this.#waiting.get(this.#next);
    if (text === undefined) return undefined;
    this.#waiting.delete(this.#next);
    this.#units -= text.length;
    this.#next += 1;
    return text;
  }

  /** So many messages have been sent: those that have not come are missing. */
  expect(sent: number): void {
    if (sent - 1 <= this.#highest) return;
    const last = this.#gaps.at(-1);
    if (last?.end === this.#highest) last.end = sent - 1;
    else this.#gaps.push({ begin: this.#highest + 1, end: sent - 1 });
    this.#highest = sent - 1;
  }

  /** What is missing now is lost: from now on it is asked for. */
  confirmGaps(): void {
    this.#confirmed = this.#highest + 1;
  }

  /** The first gap that is confirmed, for a HEARTBEAT that asks for it; no longer than what the window can keep. */
  ask(): Gap | undefined {
    [this.#asked] = this.#confirmedGaps(0, 1);
    return this.#asked;
  }

  /** Up to so many confirmed gaps after the first one. */
  furtherGaps(count: number): Gap[] {
    return this.#confirmedGaps(1, count + 1);
  }

  /**
   * Whether the answer to {@link ask} has come with this index, and something is missing still. Only where the
   * answer has helped: what gets lost again and again waits for the next HEARTBEAT of the interval.
   */
  isAnswered(index: number): boolean {
    if (this.#asked === undefined || this.#next === this.#asked.begin) return false;
    return this.#next > this.#asked.end || index === this.#asked.end;
  }

  #confirmedGaps(from: number, to: number): Gap[] {
    const limit = Math.min(this.#confirmed, this.#next + this.#messagesLimit) - 1;
    const gaps = this.#gaps.slice(from, to).filter(({ begin }) => begin <= limit);
    return gaps.map(({ begin, end }) => ({ begin, end: Math.min(end, limit) }));
  }

  /** The message of this index, which was missing, has come. */
  #fill(index: number): void {
    const at = this.#gapOf(index);
    const { begin, end } = this.#gaps[at] as Gap;
    const rest = [
      { begin, end: index - 1 },
      { begin: index + 1, end },
    ].filter((gap) => gap.begin <= gap.end);
    this.#gaps.splice(at, 1, ...rest);
  }

  /** Which gap has this index. */
  #gapOf(index: number): number {
    let low = 0;
    let high = this.#gaps.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#gaps[middle] as Gap).begin <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
