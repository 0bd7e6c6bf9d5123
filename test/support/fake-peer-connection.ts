/** A data channel in memory that empties its buffer when a test says so, and like wrtc tells nobody. */
export class FakeDataChannel {
  readonly label = 'data';
  readyState: RTCDataChannelState = 'connecting';
  bufferedAmount = 0;
  keeps = false;
  other: FakeDataChannel | undefined;
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  #kept: unknown[] = [];

  send(data: unknown): void {
    if (this.readyState !== 'open') throw new Error('the channel is not open');
    this.#kept.push(data);
    this.bufferedAmount += String(data).length;
    if (!this.keeps) this.leave();
  }

  /** What is in the buffer leaves, but for as many messages as are to stay. */
  leave(stay = 0): void {
    const left = this.#kept.splice(0, this.#kept.length - stay);
    this.bufferedAmount = this.#kept.reduce((sum: number, data) => sum + String(data).length, 0);
    for (const data of left) this.other?.onmessage?.({ data: asReceived(data) });
  }

  open(): void {
    this.readyState = 'open';
    this.onopen?.();
  }

  shut(): void {
    if (this.readyState === 'closed') return;
    this.readyState = 'closed';
    this.onclose?.();
  }
}

/** Bytes arrive as a buffer of their own. */
function asReceived(data: unknown): unknown {
  return data instanceof Uint8Array ? new Uint8Array(data).buffer : data;
}

/** A channel that tells when its buffer is low, as a browser's; the handler is part of the class there. */
export class BrowserDataChannel extends FakeDataChannel {
  bufferedAmountLowThreshold = 0;
  #handler: (() => void) | null = null;

  get onbufferedamountlow(): (() => void) | null {
    return this.#handler;
  }

  set onbufferedamountlow(handler: (() => void) | null) {
    this.#handler = handler;
  }

  /** What leaves within `send` was never in the buffer: the event is a task of its own. */
  override send(data: unknown): void {
    const handler = this.#handler;
    this.#handler = null;
    super.send(data);
    this.#handler = handler;
  }

  override leave(stay = 0): void {
    const before = this.bufferedAmount;
    super.leave(stay);
    const threshold = this.bufferedAmountLowThreshold;
    if (before > threshold && this.bufferedAmount <= threshold) this.#handler?.();
  }
}

/** Peer connections in memory, which find each other by what their descriptions say. ICE always works, at once. */
export function fakePeerConnections() {
  const made: FakePeerConnection[] = [];

  class FakePeerConnection {
    readonly sctp = { maxMessageSize: 262_144 };
    channel: FakeDataChannel | undefined;
    iceConnectionState: RTCIceConnectionState = 'new';
    iceGatheringState: RTCIceGatheringState = 'new';
    isClosed = false;
    restarts = 0;
    candidates = 0;
    onicecandidate: ((event: { candidate: null }) => void) | null = null;
    onicegatheringstatechange: (() => void) | null = null;
    oniceconnectionstatechange: (() => void) | null = null;
    ondatachannel: ((event: { channel: FakeDataChannel }) => void) | null = null;
    readonly #number = made.push(this) - 1;
    #remote: FakePeerConnection | undefined;

    createDataChannel(): FakeDataChannel {
      this.channel = new FakeDataChannel();
      return this.channel;
    }

    async createOffer({ iceRestart = false } = {}): Promise<RTCSessionDescriptionInit> {
      if (iceRestart) this.restarts += 1;
      return { type: 'offer', sdp: `${this.#number}` };
    }

    async createAnswer(): Promise<RTCSessionDescriptionInit> {
      return { type: 'answer', sdp: `${this.#number}` };
    }

    async setLocalDescription(): Promise<void> {
      this.iceGatheringState = 'complete';
      this.onicegatheringstatechange?.();
    }

    async setRemoteDescription({ type, sdp }: RTCSessionDescriptionInit): Promise<void> {
      this.#remote = made[Number(sdp)];
      if (type === 'answer') setImmediate(() => this.#meet());
    }

    async addIceCandidate(): Promise<void> {
      this.candidates += 1;
    }

    /** ICE tells a state. */
    ice(state: RTCIceConnectionState): void {
      this.iceConnectionState = state;
      this.oniceconnectionstatechange?.();
    }

    close(): void {
      this.isClosed = true;
      this.channel?.shut();
      const remote = this.#remote;
      setImmediate(() => remote?.channel?.shut());
    }

    #meet(): void {
      const remote = this.#remote;
      if (this.isClosed || remote === undefined || remote.isClosed || this.channel === undefined) return;
      if (this.channel.readyState === 'open') {
        this.ice('connected');
        remote.ice('connected');
        return;
      }
      const channel = new FakeDataChannel();
      remote.channel = channel;
      channel.other = this.channel;
      this.channel.other = channel;
      remote.ondatachannel?.({ channel });
      // The side that made it last, since it sends at once.
      channel.open();
      this.channel.open();
    }
  }

  return { RTCPeerConnection: FakePeerConnection as unknown as typeof RTCPeerConnection, made };
}
