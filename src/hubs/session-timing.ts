import { ACKNOWLEDGE_DELAY_MS, type SessionTiming } from '../../machines/reliable-session.machine.ts';
import { type ControlFrame, knowsExtensions } from '../protocol/reliable.ts';
import { RoundTrip } from '../reliable/round-trip.ts';
import type { SessionOwner } from './reliable-session.ts';

/** How late a message may be that others have passed, as a share of the round trip (RFC 8985). */
const REORDER_SHARE = 1 / 4;

/** Less than that is no more than what an event loop adds. */
const SHORTEST_REORDER_MS = 2;

/** So much too early a timer may come: platforms cut its time to whole milliseconds, and so their clocks. */
const TIMER_SLACK_MS = 2;

/** How long a session waits for what, as its round trip is now. */
export class MeasuredTiming implements SessionTiming {
  readonly roundTrip = new RoundTrip();
  readonly #owner: SessionOwner;
  readonly #silenceMs: () => number;
  /** The frame of the handshake that was sent last, and when; `NaN` where it was repeated, so that an answer tells nothing. */
  #asked: { type: ControlFrame['type']; at: number } | undefined;
  #answersEarly = false;
  /** When the other side was asked, or has told of something new, last. */
  #probedAt = 0;
  /** When the first message left since then. */
  #sentAt: number | undefined;

  /** @param silenceMs - how long nothing has been heard */
  constructor(owner: SessionOwner, silenceMs: () => number) {
    this.#owner = owner;
    this.#silenceMs = silenceMs;
  }

  /** For whoever watches. */
  get roundTripMs(): number {
    return this.roundTrip.smoothedMs;
  }

  get reorderAllowanceMs(): number {
    if (this.#owner.parentControlsCongestion || !this.#answersEarly) return 0;
    return Math.max(this.roundTrip.smoothedMs * REORDER_SHARE, SHORTEST_REORDER_MS);
  }

  get askIntervalMs(): number {
    // Whoever is of version 0.2.1 answers each time with everything, whether or not it is on its way.
    if (!this.#answersEarly) return Number.POSITIVE_INFINITY;
    // The longer nobody answers, the longer it takes until the next question: each pause is twice as long.
    return Math.max(this.roundTrip.timeoutMs, this.#silenceMs());
  }

  untilProbeMs(probes: number): number {
    // What the other side has just told takes account of all that had come; an answer to anything later may be held.
    const isHeld = probes > 0 || this.#sentAt !== undefined;
    const wait = (this.roundTrip.timeoutMs + (isHeld ? ACKNOWLEDGE_DELAY_MS : 0)) * 2 ** probes;
    const at = (this.#sentAt ?? this.#probedAt) + wait;
    const left = Math.min(at, this.#probedAt + this.#owner.settings.heartbeatIntervalMs) - this.#now();
    return left > TIMER_SLACK_MS ? left : 0;
  }

  /** Messages have left. */
  messagesLeft(): void {
    this.#sentAt ??= this.#now();
  }

  /** A frame was sent, which may be one of the handshake. */
  sent(type: ControlFrame['type']): void {
    if (type !== 'frame.handshake' && type !== 'frame.accept') return;
    const isRepeated = this.#asked?.type === type;
    this.#asked = { type, at: isRepeated ? Number.NaN : this.#now() };
  }

  /** The handshake is over. */
  answered(remote: string): void {
    this.#answersEarly = knowsExtensions(remote);
    const { at = Number.NaN } = this.#asked ?? {};
    if (!Number.isNaN(at)) this.roundTrip.measured(this.#now() - at);
  }

  /** The other side was asked, or has told of something new. */
  restartProbe(): void {
    this.#probedAt = this.#now();
    this.#sentAt = undefined;
  }

  #now(): number {
    return this.#owner.environment.clock.now();
  }
}
