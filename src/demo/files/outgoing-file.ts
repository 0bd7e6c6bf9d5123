import { CHUNK_BYTES, type FileRequest } from '../peer-messages.ts';
import { toBase64 } from './base64.ts';
import { type FileDetails, type FilePort, FileTransfer } from './file-transfer.ts';

/** The most that the other side may ask for in advance, in bytes: what waits in memory for a slow connection. */
export const LARGEST_WINDOW = 4 * 1024 * 1024;

/** A file that this page sends: read piece by piece, never more of it than the other side has asked for. */
export class OutgoingFile extends FileTransfer {
  readonly direction = 'outgoing';
  readonly #file: Blob;
  #arrived = 0;
  /** Where the next chunk begins. */
  #cursor = 0;
  /** Up to where the other side has asked. */
  #limit = 0;
  /** One piece at a time, so that they leave in order. */
  #isReading = false;

  constructor(details: FileDetails, port: FilePort, file: Blob) {
    super(details, port);
    this.#file = file;
  }

  get arrived(): number {
    return this.#arrived;
  }

  /** Offers it, or on a new connection once more, so that the other side says from where to go on. */
  offer(): void {
    const { id, name, size } = this.details;
    if (!this.isOver) this.tell({ type: 'file-offer', id, name, size });
  }

  /** @returns what is wrong with the request, if anything */
  requested({ from, to }: FileRequest): string | undefined {
    if (this.isOver) return undefined;
    const { size } = this.details;
    const isRunning = this.state === 'transferring';
    if (from > (isRunning ? this.#cursor : size)) return 'it confirms bytes of a file that were not sent';
    if (!isRunning) {
      this.#cursor = from;
      this.#limit = from;
    }
    this.#arrived = isRunning ? Math.max(this.#arrived, from) : from;
    this.#limit = Math.max(this.#limit, Math.min(to, size, from + LARGEST_WINDOW));
    if (!isRunning) this.dispatch({ type: 'bytes.requested' });
    if (this.#arrived === size) this.dispatch({ type: 'bytes.completed' });
    else void this.#sendChunks();
    this.changed();
    return undefined;
  }

  async #sendChunks(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      while (this.state === 'transferring' && this.#cursor < this.#limit) {
        const begin = this.#cursor;
        const end = Math.min(begin + CHUNK_BYTES, this.#limit);
        const bytes = new Uint8Array(await this.#file.slice(begin, end).arrayBuffer());
        if (bytes.length !== end - begin) throw new Error('the file has changed meanwhile.');
        // A cut, and a new beginning somewhere else, may have come between.
        if (this.state === 'transferring' && this.#cursor === begin) {
          this.#cursor = end;
          this.tell({ type: 'file-chunk', id: this.details.id, offset: begin, data: toBase64(bytes) });
        }
      }
    } catch (error) {
      if (!this.isOver) this.fail(error instanceof Error ? error.message : String(error));
    } finally {
      this.#isReading = false;
    }
  }
}
