import type { Clock } from '../core/clock.ts';
import { bytesOver, checkBytes, checkRoom, MOST_BYTES_PER_UNIT } from '../core/limits.ts';
import { about, log } from '../core/logger.ts';
import { RepeatLog } from '../core/repeat-log.ts';
import { FragmentReader, fragmentsOfText, GOODBYE, MAX_FRAGMENTED_BYTES } from '../protocol/rtc-frames.ts';

/** How much the platform may hold: enough for the fastest way there is, far below where browsers close the channel. */
const HIGH_WATER_BYTES = 2 ** 20;
/** Where the platform gets more: it still has work for some milliseconds. */
const LOW_WATER_BYTES = 2 ** 18;
/** Where the platform does not tell of its buffer (`@roamhq/wrtc`), in ms; at 30 MB/s it sends 150 kB in that time. */
const LOOK_INTERVAL_MS = 5;
/** What has left the buffer is still on its way, and closing the peer connection would lose it. */
const LINGER_MS = 100;

export interface RtcChannelOwner {
  readonly eva: string;
  readonly targetEva: string;
  readonly clock: Clock;
  /** What may wait for the platform to take it, in UTF-16 units. */
  readonly maxBufferedAmount: number;
  /** What the other side takes in one message, in bytes; known once the channel is open. */
  readonly maxMessageBytes: number;
  /** Whether the other side knows frames that are no text. */
  readonly takesFrames: boolean;
  channelOpened(): void;
  channelClosed(): void;
  /** Some of what was sent has left. */
  channelDraining(): void;
  channelDrained(): void;
  messageArrived(message: string): void;
}

/** A data channel, and what waits for room in it. */
export class RtcChannel {
  readonly #channel: RTCDataChannel;
  readonly #owner: RtcChannelOwner;
  readonly #outbox: Frame[] = [];
  readonly #reader = new FragmentReader();
  readonly #warnings = new RepeatLog();
  /** What the outbox counts in the buffer. */
  #waiting = 0;
  /** Who is to be told once no more than so much is left. */
  #awaited: { amount: number; tell: () => void } | undefined;
  /** What the platform can hold at most: what it held when it was asked last, and what was sent since. */
  #mostBuffered = 0;
  #maxMessageBytes = 0;
  #isHeld = false;
  #isDraining = false;
  /** What had not left when it was looked at last. */
  #undrained = Number.POSITIVE_INFINITY;
  #receivedPieces = 0;
  #timer: unknown;

  constructor(channel: RTCDataChannel, owner: RtcChannelOwner) {
    this.#channel = channel;
    this.#owner = owner;
    channel.binaryType = 'arraybuffer';
    channel.onopen = this.#opened;
    channel.onclose = () => owner.channelClosed();
    channel.onmessage = ({ data }) => this.#receive(data);
    channel.bufferedAmountLowThreshold = LOW_WATER_BYTES;
    channel.onbufferedamountlow = this.#flush;
  }

  /** Tells that it is open where it came so: once its owner can find it, since somebody may send at once. */
  start(): void {
    if (this.#channel.readyState === 'open') this.#opened();
  }

  /** Sends a message, or keeps it until there is room. */
  send(message: string): void {
    const isWhole = bytesOver(message, 0, this.#maxMessageBytes) === undefined;
    const frames = isWhole ? [message] : this.#cut(message);
    const size = frames.reduce((sum, frame) => sum + unitsOf(frame), 0);
    checkRoom(this.#owner.targetEva, size, this.getSendCapacity());
    for (const frame of frames) {
      if (this.#outbox.length === 0 && this.#hasRoom() && this.#transmit(frame)) continue;
      this.#waiting += unitsOf(frame);
      this.#outbox.push(frame);
    }
    if (this.#outbox.length > 0) this.#watch();
  }

  getSendCapacity(): number {
    return this.#owner.maxBufferedAmount - this.#waiting;
  }

  /** What has not left: here in UTF-16 units, in the platform's buffer in bytes. */
  get bufferedAmount(): number {
    this.#mostBuffered = this.#channel.bufferedAmount;
    return this.#waiting + this.#mostBuffered;
  }

  isBelow(amount: number): boolean {
    return this.#waiting + this.#mostBuffered < amount || this.bufferedAmount < amount;
  }

  /** Calls `tell` once no more than `amount` is left, in an event or a timer of its own. */
  requestDrain(amount: number, tell: () => void): void {
    this.#awaited = { amount, tell };
    this.#channel.bufferedAmountLowThreshold = Math.min(LOW_WATER_BYTES, amount);
    this.#watch();
  }

  /** How many fragments have come: what shows that the other side is there while a long message is under way. */
  get receivedPieces(): number {
    return this.#receivedPieces;
  }

  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    this.#transmitWaiting();
    this.#watch();
  }

  /** Says goodbye, and tells the owner once everything sent has left. */
  drain(): void {
    this.#isDraining = true;
    this.#awaited = undefined;
    // Whatever room there is: it is the last one, and small.
    if (this.#owner.takesFrames) this.#outbox.push(GOODBYE);
    this.#channel.bufferedAmountLowThreshold = 0;
    this.#flush();
  }

  /** Waits for the answer to the goodbye, or where there is none long enough for most of what is on its way. */
  linger(): void {
    const { clock, takesFrames } = this.#owner;
    if (this.#outbox.length > 0)
      log.warn('messages were given up', about(this.#owner, `${this.#outbox.length} had not left`));
    clock.clearTimeout(this.#timer);
    if (!takesFrames) this.#timer = clock.setTimeout(() => this.#owner.channelClosed(), LINGER_MS);
  }

  /** Nothing is told from now on. */
  detach(): void {
    const channel = this.#channel;
    channel.onopen = channel.onclose = channel.onmessage = channel.onbufferedamountlow = null;
    this.#owner.clock.clearTimeout(this.#timer);
    this.#isHeld = true;
  }

  readonly #opened = (): void => {
    this.#maxMessageBytes = this.#owner.maxMessageBytes;
    this.#owner.channelOpened();
  };

  readonly #flush = (): void => {
    this.#transmitWaiting();
    if (this.#isDraining) this.#checkDrained();
    else if (this.#isLow()) this.#tellDrained();
    this.#watch();
  };

  #transmitWaiting(): void {
    let sent = 0;
    for (const frame of this.#outbox) {
      if (!this.#hasRoom() || !this.#transmit(frame)) break;
      this.#waiting -= unitsOf(frame);
      sent += 1;
    }
    this.#outbox.splice(0, sent);
  }

  /** Whether somebody waits for no more than what is left now. */
  #isLow(): boolean {
    return this.#awaited !== undefined && this.bufferedAmount <= this.#awaited.amount;
  }

  #tellDrained(): void {
    const awaited = this.#awaited;
    this.#awaited = undefined;
    this.#channel.bufferedAmountLowThreshold = LOW_WATER_BYTES;
    awaited?.tell();
  }

  #checkDrained(): void {
    const undrained = this.#channel.bufferedAmount + this.#outbox.length;
    if (undrained > 0) {
      if (undrained < this.#undrained) this.#owner.channelDraining();
      this.#undrained = undrained;
      return;
    }
    this.#isDraining = false;
    this.#owner.channelDrained();
  }

  /** Comes back when there is room; where the platform has an event for that, the event does, but shows no progress. */
  #watch(): void {
    // Held, nothing may leave, and the release looks again.
    if (this.#isHeld || this.#timer !== undefined) return;
    const isWaiting = this.#outbox.length > 0 || this.#awaited !== undefined;
    const isDue = hasLowEvent(this.#channel) ? this.#isLow() : isWaiting;
    if (!isDue && !this.#isDraining) return;
    this.#timer = this.#owner.clock.setTimeout(() => {
      this.#timer = undefined;
      this.#flush();
    }, LOOK_INTERVAL_MS);
  }

  #hasRoom(): boolean {
    if (this.#isHeld) return false;
    // Asking is slow in `@roamhq/wrtc`, whose answer comes from another thread.
    if (this.#mostBuffered >= HIGH_WATER_BYTES) this.#mostBuffered = this.#channel.bufferedAmount;
    return this.#mostBuffered < HIGH_WATER_BYTES;
  }

  #cut(message: string): Frame[] {
    const limit = this.#owner.takesFrames ? MAX_FRAGMENTED_BYTES : this.#maxMessageBytes;
    checkBytes('A message through RtcHub', message, 0, limit);
    return fragmentsOfText(message);
  }

  #transmit(frame: Frame): boolean {
    try {
      // One of the declared overloads takes each.
      this.#channel.send(frame as string);
      this.#mostBuffered += frame.length * (typeof frame === 'string' ? MOST_BYTES_PER_UNIT : 1);
      return true;
    } catch (error) {
      // It has closed, and is about to say so.
      log.debug('a message stays', about(this.#owner, error));
      return false;
    }
  }

  #receive(data: string | ArrayBuffer): void {
    const message = typeof data === 'string' ? data : this.#read(data);
    if (typeof message === 'string') this.#owner.messageArrived(message);
    else if (message === GOODBYE) this.#owner.channelClosed();
  }

  #read(frame: ArrayBuffer): string | typeof GOODBYE | undefined {
    this.#receivedPieces += 1;
    try {
      return this.#reader.read(frame);
    } catch (error) {
      this.#warnings.warn('a malformed message was dropped', about(this.#owner, error));
      return undefined;
    }
  }
}

/** What the channel carries in one message: a text, or a fragment of one. */
type Frame = string | Uint8Array<ArrayBuffer>;

/** `@roamhq/wrtc` has neither the event nor the threshold. A threshold that was set there is just a property. */
function hasLowEvent(channel: RTCDataChannel): boolean {
  return 'onbufferedamountlow' in Object.getPrototypeOf(channel);
}

/** What a frame counts in the buffer; an empty one too takes room. */
function unitsOf(frame: Frame): number {
  return Math.max(frame.length, 1);
}
