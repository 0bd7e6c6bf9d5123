import type { Wire } from './wire.ts';

/** How late a lost piece is, in ms, before it is sent again; doubled each time. */
const RESEND_MS = 200;

/** How often a piece is lost in a row at most, so that a loss of 1 comes to an end too: after 3.4 minutes. */
const MOST_LOSSES = 10;

interface Piece {
  readonly arrivesAt: number;
  readonly bytes: number;
  readonly arrive: () => void;
}

/**
 * One direction of a connection as TCP makes it: what is lost is sent again, so that it comes late and nothing passes
 * it. A partition holds everything up until it ends.
 */
export class Stream {
  readonly #wire: Wire;
  readonly #from: string;
  readonly #to: string;
  readonly #pieces: Piece[] = [];
  #timer: unknown;
  #isWaiting = false;
  #bytes = 0;
  #isSilent = false;

  constructor(wire: Wire, from: string, to: string) {
    this.#wire = wire;
    this.#from = from;
    this.#to = to;
  }

  /** What has been sent and has not arrived, in bytes. */
  get bufferedBytes(): number {
    return this.#bytes;
  }

  send(bytes: number, arrive: () => void): void {
    if (this.#isSilent) return;
    const { clock, random } = this.#wire;
    const { loss = 0 } = this.#wire.faultsOf(this.#from, this.#to);
    let wait = this.#wire.latency(this.#from, this.#to);
    for (let losses = 0; losses < MOST_LOSSES && random() < loss; losses += 1)
      wait += RESEND_MS * 2 ** losses;
    const arrivesAt = Math.max(clock.now() + wait, this.#pieces.at(-1)?.arrivesAt ?? 0);
    this.#bytes += bytes;
    this.#pieces.push({ arrivesAt, bytes, arrive });
    this.#await();
  }

  /** Loses what is on its way and all that is still sent, and tells nobody. */
  silence(): void {
    this.#isSilent = true;
    this.#wire.clock.clearTimeout(this.#timer);
    this.#pieces.length = 0;
    this.#bytes = 0;
  }

  /** Waits for the first piece, if it doesn't already. */
  #await(): void {
    const [first] = this.#pieces;
    if (this.#isWaiting || first === undefined) return;
    this.#isWaiting = true;
    const { clock } = this.#wire;
    this.#timer = clock.setTimeout(this.#arrive, first.arrivesAt - clock.now());
  }

  readonly #arrive = (): void => {
    if (this.#wire.isCut(this.#from, this.#to)) {
      this.#wire.whenChanged(this.#arrive);
      return;
    }
    this.#isWaiting = false;
    const piece = this.#pieces.shift();
    if (piece === undefined) return;
    this.#bytes -= piece.bytes;
    this.#await();
    piece.arrive();
  };
}
