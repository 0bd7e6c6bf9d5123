import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/** SHA-256 of bytes that come piece by piece. The browser's own takes only all of them at once, and none over http. */
export class Sha256 {
  readonly #hash = sha256.create();

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  /** The checksum in hexadecimal digits; nothing can be added after it. */
  finish(): string {
    return bytesToHex(this.#hash.digest());
  }
}
