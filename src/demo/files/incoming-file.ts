import type { FileChunk } from '../peer-messages.ts';
import { fromBase64 } from './base64.ts';
import { type FileDetails, type FilePort, FileTransfer } from './file-transfer.ts';
import { Sha256 } from './sha256.ts';

/** How many bytes are asked for in advance: enough to fill a fast link with a long way. */
export const WINDOW = 1024 * 1024;

/** So many bytes are put into one Blob, which the browser may keep on disk, instead of in the page's memory. */
const PART_BYTES = 4 * 1024 * 1024;

/** A file that this page gets. */
export class IncomingFile extends FileTransfer {
  /** What the checksum of the whole has to be. */
  readonly #promised: string;
  readonly #hash = new Sha256();
  readonly #parts: Blob[] = [];
  #newest: Uint8Array<ArrayBuffer>[] = [];
  #newestBytes = 0;
  #arrived = 0;
  /** Up to where was asked. */
  #limit = 0;
  #whole: Blob | undefined;

  constructor(details: FileDetails, promisedSha256: string, port: FilePort) {
    super('incoming', details, port);
    this.#promised = promisedSha256;
  }

  get arrived(): number {
    return this.#arrived;
  }

  /** The file, once it is done. */
  get whole(): Blob | undefined {
    return this.#whole;
  }

  /** The person here wants it. */
  accept(): void {
    if (this.state === 'offered') this.#request();
  }

  /** The other side has a new connection, and asks how to go on. */
  offeredAgain(): void {
    const { state, reason } = this;
    if (state === 'offered') return;
    if (state === 'cancelled' || state === 'failed') {
      this.tell({ type: 'file-cancel', id: this.details.id, reason });
    } else {
      this.#request();
    }
  }

  /** @returns what is wrong with the chunk, if anything; the file has failed then */
  receive({ offset, data }: FileChunk): string | undefined {
    // Chunks may still be on their way to a file that was cancelled.
    if (this.state !== 'transferring') return undefined;
    const bytes = fromBase64(data);
    const isExpected = bytes !== undefined && bytes.length > 0 && offset === this.#arrived;
    if (!isExpected || offset + bytes.length > this.#limit) {
      const reason = 'a piece of the file is not what was asked for.';
      this.fail(reason);
      return reason;
    }
    this.#append(bytes);
    this.#arrived += bytes.length;
    if (this.#arrived === this.details.size || this.#limit - this.#arrived <= WINDOW / 2) this.#request();
    this.changed();
    return undefined;
  }

  #request(): void {
    const { id, size } = this.details;
    this.#limit = Math.min(this.#arrived + WINDOW, size);
    this.dispatch({ type: 'bytes.requested' });
    if (this.#arrived === size) this.#complete();
    // Told also of a file that is done: the first time may have been lost.
    if (this.state === 'transferring' || this.state === 'done')
      this.tell({ type: 'file-request', id, from: this.#arrived, to: this.#limit });
  }

  #complete(): void {
    if (this.isOver) return;
    if (this.#hash.finish() !== this.#promised) {
      this.fail('its checksum is not the one that was offered: it has changed while it was sent.');
      return;
    }
    this.#pack();
    // Never a type that a browser would show, as a page of this origin.
    this.#whole = new Blob(this.#parts, { type: 'application/octet-stream' });
    this.dispatch({ type: 'bytes.completed' });
  }

  #append(bytes: Uint8Array<ArrayBuffer>): void {
    this.#hash.update(bytes);
    this.#newest.push(bytes);
    this.#newestBytes += bytes.length;
    if (this.#newestBytes >= PART_BYTES) this.#pack();
  }

  #pack(): void {
    this.#parts.push(new Blob(this.#newest));
    this.#newest = [];
    this.#newestBytes = 0;
  }
}
