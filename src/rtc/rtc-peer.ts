import type { RtcPeerEvent } from '../../machines/rtc-signaling.machine.ts';
import type { Clock } from '../core/clock.ts';
import { reasonOf } from '../core/errors.ts';
import { about, log } from '../core/logger.ts';
import { RepeatLog } from '../core/repeat-log.ts';
import { runTask } from '../core/task.ts';
import {
  candidatesIn,
  MAX_CANDIDATES,
  type Negotiation,
  type RtcCandidate,
  type RtcDescription,
} from '../protocol/rtc-signaling.ts';
import { whenClosable } from './peer-connection.node.ts';
import { RtcChannel, type RtcChannelOwner } from './rtc-channel.ts';

/** What makes peer connections: the standard's class, or one that has its methods and `on…` handlers. */
export type RtcPeerConnectionClass = new (configuration?: RTCConfiguration) => RTCPeerConnection;

export interface RtcPeerOwner {
  readonly eva: string;
  readonly targetEva: string;
  readonly clock: Clock;
  readonly maxBufferedAmount: number;
  readonly takesFrames: boolean;
  peerReport(event: RtcPeerEvent): void;
  messageArrived(message: string, peer: number): void;
}

const CHANNEL_LABEL = 'data';

/** What a peer takes that does not say what it takes (RFC 8841). */
const DEFAULT_MESSAGE_BYTES = 65_536;

/** A fact, without the number of the peer connection. */
type Fact = RtcPeerEvent extends infer E ? (E extends RtcPeerEvent ? Omit<E, 'peer'> : never) : never;

/** One peer connection and its channel. It does what it is told, one thing after the other, and reports facts. */
export class RtcPeer implements RtcChannelOwner {
  readonly connection: RTCPeerConnection;
  readonly clock: Clock;
  readonly maxBufferedAmount: number;
  readonly #number: number;
  readonly #owner: RtcPeerOwner;
  readonly #warnings = new RepeatLog();
  #channel: RtcChannel | undefined;
  #description: RtcDescription | undefined;
  /** What was found for this description, and how many of it were sent. */
  #candidates: RtcCandidate[] = [];
  #sentCandidates = 0;
  /** Whether a task tells of the candidates found. */
  #isReportDue = false;
  #receivedCandidates = 0;
  #work: Promise<boolean> = Promise.resolve(true);
  /** Until the other side's last description is taken: its candidates need it, and wait for nothing else. */
  #accepted = this.#work;
  #isClosed = false;

  /** Throws what the class of the peer connection throws. */
  constructor(number: number, connection: RTCPeerConnection, owner: RtcPeerOwner) {
    this.#number = number;
    this.#owner = owner;
    this.clock = owner.clock;
    this.maxBufferedAmount = owner.maxBufferedAmount;
    this.connection = connection;
    connection.onicecandidate = ({ candidate }) => this.#candidateFound(candidate);
    connection.onicegatheringstatechange = () => this.#reportGathering();
    connection.oniceconnectionstatechange = () => this.reportIce();
    connection.ondatachannel = ({ channel }) => this.#adopt(channel);
  }

  get eva(): string {
    return this.#owner.eva;
  }

  get targetEva(): string {
    return this.#owner.targetEva;
  }

  get maxMessageBytes(): number {
    return this.connection.sctp?.maxMessageSize ?? DEFAULT_MESSAGE_BYTES;
  }

  get takesFrames(): boolean {
    return this.#owner.takesFrames;
  }

  get channel(): RtcChannel | undefined {
    return this.#channel;
  }

  /**
   * The description that was made last, and the candidates so far; none while one is being made.
   *
   * @param isComplete - for a peer of version 0.2.1, which takes no candidate later: those inside the description as
   *   the platform writes it now, since `@roamhq/wrtc` says that gathering is complete before it tells of all
   */
  negotiation(isComplete: boolean): Omit<Negotiation, 'date'> | undefined {
    if (this.#description === undefined) return undefined;
    this.#sentCandidates = this.#candidates.length;
    if (!isComplete) return { description: this.#description, candidates: this.#candidates };
    const { type, sdp: known } = this.#description;
    const sdp = this.connection.localDescription?.sdp ?? known;
    return { description: { type, sdp }, candidates: candidatesIn(sdp) };
  }

  /** Makes the channel and an offer of it, or, where it is there already, a new offer for it. */
  createOffer(): void {
    this.#do('the offer failed', async () => {
      const isRestart = this.#channel !== undefined;
      if (!isRestart) this.#adopt(this.connection.createDataChannel(CHANNEL_LABEL, { ordered: true }));
      await this.#describe(await this.connection.createOffer(isRestart ? { iceRestart: true } : {}));
    });
  }

  createAnswer(offer: RtcDescription, candidates: readonly RtcCandidate[]): void {
    const accepted = this.#accept("the other side's offer was refused", offer, candidates);
    this.#do('the answer failed', async () => {
      if (await accepted) await this.#describe(await this.connection.createAnswer());
    });
  }

  acceptAnswer(answer: RtcDescription, candidates: readonly RtcCandidate[]): void {
    this.#accept("the other side's answer was refused", answer, candidates);
  }

  /** Adds candidates of the description that was accepted last. */
  async addCandidates(candidates: readonly RtcCandidate[]): Promise<void> {
    await this.#accepted;
    if (!this.#isClosed) this.#addCandidates(candidates);
  }

  unsentCandidates(): readonly RtcCandidate[] {
    const unsent = this.#candidates.slice(this.#sentCandidates);
    this.#sentCandidates = this.#candidates.length;
    return unsent;
  }

  /** Closes the connection, and with it the channel. Nothing is told from now on. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { connection } = this;
    connection.onicecandidate = connection.onicegatheringstatechange = null;
    connection.oniceconnectionstatechange = connection.ondatachannel = null;
    this.#channel?.detach();
    whenClosable(connection, this.#channel !== undefined, this.clock, () => this.#closeNow());
  }

  channelOpened(): void {
    this.#report({ type: 'channel.opened' });
  }

  channelClosed(): void {
    this.#report({ type: 'channel.closed', reason: 'the channel closed' });
  }

  channelDraining(): void {
    this.#report({ type: 'channel.draining' });
  }

  channelDrained(): void {
    this.#report({ type: 'channel.drained' });
  }

  messageArrived(message: string): void {
    this.#owner.messageArrived(message, this.#number);
  }

  #closeNow(): void {
    this.connection.ondatachannel = null;
    try {
      this.connection.close();
    } catch (error) {
      log.debug('a peer connection could not be closed', about(this, error));
    }
  }

  /**
   * One step after the other, since each leaves the connection in the state that the next one needs.
   *
   * @returns whether it was done
   */
  #do(failure: string, step: () => Promise<void>): Promise<boolean> {
    const done = this.#work.then(async () => {
      if (this.#isClosed) return false;
      try {
        await step();
        return true;
      } catch (error) {
        // What is under way when a connection is closed fails, and nobody waits for it.
        if (this.#isClosed) return false;
        // The end of the attempt tells it, once.
        log.debug(failure, about(this, error));
        this.#report({ type: 'peer.failed', reason: `${failure}: ${reasonOf(error)}` });
        return false;
      }
    });
    this.#work = done;
    return done;
  }

  /** The other side gets the description while the platform here still takes it: what it answers waits for that. */
  async #describe({ type, sdp = '' }: RTCSessionDescriptionInit): Promise<void> {
    this.#description = { type: type as RtcDescription['type'], sdp };
    this.#candidates = [];
    this.#sentCandidates = 0;
    const taken = this.connection.setLocalDescription({ type, sdp });
    this.#report({ type: 'description.ready' });
    await taken;
  }

  #accept(
    failure: string,
    description: RtcDescription,
    candidates: readonly RtcCandidate[],
  ): Promise<boolean> {
    this.#accepted = this.#do(failure, async () => {
      await this.connection.setRemoteDescription(description);
      this.#receivedCandidates = 0;
    });
    this.addCandidates(candidates);
    return this.#accepted;
  }

  #addCandidates(candidates: readonly RtcCandidate[]): void {
    const room = MAX_CANDIDATES - this.#receivedCandidates;
    this.#receivedCandidates += Math.min(candidates.length, room);
    if (candidates.length > room && room > 0) {
      log.warn('candidates were dropped', about(this, `the other side has sent over ${MAX_CANDIDATES}`));
    }
    // The platform takes one after the other; nothing that follows has to wait for them.
    for (const candidate of candidates.slice(0, room)) this.#addCandidate(candidate);
  }

  async #addCandidate(candidate: RtcCandidate): Promise<void> {
    try {
      await this.connection.addIceCandidate(candidate);
    } catch (error) {
      // One of a network that this side cannot use, or of before a restart: the others may do.
      log.debug('a candidate was refused', about(this, error));
    }
  }

  #adopt(channel: RTCDataChannel): void {
    if (channel.label !== CHANNEL_LABEL || this.#channel !== undefined) {
      this.#warnings.warn('a data channel was ignored', about(this, 'the connection has one, called "data"'));
      return;
    }
    this.#channel = new RtcChannel(channel, this);
    this.#channel.start();
  }

  #candidateFound(found: RTCIceCandidate | null): void {
    // None, or an empty one, is the platform's sign that there are no more.
    if (!found?.candidate) return;
    const { candidate, sdpMid, sdpMLineIndex, usernameFragment } = found;
    this.#candidates.push({
      candidate,
      sdpMid,
      sdpMLineIndex,
      ...(usernameFragment == null ? {} : { usernameFragment }),
    });
    // Several are found at once, and leave in one message.
    if (!this.#isReportDue) runTask(this.#reportCandidates);
    this.#isReportDue = true;
  }

  readonly #reportCandidates = (): void => {
    this.#isReportDue = false;
    this.#report({ type: 'candidate.found' });
  };

  #reportGathering(): void {
    if (this.connection.iceGatheringState === 'complete') this.#report({ type: 'gathering.completed' });
  }

  /** Reports the state of ICE as it is now. */
  reportIce(): void {
    switch (this.connection.iceConnectionState) {
      case 'connected':
      case 'completed':
        this.#report({ type: 'ice.connected' });
        return;
      case 'disconnected':
        this.#report({ type: 'ice.disconnected', reason: 'nothing is heard from the other side' });
        return;
      case 'failed':
        this.#report({ type: 'ice.failed', reason: 'there is no way to the other side' });
        return;
      case 'closed':
        this.#report({ type: 'channel.closed', reason: 'the peer connection was closed' });
        return;
    }
  }

  #report(fact: Fact): void {
    if (!this.#isClosed) this.#owner.peerReport({ ...fact, peer: this.#number } as RtcPeerEvent);
  }
}
