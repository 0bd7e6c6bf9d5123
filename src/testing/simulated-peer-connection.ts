import { utf8Bytes } from '../core/limits.ts';
import type { RtcPeerConnectionClass } from '../rtc/rtc-peer.ts';
import type { SocketSide } from './simulated-socket.ts';
import { Stream } from './stream.ts';
import type { Wire } from './wire.ts';

/** How often the two ends ask each other whether they are there, in ms. */
const CHECK_INTERVAL_MS = 500;

/** How long nothing is heard until ICE is `disconnected`, and `failed`, in ms: about as browsers have it. */
const DISCONNECTED_MS = 5000;
const FAILED_MS = 30_000;

/** How long the first checks may take until ICE has `failed`, in ms. */
const CHECKING_MS = 15_000;

/** The largest message of a channel, in bytes: that of most browsers. */
const MAX_MESSAGE_BYTES = 262_144;

/** What a small message of the protocols below takes. */
const CONTROL_BYTES = 12;

type Handler<E = unknown> = ((event: E) => unknown) | null;

/** What one end says to the other over the association of their channel. */
type Chunk =
  | { kind: 'hello' }
  | { kind: 'ready' }
  | { kind: 'channel'; label: string }
  | { kind: 'data'; data: string | ArrayBuffer };

/** All peer connections of a network, by the numbers that their descriptions tell. */
export class PeerConnections {
  readonly #open = new Map<number, SimulatedPeerConnection>();
  #made = 0;

  add(connection: SimulatedPeerConnection): number {
    this.#made += 1;
    this.#open.set(this.#made, connection);
    return this.#made;
  }

  find(number: number): SimulatedPeerConnection | undefined {
    return this.#open.get(number);
  }

  remove(number: number): void {
    this.#open.delete(number);
  }
}

/** A data channel: ordered, and reliable as long as its peer connection lives. */
class SimulatedDataChannel {
  readonly label: string;
  readyState: RTCDataChannelState = 'connecting';
  binaryType: BinaryType = 'arraybuffer';
  bufferedAmountLowThreshold = 0;
  onopen: Handler = null;
  onclose: Handler = null;
  onmessage: Handler<{ data: string | ArrayBuffer }> = null;
  readonly #transmit: (chunk: Chunk, bytes: number) => void;
  #lowHandler: Handler = null;
  #buffered = 0;

  constructor(label: string, transmit: (chunk: Chunk, bytes: number) => void) {
    this.label = label;
    this.#transmit = transmit;
  }

  // Part of the class, as in browsers: that is how a page sees that there is such an event.
  get onbufferedamountlow(): Handler {
    return this.#lowHandler;
  }

  set onbufferedamountlow(handler: Handler) {
    this.#lowHandler = handler;
  }

  get bufferedAmount(): number {
    return this.#buffered;
  }

  send(data: string | Uint8Array<ArrayBuffer>): void {
    if (this.readyState !== 'open') throw new Error('the channel is not open');
    const bytes = typeof data === 'string' ? utf8Bytes(data) : data.length;
    if (bytes > MAX_MESSAGE_BYTES) throw new TypeError(`the message has ${bytes} bytes`);
    this.#buffered += bytes;
    // A copy, since whoever sends may go on writing.
    this.#transmit({ kind: 'data', data: typeof data === 'string' ? data : data.slice().buffer }, bytes);
  }

  /** So many bytes have arrived at the other side. */
  left(bytes: number): void {
    const before = this.#buffered;
    this.#buffered -= bytes;
    const threshold = this.bufferedAmountLowThreshold;
    if (before > threshold && this.#buffered <= threshold) this.#lowHandler?.({});
  }

  opened(): void {
    if (this.readyState !== 'connecting') return;
    this.readyState = 'open';
    this.onopen?.({});
  }

  shut(): void {
    if (this.readyState === 'closed') return;
    this.readyState = 'closed';
    this.onclose?.({});
  }
}

/**
 * A peer connection between two hosts, as much of it as an RtcHub needs. The offer and the answer name it, so that the
 * two ends find each other; from then on they ask for each other with datagrams, as ICE does, and data travel as on a
 * socket, as SCTP has it.
 */
class SimulatedPeerConnection {
  readonly sctp = { maxMessageSize: MAX_MESSAGE_BYTES };
  localDescription: RTCSessionDescriptionInit | null = null;
  iceConnectionState: RTCIceConnectionState = 'new';
  iceGatheringState: RTCIceGatheringState = 'new';
  onicecandidate: Handler<{ candidate: null }> = null;
  onicegatheringstatechange: Handler = null;
  oniceconnectionstatechange: Handler = null;
  ondatachannel: Handler<{ channel: SimulatedDataChannel }> = null;

  readonly #side: SocketSide;
  readonly #wire: Wire;
  readonly #all: PeerConnections;
  readonly #number: number;
  readonly #stopListening: () => void;
  #remote: SimulatedPeerConnection | undefined;
  #stream: Stream | undefined;
  #channel: SimulatedDataChannel | undefined;
  #hasSaidHello = false;
  #timer: unknown;
  /** When the checks began, and when the other side was heard last. */
  #since = 0;

  constructor(side: SocketSide, wire: Wire, all: PeerConnections) {
    this.#side = side;
    this.#wire = wire;
    this.#all = all;
    this.#number = all.add(this);
    this.#stopListening = side.process.onEnd(() => this.#end());
  }

  createDataChannel(label: string): SimulatedDataChannel {
    this.#channel = this.#newChannel(label);
    return this.#channel;
  }

  async createOffer(): Promise<RTCSessionDescriptionInit> {
    return { type: 'offer', sdp: String(this.#number) };
  }

  async createAnswer(): Promise<RTCSessionDescriptionInit> {
    return { type: 'answer', sdp: String(this.#number) };
  }

  async setLocalDescription(description: RTCSessionDescriptionInit): Promise<void> {
    this.localDescription = description;
    this.iceGatheringState = 'complete';
    this.#later(() => {
      this.onicecandidate?.({ candidate: null });
      this.onicegatheringstatechange?.({});
    });
    if (description.type === 'answer') this.#startChecks();
  }

  async setRemoteDescription({ type, sdp }: RTCSessionDescriptionInit): Promise<void> {
    const remote = this.#all.find(Number(sdp));
    if (remote === undefined) throw new Error('the description is of no peer connection on this network');
    this.#remote = remote;
    this.#stream ??= new Stream(this.#wire, this.#side.host, remote.#side.host);
    if (type === 'answer') this.#startChecks();
  }

  async addIceCandidate(): Promise<void> {}

  close(): void {
    if (this.iceConnectionState === 'closed') return;
    const remote = this.#remote;
    this.#end();
    // Said once: where it gets lost, the checks of the other side find it out.
    if (remote !== undefined) this.#send(remote, () => remote.#atPage(() => remote.#channel?.shut()));
  }

  #end(): void {
    this.iceConnectionState = 'closed';
    this.#wire.clock.clearTimeout(this.#timer);
    this.#stream?.silence();
    if (this.#channel !== undefined) this.#channel.readyState = 'closed';
    this.#stopListening();
    this.#all.remove(this.#number);
  }

  get #isOver(): boolean {
    return this.iceConnectionState === 'closed';
  }

  #startChecks(): void {
    this.#since = this.#wire.clock.now();
    if (this.iceConnectionState !== 'connected') this.#setIce('checking');
    this.#wire.clock.clearTimeout(this.#timer);
    this.#check();
  }

  #check(): void {
    const remote = this.#remote;
    if (this.#isOver || remote === undefined) return;
    const { clock } = this.#wire;
    const quiet = clock.now() - this.#since;
    if (this.iceConnectionState === 'checking' && quiet >= CHECKING_MS) this.#setIce('failed');
    if (this.iceConnectionState === 'connected' && quiet >= DISCONNECTED_MS) this.#setIce('disconnected');
    if (this.iceConnectionState === 'disconnected' && quiet >= FAILED_MS) this.#setIce('failed');
    this.#send(remote, () => {
      if (!remote.#isOver) remote.#send(this, () => this.#heard());
    });
    this.#timer = clock.setTimeout(() => this.#check(), CHECK_INTERVAL_MS);
  }

  #heard(): void {
    if (this.#isOver || this.iceConnectionState === 'failed') return;
    this.#since = this.#wire.clock.now();
    if (this.iceConnectionState !== 'connected') this.#setIce('connected');
    if (this.#hasSaidHello || this.#channel === undefined || this.#channel.readyState !== 'connecting')
      return;
    this.#hasSaidHello = true;
    this.#transmit({ kind: 'hello' });
  }

  #setIce(state: RTCIceConnectionState): void {
    this.iceConnectionState = state;
    this.#atPage(() => this.oniceconnectionstatechange?.({}));
  }

  #send(remote: SimulatedPeerConnection, arrive: () => void): void {
    this.#wire.sendDatagram(this.#side.host, remote.#side.host, arrive);
  }

  #transmit(chunk: Chunk, bytes = CONTROL_BYTES): void {
    const remote = this.#remote;
    this.#stream?.send(bytes, () => {
      if (chunk.kind === 'data') this.#atPage(() => this.#channel?.left(bytes));
      if (remote !== undefined) remote.#atPage(() => remote.#receive(chunk));
    });
  }

  #receive(chunk: Chunk): void {
    switch (chunk.kind) {
      case 'hello':
        this.#transmit({ kind: 'ready' });
        return;
      case 'ready':
        if (this.#channel === undefined) return;
        this.#transmit({ kind: 'channel', label: this.#channel.label });
        this.#channel.opened();
        return;
      case 'channel':
        this.#channel = this.#newChannel(chunk.label);
        this.ondatachannel?.({ channel: this.#channel });
        this.#channel.opened();
        return;
      case 'data':
        this.#channel?.onmessage?.({ data: chunk.data });
    }
  }

  #newChannel(label: string): SimulatedDataChannel {
    return new SimulatedDataChannel(label, (chunk, bytes) => this.#transmit(chunk, bytes));
  }

  /** What happens to the page, if the connection is still there then. */
  #atPage(happen: () => void): void {
    this.#side.process.run(() => {
      if (!this.#isOver) happen();
    });
  }

  #later(happen: () => void): void {
    this.#wire.clock.setTimeout(() => this.#atPage(happen), 0);
  }
}

/** The class of the peer connections of one program. */
export function peerConnectionsOf(
  side: SocketSide,
  wire: Wire,
  all: PeerConnections,
): RtcPeerConnectionClass {
  class HostPeerConnection extends SimulatedPeerConnection {
    constructor() {
      super(side, wire, all);
    }
  }
  return HostPeerConnection as unknown as RtcPeerConnectionClass;
}
