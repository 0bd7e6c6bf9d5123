import type { Clock } from '../core/clock.ts';
import { reasonOf, VnfError } from '../core/errors.ts';
import { bufferFull, SEND_BUFFER_UNITS } from '../core/limits.ts';
import { log } from '../core/logger.ts';
import { RepeatLog } from '../core/repeat-log.ts';
import { bytesOverLimit } from '../core/utf8.ts';

/** How much the platform may hold: enough for the fastest way there is, far below where browsers close the channel. */
const HIGH_WATER_BYTES = 2 ** 20;
/** Where the platform gets more: it still has work for some milliseconds. */
const LOW_WATER_BYTES = 2 ** 18;
/** Where the platform does not tell of its buffer (`@roamhq/wrtc`), in ms; at 30 MB/s it sends 150 kB in that time. */
const LOOK_INTERVAL_MS = 5;

export interface RtcChannelOwner {
  readonly eva: string;
  readonly targetEva: string;
  readonly clock: Clock;
  channelOpened(): void;
  channelClosed(): void;
  channelDrained(): void;
  messageArrived(message: string): void;
}

/** A data channel, and what waits for room in it. It is never closed by hand: that is the peer connection's part. */
export class RtcChannel {
  readonly #channel: RTCDataChannel;
  readonly #owner: RtcChannelOwner;
  readonly #outbox: string[] = [];
  readonly #warnings = new RepeatLog();
  #capacity = SEND_BUFFER_UNITS;
  readonly #readMaxMessageBytes: () => number;
  #maxMessageBytes = 0;
  #isHeld = false;
  #isDraining = false;
  #timer: unknown;

  /** @param maxMessageBytes - what the other side takes; asked once the channel is open */
  constructor(channel: RTCDataChannel, owner: RtcChannelOwner, maxMessageBytes: () => number) {
    this.#channel = channel;
    this.#owner = owner;
    this.#readMaxMessageBytes = maxMessageBytes;
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
    const bytes = bytesOverLimit(message, 0, this.#maxMessageBytes);
    if (bytes !== undefined) {
      throw new VnfError(
        'ERR_MESSAGE_TOO_LARGE',
        `A message through RtcHub must have at most ${this.#maxMessageBytes} bytes, which is what the other side's ` +
          `data channel takes, but it has ${bytes}: put a MarshallerHub on top, which cuts messages of any size.`,
      );
    }
    if (this.#outbox.length === 0 && this.#hasRoom() && this.#transmit(message)) return;
    const size = unitsOf(message);
    if (size > this.#capacity) throw bufferFull(this.#owner.targetEva, size, this.#capacity);
    this.#capacity -= size;
    this.#outbox.push(message);
    this.#watch();
  }

  getSendCapacity(): number {
    return this.#capacity;
  }

  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    this.#flush();
  }

  /** Tells the owner once everything sent has left. */
  drain(): void {
    this.#isDraining = true;
    this.#channel.bufferedAmountLowThreshold = 0;
    this.#flush();
  }

  /** Nothing is told from now on. */
  detach(): void {
    const channel = this.#channel;
    channel.onopen = channel.onclose = channel.onmessage = channel.onbufferedamountlow = null;
    this.#owner.clock.clearTimeout(this.#timer);
    this.#isHeld = true;
  }

  readonly #opened = (): void => {
    this.#maxMessageBytes = this.#readMaxMessageBytes();
    this.#owner.channelOpened();
  };

  readonly #flush = (): void => {
    let sent = 0;
    for (const message of this.#outbox) {
      if (!this.#hasRoom() || !this.#transmit(message)) break;
      this.#capacity += unitsOf(message);
      sent += 1;
    }
    this.#outbox.splice(0, sent);
    if (this.#outbox.length > 0) this.#watch();
    else if (this.#isDraining) this.#checkDrained();
  };

  #checkDrained(): void {
    if (this.#channel.bufferedAmount > 0) {
      this.#watch();
      return;
    }
    this.#isDraining = false;
    this.#owner.channelDrained();
  }

  /** Comes back when there is room; where the platform has an event for that, the event does. */
  #watch(): void {
    // Held, nothing may leave, and the release looks again.
    if (this.#isHeld || this.#timer !== undefined || hasLowEvent(this.#channel)) return;
    this.#timer = this.#owner.clock.setTimeout(() => {
      this.#timer = undefined;
      this.#flush();
    }, LOOK_INTERVAL_MS);
  }

  #hasRoom(): boolean {
    return !this.#isHeld && this.#channel.bufferedAmount < HIGH_WATER_BYTES;
  }

  #transmit(message: string): boolean {
    try {
      this.#channel.send(message);
      return true;
    } catch (error) {
      // It has closed, and is about to say so.
      const { eva, targetEva } = this.#owner;
      log.debug('a message stays', { endpoint: eva, peer: targetEva, reason: reasonOf(error) });
      return false;
    }
  }

  #receive(data: unknown): void {
    if (typeof data === 'string') {
      this.#owner.messageArrived(data);
      return;
    }
    const { eva, targetEva } = this.#owner;
    const details = { endpoint: eva, peer: targetEva, reason: 'it is no text' };
    this.#warnings.warn('a malformed message was dropped', details);
  }
}

/** `@roamhq/wrtc` has neither the event nor the threshold. A threshold that was set there is just a property. */
function hasLowEvent(channel: RTCDataChannel): boolean {
  return 'onbufferedamountlow' in Object.getPrototypeOf(channel);
}

/** What a message counts in the buffer; an empty one too takes room. */
function unitsOf(message: string): number {
  return Math.max(message.length, 1);
}
