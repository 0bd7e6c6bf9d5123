import {
  type RtcPeerEvent,
  type RtcSignalingEmitted,
  type RtcSignalingEvent,
  type RtcSignalingInput,
  type RtcSignalingTransport,
  rtcSignalingMachine,
} from '../../machines/rtc-signaling.machine.ts';
import { MachineActor } from '../core/actors.ts';
import type { Clock } from '../core/clock.ts';
import type { ParentEndpoint } from '../core/contracts.ts';
import { reasonOf } from '../core/errors.ts';
import type { Environment } from '../core/options.ts';
import {
  encodeRtcSignal,
  FEATURES,
  type RtcAnswer,
  type RtcAttemptFacts,
  type RtcCandidates,
  type RtcOffer,
  type RtcRestart,
  type RtcSignal,
} from '../protocol/rtc-signaling.ts';
import { RtcPeer, type RtcPeerOwner } from './rtc-peer.ts';

/** What an attempt needs of its endpoint. */
export interface RtcAttemptWorld {
  readonly parent: ParentEndpoint;
  readonly environment: Environment;
  readonly settings: RtcSignalingInput['settings'];
  createPeerConnection(): RTCPeerConnection;
  /** Never throws. */
  closeSignaling(targetEva: string): void;
  /** A `connectionCreateDate` that no other attempt of the endpoint has. */
  nextDate(): number;
}

export interface RtcAttemptOwner {
  readonly eva: string;
  readonly targetEva: string;
  attemptChanged(attempt: RtcAttempt, event: RtcSignalingEmitted): void;
  messageArrived(attempt: RtcAttempt, message: string): void;
}

/** One attempt at a channel: the actor that decides, and the peer connection and signals that it decides on. */
export class RtcAttempt implements RtcSignalingTransport, RtcPeerOwner {
  readonly eva: string;
  readonly targetEva: string;
  readonly clock: Clock;
  readonly maxBufferedAmount: number;
  readonly #world: RtcAttemptWorld;
  readonly #owner: RtcAttemptOwner;
  readonly #actor: MachineActor<typeof rtcSignalingMachine>;
  readonly #unobserve: () => void;
  #peer: RtcPeer | undefined;

  constructor(world: RtcAttemptWorld, owner: RtcAttemptOwner) {
    const { eva, targetEva } = owner;
    const { environment, settings } = world;
    this.eva = eva;
    this.targetEva = targetEva;
    this.clock = environment.clock;
    this.maxBufferedAmount = environment.maxBufferedAmount;
    this.#world = world;
    this.#owner = owner;
    const input = { transport: this, settings, eva, targetEva, date: world.nextDate() };
    this.#actor = new MachineActor(rtcSignalingMachine, input, environment, owner, {
      told: (event) => owner.attemptChanged(this, event),
      ended: () => this.#unobserve(),
    }).start();
    // What has not left when the page is left never will.
    this.#unobserve = environment.pageLife.observe({
      wake: () => this.tell({ type: 'wake' }),
      release: () => this.tell({ type: 'terminate' }),
    });
  }

  get connection(): RTCPeerConnection | undefined {
    return this.#peer?.connection;
  }

  get takesFrames(): boolean {
    return this.#actor.getSnapshot().context.features.includes('frames');
  }

  get channel(): RtcPeer['channel'] {
    return this.#peer?.channel;
  }

  /** Whether nothing is left of it. */
  get isOver(): boolean {
    return this.#actor.isOver;
  }

  tell(event: RtcSignalingEvent): void {
    this.#actor.send(event);
  }

  /** A signal of the other side. */
  receive(signal: RtcSignal): void {
    const kind = signal.kind === 'early-offer' ? 'offer' : signal.kind;
    this.tell({ type: `${kind}.received`, signal } as RtcSignalingEvent);
  }

  // What the machine asks for.

  openSignaling(): void {
    try {
      this.#world.parent.openConnection(this.targetEva, ({ status }) => {
        if (status === 'CONNECTED') this.tell({ type: 'signaling.opened' });
        else this.#signalingFailed('the signaling hub could not connect');
      });
    } catch (error) {
      this.#signalingFailed(reasonOf(error));
    }
  }

  closeSignaling(): void {
    this.#world.closeSignaling(this.targetEva);
  }

  startPeer(number: number): void {
    this.closePeer();
    try {
      this.#peer = new RtcPeer(number, this.#world.createPeerConnection(), this);
    } catch (error) {
      const reason = `no peer connection could be made: ${reasonOf(error)}`;
      this.tell({ type: 'peer.failed', peer: number, reason });
    }
  }

  createOffer(): void {
    this.#peer?.createOffer();
  }

  createAnswer({ description, candidates }: RtcOffer | RtcRestart): void {
    this.#peer?.createAnswer(description, candidates);
  }

  acceptAnswer({ description, candidates }: RtcAnswer | RtcRestart): void {
    this.#peer?.acceptAnswer(description, candidates);
  }

  addCandidates({ candidates }: RtcCandidates): void {
    this.#peer?.addCandidates(candidates);
  }

  sendDescription(kind: Exclude<RtcSignal['kind'], 'candidates'>, facts: RtcAttemptFacts): void {
    const { date, offerer, features, round } = facts;
    // A peer that announced nothing gets what version 0.2.1 would answer, and no more.
    const isOldAnswer = kind === 'answer' && features.length === 0;
    const negotiation = this.#peer?.negotiation(kind === 'offer' || isOldAnswer);
    if (negotiation === undefined) return;
    if (kind === 'restart')
      this.#signal({ kind, ...negotiation, fromOfferer: offerer === 'self', date, round });
    else this.#signal({ kind, ...negotiation, date, features: isOldAnswer ? [] : FEATURES });
  }

  sendCandidates({ date, offerer }: RtcAttemptFacts): void {
    const candidates = this.#peer?.unsentCandidates() ?? [];
    if (candidates.length === 0) return;
    this.#signal({ kind: 'candidates', fromOfferer: offerer === 'self', candidates, date });
  }

  checkPeer(): void {
    this.#peer?.reportIce();
  }

  sendGreeting(): void {
    this.channel?.send('');
  }

  holdData(): void {
    this.channel?.hold();
  }

  releaseData(): void {
    this.channel?.release();
  }

  drain(): void {
    this.channel?.drain();
  }

  linger(): void {
    this.channel?.linger();
  }

  closePeer(): void {
    this.#peer?.close();
    this.#peer = undefined;
  }

  // What the peer connection tells.

  peerReport(event: RtcPeerEvent): void {
    this.tell(event);
  }

  messageArrived(message: string, peer: number): void {
    const { value } = this.#actor.getSnapshot();
    // Before, it can only be the greeting: nobody sends to a side that is not connected.
    if (typeof value === 'object' && 'established' in value) this.#owner.messageArrived(this, message);
    else this.tell({ type: 'greeting.received', peer });
  }

  #signal(signal: RtcSignal): void {
    try {
      this.#world.parent.send(this.targetEva, encodeRtcSignal(signal));
    } catch (error) {
      this.#signalingFailed(reasonOf(error));
    }
  }

  #signalingFailed(reason: string): void {
    this.tell({ type: 'signaling.failed', reason });
  }
}
