import { PEER_ATTEMPT } from '../../machines/connection.machine.ts';
import type { RtcSignalingEmitted } from '../../machines/rtc-signaling.machine.ts';
import { VnfError } from '../core/errors.ts';
import type { Link, LinkPort } from '../core/link.ts';
import { about, log } from '../core/logger.ts';
import type { RtcOffer, RtcSignal } from '../protocol/rtc-signaling.ts';
import { RtcAttempt, type RtcAttemptOwner, type RtcAttemptWorld } from '../rtc/rtc-attempt.ts';

/** What a link needs of its endpoint. */
export interface RtcLinkOwner extends RtcAttemptWorld {
  /** The other side starts over with this offer, which is for the connection to come. */
  offerDeferred(sourceEva: string, offer: RtcOffer): void;
  /** The connection has ended; what is left of it, if anything, still has to leave. */
  linkEnded(targetEva: string, rest: RtcAttempt | undefined): void;
}

/** One end of a connection over WebRTC: the attempt that runs, and under which number the connection knows it. */
export class RtcLink implements Link, RtcAttemptOwner {
  readonly #port: LinkPort;
  readonly #owner: RtcLinkOwner;
  #number = PEER_ATTEMPT;
  #attempt: RtcAttempt | undefined;

  constructor(port: LinkPort, owner: RtcLinkOwner) {
    this.#port = port;
    this.#owner = owner;
  }

  get eva(): string {
    return this.#port.eva;
  }

  get targetEva(): string {
    return this.#port.targetEva;
  }

  get connection(): RTCPeerConnection | undefined {
    return this.#attempt?.connection;
  }

  connect(attempt: number): void {
    this.#number = attempt;
    // Where the other side has begun one, that goes on as ours.
    if (this.#attempt === undefined) this.#start().tell({ type: 'call' });
  }

  /** Takes the offer of the other side, where there is no attempt. */
  answer(offer: RtcOffer): void {
    this.#number = PEER_ATTEMPT;
    this.#start().receive(offer);
  }

  /** Whether there is an attempt that the signal went to. */
  receive(signal: RtcSignal): boolean {
    this.#attempt?.receive(signal);
    return this.#attempt !== undefined;
  }

  signalingLost(): void {
    this.#attempt?.tell({ type: 'signaling.failed', reason: 'the signaling connection is gone' });
  }

  send(message: string): void {
    const channel = this.#attempt?.channel;
    if (channel === undefined) {
      throw new VnfError('ERR_NOT_CONNECTED', 'The channel is gone.');
    }
    channel.send(message);
  }

  getBufferedAmount(): number {
    return this.#attempt?.channel?.bufferedAmount ?? 0;
  }

  isBelow(amount: number): boolean {
    return this.#attempt?.channel?.isBelow(amount) ?? true;
  }

  requestDrain(amount: number): void {
    this.#attempt?.channel?.requestDrain(amount, () => this.#port.drained());
  }

  getSendCapacity(): number {
    return this.#attempt?.channel?.getSendCapacity() ?? 0;
  }

  getReceivedPieces(): number {
    return this.#attempt?.channel?.receivedPieces ?? 0;
  }

  abandon(): void {
    this.#attempt?.tell({ type: 'terminate' });
    this.#attempt = undefined;
  }

  disconnect(): void {
    this.#attempt?.tell({ type: 'close' });
  }

  dispose(): void {
    const rest = this.#attempt;
    this.#attempt = undefined;
    rest?.tell({ type: 'close' });
    this.#owner.linkEnded(this.targetEva, rest?.isOver ? undefined : rest);
  }

  verify(): void {}
  release(): void {}

  messageArrived(attempt: RtcAttempt, message: string): void {
    if (attempt === this.#attempt) this.#port.deliver(message);
  }

  attemptChanged(attempt: RtcAttempt, event: RtcSignalingEmitted): void {
    if (event.type === 'offer.deferred') this.#owner.offerDeferred(this.targetEva, event.signal);
    if (attempt !== this.#attempt) return;
    switch (event.type) {
      case 'attempt.opened':
        this.#port.report({ type: 'link.up', attempt: this.#number });
        return;
      case 'attempt.failed':
        this.#attempt = undefined;
        log.debug('an RTC attempt failed', about(this, event.reason));
        this.#port.report({ type: 'link.down', attempt: this.#number, reason: event.reason });
        return;
      case 'attempt.suspended':
        this.#port.report({ type: 'link.suspended', reason: event.reason });
        return;
      case 'attempt.resumed':
        this.#port.report({ type: 'link.resumed' });
        return;
      case 'attempt.lost':
        this.#port.report({ type: 'link.lost', reason: event.reason });
        return;
      case 'attempt.closed':
        this.#port.report({ type: 'link.closed' });
        return;
    }
  }

  #start(): RtcAttempt {
    this.#attempt = new RtcAttempt(this.#owner, this);
    return this.#attempt;
  }
}
