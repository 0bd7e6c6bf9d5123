/** How many messages a window keeps: what their indices cost is bounded too, however short they are. */
export const SEND_WINDOW_MESSAGES = 2 ** 20;

/** How many places a window begins with, and has again once it is empty after it had more than {@link MOST_IDLE_PLACES}. */
const FIRST_PLACES = 16;
const MOST_IDLE_PLACES = 2 ** 14;

export interface SendWindowLimits {
  /** UTF-16 units of all messages together. */
  units: number;
  /** @default SEND_WINDOW_MESSAGES */
  messages?: number;
}

/** The messages of one session that are not acknowledged, by their indices. */
export class SendWindow {
  /** A ring: the message of each index is at its remainder by the length, which is a power of two. */
  #texts: string[] = [];
  /** Beside each of them the units of all messages up to and with it. */
  #totals = new Float64Array();
  readonly #unitsLimit: number;
  readonly #messagesLimit: number;
  #first = 0;
  #next = 0;
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
    return this.#next;
  }

  /** The UTF-16 units of all that is kept. */
  get units(): number {
    return this.#total - this.#freedUnits;
  }

  /** How many UTF-16 units there is room for. */
  get capacity(): number {
    return this.#next - this.#first < this.#messagesLimit ? this.#unitsLimit - this.units : 0;
  }

  /** Keeps a message; its index, or `undefined` where there is no room, and nothing was changed. */
  push(text: string): number | undefined {
    const count = this.#next - this.#first;
    const total = this.#total + text.length;
    if (count >= this.#messagesLimit || total - this.#freedUnits > this.#unitsLimit) return undefined;
    if (count === this.#texts.length) this.#resize(Math.max(2 * count, FIRST_PLACES));
    const place = this.#placeOf(this.#next);
    this.#texts[place] = text;
    this.#totals[place] = total;
    this.#total = total;
    this.#next += 1;
    return this.#next - 1;
  }

  /** Takes the newest message back, which has not left; `false` where another one has been pushed since. */
  withdraw(index: number): boolean {
    if (index !== this.#next - 1 || index < this.#first) return false;
    this.#next = index;
    this.#total = this.#totalBefore(index);
    this.#texts[this.#placeOf(index)] = '';
    return true;
  }

  /** The message of this index, unless it is acknowledged or was never sent. */
  get(index: number): string | undefined {
    return index < this.#first || index >= this.#next ? undefined : this.#texts[this.#placeOf(index)];
  }

  /** The units of the messages from `begin` up to, and without, `end`; what is acknowledged counts nothing. */
  unitsBetween(begin: number, end: number): number {
    return begin >= end ? 0 : this.#totalBefore(Math.min(end, this.#next)) - this.#totalBefore(begin);
  }

  /** Everything before `gapBegin` has arrived. */
  acknowledge(gapBegin: number): void {
    const end = Math.min(gapBegin, this.#next);
    if (end <= this.#first) return;
    this.#freedUnits = this.#totalBefore(end);
    for (let index = this.#first; index < end; index += 1) this.#texts[this.#placeOf(index)] = '';
    this.#first = end;
    if (end === this.#next && this.#texts.length > MOST_IDLE_PLACES) this.#resize(FIRST_PLACES);
  }

  #placeOf(index: number): number {
    return index % this.#texts.length;
  }

  #totalBefore(index: number): number {
    return index <= this.#first ? this.#freedUnits : (this.#totals[this.#placeOf(index - 1)] as number);
  }

  #resize(places: number): void {
    const texts = Array.from({ length: places }, () => '');
    const totals = new Float64Array(places);
    for (let index = this.#first; index < this.#next; index += 1) {
      texts[index % places] = this.#texts[this.#placeOf(index)] as string;
      totals[index % places] = this.#totals[this.#placeOf(index)] as number;
    }
    this.#texts = texts;
    this.#totals = totals;
  }
}
