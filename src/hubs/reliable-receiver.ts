import type { SessionEvent } from '../../machines/reliable-session.machine.ts';
import {
  knowsExtensions,
  type MessageFrame,
  MOST_GAPS,
  NO_GAP,
  type Report,
  TOLD_BEFORE,
} from '../protocol/reliable.ts';
import { ReceiveWindow } from '../reliable/receive-window.ts';

/** So many messages or UTF-16 units are acknowledged at once, if the other side takes that. */
const ACKNOWLEDGE_MESSAGES = 4096;
const ACKNOWLEDGE_UNITS = 2 ** 18;

/** So many frames are, where the other side may send only as much as is acknowledged (RFC 5681). */
const ACKNOWLEDGE_FRAMES = 2;

/** The machine, which hears what has become of what was received, and whom it is for. */
export interface ReceiverListener {
  dispatch(event: SessionEvent): void;
  deliver(text: string): void;
}

/** The way of messages into one session: into their order, each once, and what is told of them. */
export class ReliableReceiver {
  readonly #listener: ReceiverListener;
  readonly #window = new ReceiveWindow();
  readonly #now: () => number;
  /** Whether the other side takes HEARTBEATs before the interval is over. */
  readonly #acknowledgesEarly: boolean;
  readonly #framesLimit: number;
  /** What has come since the last HEARTBEAT. */
  #frames = 0;
  #messages = 0;
  #units = 0;
  /** When the highest message came. */
  #highestAt = 0;
  #toldHighest = -1;

  constructor(
    remote: string,
    parentControlsCongestion: boolean,
    now: () => number,
    listener: ReceiverListener,
  ) {
    this.#acknowledgesEarly = knowsExtensions(remote);
    this.#framesLimit = parentControlsCongestion ? Number.POSITIVE_INFINITY : ACKNOWLEDGE_FRAMES;
    this.#now = now;
    this.#listener = listener;
  }

  /** Everything before this index was delivered. */
  get next(): number {
    return this.#window.next;
  }

  /** Whether a HEARTBEAT has something to tell that the one before has not. */
  get hasNews(): boolean {
    return this.#frames > 0 || this.#window.hasGap;
  }

  receive({ index, texts }: MessageFrame): void {
    const window = this.#window;
    const { highest, hasGap } = window;
    let isDuplicate = false;
    let units = 0;
    for (let at = 0; at < texts.length; at += 1) {
      const text = texts[at] as string;
      const verdict = window.accept(index + at, text);
      units += text.length;
      if (verdict === 'duplicate') isDuplicate = true;
      if (verdict !== 'delivered') continue;
      this.#listener.deliver(text);
      if (window.isWaiting) this.#deliverWaiting();
    }
    if (window.highest > highest) this.#highestAt = this.#now();
    if (hasGap || window.hasGap) this.#reportGap(hasGap, index + texts.length - 1);
    this.#count(texts.length, units, isDuplicate);
  }

  #deliverWaiting(): void {
    for (let next = this.#window.take(); next !== undefined; next = this.#window.take()) {
      this.#listener.deliver(next);
    }
  }

  /** So many messages were sent: whatever has not come is missing. */
  expect(sent: number): void {
    const { hasGap } = this.#window;
    this.#window.expect(sent);
    if (!hasGap && this.#window.hasGap) this.#listener.dispatch({ type: 'gap.detected' });
  }

  /** What is missing has had its time to come. */
  confirmGaps(): void {
    this.#window.confirmGaps();
  }

  #reportGap(hadGap: boolean, last: number): void {
    if (!this.#window.hasGap) this.#listener.dispatch({ type: 'gap.closed' });
    else if (!hadGap) this.#listener.dispatch({ type: 'gap.detected' });
    else if (this.#window.isAnswered(last)) this.#listener.dispatch({ type: 'gap.remains' });
  }

  #count(messages: number, units: number, isDuplicate: boolean): void {
    const isFirst = this.#frames === 0;
    this.#frames += 1;
    this.#messages += messages;
    this.#units += units;
    if (!this.#acknowledgesEarly) return;
    // While something is missing, whoever may send no more has to know of everything that arrives (RFC 5681).
    const isAwaited = this.#window.hasGap && this.#framesLimit === ACKNOWLEDGE_FRAMES;
    const isDue =
      isAwaited ||
      this.#messages >= ACKNOWLEDGE_MESSAGES ||
      this.#units >= ACKNOWLEDGE_UNITS ||
      this.#frames >= this.#framesLimit;
    if (isDue || isDuplicate) this.#listener.dispatch({ type: 'acknowledgement.due' });
    else if (isFirst) this.#listener.dispatch({ type: 'acknowledgement.owed' });
  }

  /** What a HEARTBEAT says of what has come: with all gaps to a side that knows the extensions, else the first one. */
  tell(): { gapBegin: number; gapEnd: number } & Pick<Report, 'highest' | 'heldMs' | 'gaps'> {
    this.#frames = 0;
    this.#messages = 0;
    this.#units = 0;
    const { highest, next } = this.#window;
    const isNew = highest > this.#toldHighest;
    this.#toldHighest = highest;
    return {
      gapBegin: next,
      gapEnd: this.#window.ask()?.end ?? NO_GAP,
      highest,
      heldMs: isNew ? Math.floor(this.#now() - this.#highestAt) : TOLD_BEFORE,
      gaps: this.#window.furtherGaps(MOST_GAPS),
    };
  }
}
