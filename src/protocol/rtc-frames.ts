/**
 * What travels over a data channel and is no text (PROTOCOL §6): the fragments of a text that is too long for one
 * message of it, and the goodbye. Pure: text in, bytes out.
 */

/** What every data channel takes in one message (RFC 8841), and what the platforms send fastest. */
export const FRAGMENT_BYTES = 65_536;

/** The largest text that is cut: it is in memory whole on both sides, and what is sent later waits behind it. */
export const MAX_FRAGMENTED_BYTES = 2 ** 24;

/** The length of the text in bytes, as an unsigned number with the highest byte first. */
const HEADER_BYTES = 4;

/** The last frame of a side: a text without a length, which is never sent in fragments. */
export const GOODBYE = new Uint8Array(HEADER_BYTES);

/** Cuts a text into messages: the first begins with the length of the text in UTF-8, the others just go on. */
export function fragmentsOfText(text: string): Uint8Array<ArrayBuffer>[] {
  const data = new TextEncoder().encode(text);
  const whole = new Uint8Array(HEADER_BYTES + data.length);
  new DataView(whole.buffer).setUint32(0, data.length);
  whole.set(data, HEADER_BYTES);
  const fragments: Uint8Array<ArrayBuffer>[] = [];
  for (let start = 0; start < whole.length; start += FRAGMENT_BYTES) {
    fragments.push(whole.subarray(start, start + FRAGMENT_BYTES));
  }
  return fragments;
}

/** Puts texts together again. */
export class FragmentReader {
  readonly #parts: Uint8Array[] = [];
  /** How many bytes of the text are missing; 0 between two texts. */
  #missing = 0;

  /**
   * @returns the text, once this was its last fragment, or the goodbye
   * @throws Error for what no sender cuts so; the text that it belongs to is forgotten
   */
  read(frame: ArrayBuffer): string | typeof GOODBYE | undefined {
    let bytes = new Uint8Array(frame);
    let room = FRAGMENT_BYTES;
    if (this.#missing === 0) {
      if (bytes.length < HEADER_BYTES) throw new Error(`a fragment has ${bytes.length} bytes`);
      this.#missing = new DataView(frame).getUint32(0);
      bytes = bytes.subarray(HEADER_BYTES);
      room -= HEADER_BYTES;
      if (this.#missing === 0 && bytes.length === 0) return GOODBYE;
    }
    const { length } = bytes;
    const missing = this.#missing;
    // All but the last are full, so that there are few of them.
    if (length !== Math.min(missing, room) || missing > MAX_FRAGMENTED_BYTES) {
      this.#forget();
      throw new Error(`a fragment has ${length} bytes, but ${missing} are missing of its text`);
    }
    this.#parts.push(bytes);
    this.#missing -= length;
    if (this.#missing > 0) return undefined;
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    const text =
      this.#parts.map((part) => decoder.decode(part, { stream: true })).join('') + decoder.decode();
    this.#forget();
    return text;
  }

  #forget(): void {
    this.#parts.length = 0;
    this.#missing = 0;
  }
}
