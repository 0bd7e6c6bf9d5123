import type { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { DataChannel } from './data-channel.ts';
import type { Lane } from './lane.ts';
import type { Process } from './process.ts';
import type { Tally } from './tally.ts';
import type { Side } from './wire.ts';

/** Times of ICE, as in Chromium: a check, what is found late, and until silence is `disconnected` and `failed`. */
const CHECK_MS = 20;
const GATHER_MS = 50;
const DISCONNECTED_MS = 5000;
const FAILED_MS = 25_000;

/** How many candidates each description gets. */
const CANDIDATES = 2;

/** The network that a peer connection is in. */
export interface PeerNetwork {
  readonly clock: VirtualClock;
  readonly tally: Tally;
  /** What is on its way over channels, by the side that it is for. */
  readonly lanes: Readonly<Record<Side, Lane>>;
  readonly isDown: boolean;
  /** Whoever has made a description with this name. */
  find(name: string | undefined): PeerConnection | undefined;
}

interface Session {
  /** What its ICE is called: the ufrag. */
  name: string;
  candidates: Set<string>;
}

/**
 * A peer connection that keeps to the rules of the standard: the states of signaling, candidates after a description,
 * a channel after ICE, nothing after `close`. Which way there is, the network says.
 */
export class PeerConnection {
  readonly process: Process;
  readonly names = new Set<string>();
  readonly sctp = { maxMessageSize: 262_144 };
  isClosed = false;
  signalingState: RTCSignalingState = 'stable';
  iceConnectionState: RTCIceConnectionState = 'new';
  iceGatheringState: RTCIceGatheringState = 'new';
  onicecandidate: ((event: { candidate: unknown }) => void) | null = null;
  onicegatheringstatechange: (() => void) | null = null;
  oniceconnectionstatechange: (() => void) | null = null;
  ondatachannel: ((event: { channel: DataChannel }) => void) | null = null;
  readonly #network: PeerNetwork;
  readonly #side: Side;
  readonly #number: number;
  #local: Session | undefined;
  #remote: Session | undefined;
  #pendingLocal: Session | undefined;
  #generations = 0;
  #channel: DataChannel | undefined;
  #hasAnnounced = false;
  /** Pairs of names over which nothing goes any more. */
  readonly #failed = new Set<string>();
  #timer: unknown;
  /** What has not arrived, and for how much of it a packet is on its way. */
  readonly #sent: ((other: PeerConnection) => void)[] = [];
  #packets = 0;

  constructor(network: PeerNetwork, side: Side, process: Process, number: number) {
    this.#network = network;
    this.#side = side;
    this.process = process;
    this.#number = number;
  }

  get localDescription(): { sdp: string } | null {
    const session = this.#pendingLocal ?? this.#local;
    return session === undefined ? null : { sdp: sdpOf(session) };
  }

  get isWell(): boolean {
    return this.isClosed || (this.iceConnectionState === 'connected' && this.#isReachable());
  }

  createDataChannel(label: string): DataChannel {
    this.#checkOpen();
    this.#channel = this.#createChannel(label);
    return this.#channel;
  }

  async createOffer({ iceRestart = false } = {}): Promise<RTCSessionDescriptionInit> {
    this.#checkOpen();
    const isNew = iceRestart || this.#local === undefined;
    return { type: 'offer', sdp: sdpOf(isNew ? this.#newSession() : (this.#local as Session)) };
  }

  async createAnswer(): Promise<RTCSessionDescriptionInit> {
    this.#checkOpen();
    this.#checkSignaling('have-remote-offer');
    return { type: 'answer', sdp: sdpOf(this.#newSession()) };
  }

  async setLocalDescription({ type, sdp = '' }: RTCSessionDescriptionInit): Promise<void> {
    this.#checkOpen();
    if (type === 'offer') this.#checkSignaling('stable', 'have-local-offer');
    else this.#checkSignaling('have-remote-offer');
    const session = sessionOf(sdp);
    this.names.add(session.name);
    if (type === 'offer') this.#pendingLocal = session;
    else this.#local = session;
    this.signalingState = type === 'offer' ? 'have-local-offer' : 'stable';
    this.#gather(session);
    this.#changed();
  }

  async setRemoteDescription({ type, sdp = '' }: RTCSessionDescriptionInit): Promise<void> {
    this.#checkOpen();
    if (type === 'offer') this.#checkSignaling('stable', 'have-remote-offer');
    else this.#checkSignaling('have-local-offer');
    const session = sessionOf(sdp);
    if (this.#remote?.name !== session.name) this.#remote = session;
    if (type === 'answer') {
      this.#local = this.#pendingLocal;
      this.#pendingLocal = undefined;
    }
    this.signalingState = type === 'offer' ? 'have-remote-offer' : 'stable';
    this.#changed();
  }

  async addIceCandidate({ candidate = '' }: RTCIceCandidateInit): Promise<void> {
    this.#checkOpen();
    if (this.#remote === undefined) throw new Error('InvalidStateError: there is no remote description');
    if (!candidate.includes(` ${this.#remote.name} `)) throw new Error('OperationError: an unknown ufrag');
    this.#remote.candidates.add(candidate);
    this.#changed();
  }

  close(): void {
    if (this.isClosed) return;
    const other = this.#other();
    const isReachable = this.#isReachable() && !this.process.isGone;
    this.#end();
    // Said once, and lost where nothing gets through; what has not arrived is lost too.
    if (other !== undefined && isReachable) {
      this.#network.lanes[other.#side].put(() => {
        if (!other.isClosed && !this.#network.isDown) other.#channel?.shut();
      });
    }
    other?.look();
  }

  roam(): void {
    if (this.isClosed || !this.#isReachable()) return;
    this.#network.tally.add('roamed');
    this.#failed.add(`${this.#local?.name} ${this.#remote?.name}`);
    this.look();
    this.#other()?.look();
  }

  vanish(): void {
    const other = this.#other();
    this.#end();
    other?.look();
  }

  /** Something has changed: ICE finds a way, or notices that there is none. */
  look(): void {
    if (this.isClosed || this.#remote === undefined) return;
    const isReachable = this.#isReachable();
    const state = this.iceConnectionState;
    if (state === 'new') this.#become('checking');
    this.#network.clock.clearTimeout(this.#timer);
    const after = (ms: number, next: () => void) => {
      this.#timer = this.#network.clock.setTimeout(next, ms);
    };
    if (isReachable) {
      if (state === 'connected') this.#resume();
      else after(CHECK_MS, () => this.#connected());
    } else if (state === 'connected') {
      after(DISCONNECTED_MS, () => {
        this.#become('disconnected');
        this.look();
      });
    } else if (state !== 'failed') {
      after(FAILED_MS, () => {
        this.#failed.add(`${this.#local?.name} ${this.#remote?.name}`);
        this.#become('failed');
      });
    }
  }

  #changed(): void {
    this.look();
    this.#other()?.look();
  }

  #connected(): void {
    if (!this.#isReachable()) return;
    if (this.#generations > 1) this.#network.tally.add('restarted ICE');
    this.#become('connected');
    if (this.#channel !== undefined && !this.#hasAnnounced) {
      this.#hasAnnounced = true;
      const { label } = this.#channel;
      this.#transmit((other) => other.#announced(label));
      this.#channel.open();
    }
    this.#resume();
  }

  #announced(label: string): void {
    if (this.#channel !== undefined) return;
    this.#channel = this.#createChannel(label);
    this.#hasAnnounced = true;
    this.ondatachannel?.({ channel: this.#channel });
    this.#channel.open();
  }

  #createChannel(label: string): DataChannel {
    return new DataChannel(label, (data) => {
      this.#transmit((other) => {
        this.#network.tally.add('over a channel');
        other.#channel?.onmessage?.({ data });
      });
      return this.#isReachable();
    });
  }

  /** What SCTP carries comes in its order, and again until it gets through. */
  #transmit(arrive: (other: PeerConnection) => void): void {
    this.#sent.push(arrive);
    this.#resume();
  }

  #resume(): void {
    const other = this.#other();
    if (other === undefined || !this.#isReachable()) return;
    this.#channel?.leave();
    for (; this.#packets < this.#sent.length; this.#packets += 1) {
      this.#network.lanes[other.#side].put(() => {
        this.#packets -= 1;
        if (this.isClosed || other.isClosed || !this.#isReachable()) return;
        this.#sent.shift()?.(other);
      });
    }
  }

  #end(): void {
    this.isClosed = true;
    this.signalingState = 'closed';
    this.iceConnectionState = 'closed';
    this.#network.clock.clearTimeout(this.#timer);
    if (this.#channel !== undefined) this.#channel.readyState = 'closed';
  }

  #other(): PeerConnection | undefined {
    return this.#network.find(this.#remote?.name);
  }

  /** Whether packets go to and fro. */
  #isReachable(): boolean {
    const other = this.#other();
    const [local, remote] = [this.#local ?? this.#pendingLocal, this.#remote];
    if (other === undefined || local === undefined || remote === undefined) return false;
    if (this.#network.isDown || this.isClosed || other.isClosed) return false;
    if (other.#remote?.name !== local.name || other.#local?.name !== remote.name) return false;
    if (remote.candidates.size === 0 && other.#remote.candidates.size === 0) return false;
    return (
      !this.#failed.has(`${local.name} ${remote.name}`) && !other.#failed.has(`${remote.name} ${local.name}`)
    );
  }

  #become(state: RTCIceConnectionState): void {
    if (this.iceConnectionState === state || this.isClosed) return;
    this.iceConnectionState = state;
    this.#network.tally.add(`ice ${state}`);
    this.oniceconnectionstatechange?.();
  }

  #newSession(): Session {
    this.#generations += 1;
    return { name: `${this.#side}${this.#number}g${this.#generations}`, candidates: new Set() };
  }

  #gather(session: Session): void {
    this.iceGatheringState = 'gathering';
    this.onicegatheringstatechange?.();
    const find = (nth: number) => {
      if (this.isClosed || (this.#pendingLocal ?? this.#local) !== session) return;
      if (nth === CANDIDATES) {
        this.iceGatheringState = 'complete';
        this.onicecandidate?.({ candidate: null });
        this.onicegatheringstatechange?.();
        return;
      }
      const candidate = `candidate:${nth} ${session.name} host`;
      session.candidates.add(candidate);
      this.onicecandidate?.({ candidate: { candidate, sdpMid: '0', sdpMLineIndex: 0 } });
      this.#network.clock.setTimeout(() => find(nth + 1), GATHER_MS);
    };
    this.#network.clock.setTimeout(() => find(0), 1);
  }

  #checkOpen(): void {
    if (this.isClosed) throw new Error('InvalidStateError: the connection is closed');
  }

  #checkSignaling(...allowed: RTCSignalingState[]): void {
    if (!allowed.includes(this.signalingState))
      throw new Error(`InvalidStateError: signaling is ${this.signalingState}`);
  }
}

function sdpOf({ name, candidates }: Session): string {
  return ['v=0', `a=ice-ufrag:${name}`, ...[...candidates].map((candidate) => `a=${candidate}`)].join('\n');
}

function sessionOf(sdp: string): Session {
  const name = /^a=ice-ufrag:(.*)$/m.exec(sdp)?.[1];
  if (name === undefined) throw new Error('OperationError: the description has no ufrag');
  return { name, candidates: new Set(sdp.match(/(?<=^a=)candidate:.*$/gm)) };
}
