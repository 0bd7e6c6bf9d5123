/** How many messages a window keeps: what their indices cost is bounded too, however short they are. */
export const SEND_WINDOW_MESSAGES = 2 ** 20;

export interface SendWindowLimits {
  /** UTF-16 units of all messages together. */
  units: number;
  /** @default SEND_WINDOW_MESSAGES */
  messages?: number;
}

/** The messages of one session that are not acknowledged, by their indices. */
export class SendWindow {
  /** A Map, since it takes at one end and gives at the other one in constant time. */
  readonly #texts = new Map<number, string>();
  readonly #unitsLimit: number;
  readonly #messagesLimit: number;
  #first = 0;
  #next = 0;
  #units = 0;

  constructor({ units, messages = SEND_WINDOW_MESSAGES }: SendWindowLimits) {
    this.#unitsLimit = units;
    this.#messagesLimit = messages;
  }

  /** The index of the oldest message that is not acknowledged; {@link next} where there is none. */
  get first(): number {
    return this.#first;
  }

  /** The index that the next message gets: so many were ever sent. */
  get next(): number {
    return this.#next;
  }

  /** How many UTF-16 units all its messages have. */
  get units(): number {
    return this.#units;
  }

  /** How many UTF-16 units there is room for. */
  get capacity(): number {
    return this.#texts.size < this.#messagesLimit ? this.#unitsLimit - this.#units : 0;
  }

  /** Keeps a message; its index, or `undefined` where there is no room, and nothing was changed. */
  push(text: string): number | undefined {
    if (this.#texts.size >= this.#messagesLimit || this.#units + text.length > this.#unitsLimit)
      return undefined;
    const index = this.#next;
    this.#texts.set(index, text);
    this.#units += text.length;
    this.#next += 1;
    return index;
  }

  /** Takes the newest message back, which has not left; `false` where another one has been pushed since. */
  withdraw(index: number): boolean {
    if (index !== this.#next - 1 || !this.#texts.has(index)) return false;
    this.#forget(index);
    this.#next = index;
    return true;
  }

  /** The message of this index, unless it is acknowledged or was never sent. */
  get(index: number): string | undefined {
    return this.#texts.get(index);
  }

  /** Everything before `gapBegin` has arrived. */
  acknowledge(gapBegin: number): void {
    const end = Math.min(gapBegin, this.#next);
    for (; this.#first < end; this.#first += 1) this.#forget(this.#first);
  }

  #forget(index: number): void {
    this.#units -= this.#texts.get(index)?.length ?? 0;
    this.#texts.delete(index);
  }
}
