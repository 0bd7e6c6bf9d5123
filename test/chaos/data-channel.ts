/** A data channel whose buffer holds what cannot leave. */
export class DataChannel {
  readonly label: string;
  readyState: RTCDataChannelState = 'connecting';
  bufferedAmount = 0;
  binaryType = 'blob';
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  readonly #transmit: (data: unknown) => boolean;

  /** `transmit` says whether it has left: what is on its way is in no buffer. */
  constructor(label: string, transmit: (data: unknown) => boolean) {
    this.label = label;
    this.#transmit = transmit;
  }

  send(data: string | Uint8Array): void {
    if (this.readyState !== 'open') throw new Error('InvalidStateError: the channel is not open');
    const hasLeft = this.#transmit(typeof data === 'string' ? data : new Uint8Array(data).buffer);
    if (!hasLeft) this.bufferedAmount += data.length;
  }

  /** What was in the buffer is on its way. */
  leave(): void {
    this.bufferedAmount = 0;
  }

  open(): void {
    if (this.readyState !== 'connecting') return;
    this.readyState = 'open';
    this.onopen?.();
  }

  shut(): void {
    if (this.readyState === 'closed') return;
    this.readyState = 'closed';
    this.onclose?.();
  }
}
