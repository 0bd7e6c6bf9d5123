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

/** The first messages that are missing, both ends included. */
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
  #next = 0;
  /** The highest index that was ever seen, kept or not: what is between it and the next one has to come. */
  #highest = -1;
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

  /** Whether a message is known to be missing. */
  get hasGap(): boolean {
    return this.#highest >= this.#next && !this.#waiting.has(this.#next);
  }

  accept(index: number, text: string): Verdict {
    if (index < this.#next || this.#waiting.has(index)) return 'duplicate';
    if (index > this.#highest) this.#highest = index;
    if (index === this.#next) {
      this.#next += 1;
      return 'delivered';
    }
    const isTooFar =
      index - this.#next >= this.#messagesLimit || this.#units + text.length > this.#unitsLimit;
    if (isTooFar) return 'tooFar';
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

  /** The first gap, for a HEARTBEAT that asks for it; no longer than what the window can keep. */
  ask(): Gap | undefined {
    this.#asked = this.hasGap ? { begin: this.#next, end: this.#gapEnd() } : undefined;
    return this.#asked;
  }

  /**
   * Whether the answer to {@link ask} has come with this index, and something is missing still. Only where the
   * answer has helped: what gets lost again and again waits for the next HEARTBEAT of the interval.
   */
  isAnswered(index: number): boolean {
    if (this.#asked === undefined || this.#next === this.#asked.begin) return false;
    return this.#next > this.#asked.end || index === this.#asked.end;
  }

  #gapEnd(): number {
    const last = Math.min(this.#highest, this.#next + this.#messagesLimit - 1);
    if (this.#waiting.size === 0) return last;
    let end = this.#next;
    while (end < last && !this.#waiting.has(end + 1)) end += 1;
    return end;
  }
}
