import { CHUNK_BYTES, type FileRequest } from '../peer-messages.ts';
import { toBase64 } from './base64.ts';
import { type FileDetails, type FilePort, FileTransfer } from './file-transfer.ts';
import { Sha256 } from './sha256.ts';

/** The most that the other side may ask for in advance, in bytes: what waits in memory for a slow connection. */
export const LARGEST_WINDOW = 4 * 1024 * 1024;

/** How much is read at a time for the checksum. */
const READ_BYTES = 1024 * 1024;

/**
 * A file that this page sends: read piece by piece, never more of it than the other side has asked for.
 *
 * Before that it is read once for its checksum, which the offer promises: Firefox reads on in a file that has changed
 * on the disk, and a checksum of what was sent would be that of a mixture.
 */
export class OutgoingFile extends FileTransfer {
  readonly #file: Blob;
  #sha256 = '';
  #arrived = 0;
  /** Where the next chunk begins. */
  #cursor = 0;
  /** Up to where the other side has asked. */
  #limit = 0;
  /** One piece at a time, so that they leave in order. */
  #isReading = false;

  constructor(details: FileDetails, port: FilePort, file: Blob) {
    super('outgoing', details, port);
    this.#file = file;
  }

  get arrived(): number {
    return this.#arrived;
  }

  /** Reads it for its checksum, and offers it. */
  async prepare(): Promise<void> {
    const hash = new Sha256();
    await this.#reading(async () => {
      const { size } = this.details;
      while (this.#arrived < size && this.state === 'preparing') {
        const end = Math.min(this.#arrived + READ_BYTES, size);
        hash.update(await this.#read(this.#arrived, end));
        this.#arrived = end;
        this.changed();
      }
    });
    if (this.state !== 'preparing') return;
    this.#sha256 = hash.finish();
    this.#arrived = 0;
    this.dispatch({ type: 'file.read' });
    this.#offer();
  }

  /** The other side says from where to go on. */
  override connectionOpened(): void {
    super.connectionOpened();
    if (!this.isOver && this.state !== 'preparing') this.#offer();
  }

  #offer(): void {
    const { id, name, size } = this.details;
    this.tell({ type: 'file-offer', id, name, size, sha256: this.#sha256 });
  }

  /** @returns what is wrong with the request, if anything */
  requested({ from, to }: FileRequest): string | undefined {
    if (this.isOver) return undefined;
    if (this.state === 'preparing') return 'it asks for a file that was not offered';
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
    await this.#reading(async () => {
      while (this.state === 'transferring' && this.#cursor < this.#limit) {
        const begin = this.#cursor;
        const end = Math.min(begin + CHUNK_BYTES, this.#limit);
        const bytes = await this.#read(begin, end);
        // A cut, and a new beginning somewhere else, may have come between.
        if (this.state === 'transferring' && this.#cursor === begin) {
          this.#cursor = end;
          this.tell({ type: 'file-chunk', id: this.details.id, offset: begin, data: toBase64(bytes) });
        }
      }
    });
    this.#isReading = false;
  }

  async #read(begin: number, end: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(await this.#file.slice(begin, end).arrayBuffer());
    if (bytes.length !== end - begin) throw new Error('The file is shorter than it was.');
    return bytes;
  }

  /** What it cannot read any more ends the file. Browsers give no reason that would help. */
  async #reading(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch {
      if (!this.isOver) this.fail('the file can no longer be read as it was: it has changed, or is gone.');
    }
  }
}
