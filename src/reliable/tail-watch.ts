/**
 * Finds out from the HEARTBEATs of a peer of version 0.2.1, which name no gap, that the last messages are missing
 * (PROTOCOL §4): two in a row have the same GAPBEGIN, and more had been sent before the first one.
 */
export class TailWatch {
  /** The first of the equal HEARTBEATs that came last, and how many messages had been sent then. */
  #heard: { gapBegin: number; sent: number } | undefined;
  #repeats = 0;
  /** How many repetitions it takes until what is missing is sent again. */
  #patience = 1;
  /** What had been sent when that was done last. */
  #resent = 0;

  /**
   * A HEARTBEAT without a gap has come, when so many messages had been sent. What is to be sent again, if anything: all
   * that is missing once, then after 2, 4, 8… repetitions the last message alone, since the copies may be in a queue.
   */
  heard(gapBegin: number, sent: number): { begin: number; end: number } | undefined {
    const heard = this.#heard;
    const isRepeated = heard?.gapBegin === gapBegin && heard.sent > gapBegin;
    this.#repeats = isRepeated ? this.#repeats + 1 : 0;
    if (!isRepeated) this.#heard = { gapBegin, sent };
    if (!isRepeated || this.#repeats < this.#patience) {
      if (gapBegin >= this.#resent) this.#patience = 1;
      return undefined;
    }
    const end = heard.sent - 1;
    const begin = this.#patience === 1 ? gapBegin : end;
    this.sentAgain(gapBegin, sent, 2 * this.#patience);
    return { begin, end };
  }

  /** A HEARTBEAT that names a gap ends the row. */
  interrupted(gapBegin: number): void {
    this.#heard = undefined;
    if (gapBegin >= this.#resent) this.#patience = 1;
  }

  /** All that is missing has been sent again. */
  sentAgain(gapBegin: number, sent: number, patience = 2): void {
    this.#heard = { gapBegin, sent };
    this.#repeats = 0;
    this.#patience = patience;
    this.#resent = sent;
  }
}
