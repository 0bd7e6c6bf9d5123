/** How many messages a window keeps: what their indices cost is bounded too, however short they are. */
export const SEND_WINDOW_MESSAGES = 2 ** 20;

/** So many places that are free are given back at once, so that this costs nothing a message. */
const SPARE_PLACES = 1024;

export interface SendWindowLimits {
  /** UTF-16 units of all messages together. */
  units: number;
  /** @default SEND_WINDOW_MESSAGES */
  messages?: number;
}

/** The messages of one session that are not acknowledged, by their indices. */
export class SendWindow {
  /** Those from {@link #base} on; places before {@link first} are free, and empty. */
  #texts: string[] = [];
  /** For each of them the units of all messages up to and with it. */
  #totals: number[] = [];
  readonly #unitsLimit: number;
  readonly #messagesLimit: number;
  #base = 0;
  #first = 0;
  /** The units of all messages before {@link first}, and of all that there ever were. */
  #freedUnits = 0;
  #total = 0;

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
    return this.#base + this.#texts.length;
  }

  /** The UTF-16 units of all that is kept. */
  get units(): number {
    return this.#total - this.#freedUnits;
  }

  /** How many UTF-16 units there is room for. */
  get capacity(): number {
    return this.next - this.#first < this.#messagesLimit ? this.#unitsLimit - this.units : 0;
  }

  /** Keeps a message; its index, or `undefined` where there is no room, and nothing was changed. */
  push(text: string): number | undefined {
    const { next } = this;
    const total = this.#total + text.length;
    if (next - this.#first >= this.#messagesLimit || total - this.#freedUnits > this.#unitsLimit)
      return undefined;
    this.#texts.push(text);
    this.#totals.push(total);
    this.#total = total;
    return next;
  }

  /** Takes the newest message back, which has not left; `false` where another one has been pushed since. */
  withdraw(index: number): boolean {
    if (index !== this.next - 1 || index < this.#first) return false;
    this.#total -= (this.#texts.pop() as string).length;
    this.#totals.pop();
    return true;
  }

  /** The message of this index, unless it is acknowledged or was never sent. */
  get(index: number): string | undefined {
    return index < this.#first ? undefined : this.#texts[index - this.#base];
  }

  /** The units of the messages from `begin` up to, and without, `end`; what is acknowledged counts nothing. */
  unitsBetween(begin: number, end: number): number {
    return begin >= end ? 0 : this.#totalBefore(Math.min(end, this.next)) - this.#totalBefore(begin);
  }

  /** Everything before `gapBegin` has arrived. */
  acknowledge(gapBegin: number): void {
    const end = Math.min(gapBegin, this.next);
    if (end <= this.#first) return;
    this.#freedUnits = this.#totalBefore(end);
    for (let index = this.#first; index < end; index += 1) this.#texts[index - this.#base] = '';
    this.#first = end;
    const free = end - this.#base;
    if (free < SPARE_PLACES || 2 * free < this.#texts.length) return;
    this.#texts = this.#texts.slice(free);
    this.#totals = this.#totals.slice(free);
    this.#base = end;
  }

  #totalBefore(index: number): number {
    return index <= this.#first ? this.#freedUnits : (this.#totals[index - 1 - this.#base] as number);
  }
}
