/**
 * How a message of any length travels as texts of a bounded one (PROTOCOL §5). Pure: text in, text out.
 */
import { reasonOf } from '../core/errors.ts';
import { toJson } from './json.ts';

const [ZERO, STRING, JSON_TEXT] = [48, 83, 74];

/** The most that a header can say: its DIGITS is one digit, so LENGTH has at most nine. */
export const LONGEST_LENGTH = 999_999_999;

/** `TYPE DIGITS LENGTH DATA` without the spaces. Throws `ERR_NOT_SERIALIZABLE` for what JSON cannot express. */
export function encodeMessage(message: unknown): { header: string; data: string } {
  // A string with a lone surrogate would not survive UTF-8; as JSON it is escaped.
  const isText = typeof message === 'string' && message.isWellFormed();
  const data = isText ? message : toJson('A message', message);
  const length = String(data.length);
  return { header: `${isText ? 'S' : 'J'}${length.length}${length}`, data };
}

/** Cuts header and data into texts of at most `size` UTF-16 units, never inside a surrogate pair. */
export function* fragmentsOf(encoded: { header: string; data: string }, size: number): Generator<string> {
  const { header, data } = encoded;
  let end = borderBefore(data, Math.max(size - header.length, 0));
  yield header + data.slice(0, end);
  for (let start = end; start < data.length; start = end) {
    end = borderBefore(data, start + size);
    // A size of one unit has no room for a pair: the pair stays whole.
    if (end === start) end = start + 2;
    yield data.slice(start, end);
  }
}

/** The last place up to `at` where a text can be cut: not inside a surrogate pair. */
function borderBefore(text: string, at: number): number {
  return (text.codePointAt(at - 1) ?? 0) > 0xffff ? at - 1 : at;
}

/** What a fragment brought about. */
export type Assembled =
  | { kind: 'incomplete' }
  | { kind: 'message'; message: unknown }
  /** The fragment is none, or the message is not JSON; the next message can still be read. */
  | { kind: 'malformed'; reason: string }
  /** The sender broke its own header: what follows cannot be trusted. */
  | { kind: 'violation'; reason: string };

/** `TYPE DIGITS LENGTH` at the start of a message. */
interface Header {
  /** Whether the data are the message itself, or its JSON. */
  isText: boolean;
  length: number;
  /** How many units the header itself takes. */
  size: number;
}

/** How many pieces are kept before they are joined to one: bounds what tiny fragments cost. */
const MOST_PIECES = 1024;

/** Puts the fragments of one connection together again, in time and memory linear in their length. */
export class Reassembler {
  readonly #limit: number;
  #header: Header | undefined;
  /** The fragments of a header that has not come whole. */
  #start = '';
  #pieces: string[] = [];
  #joined: string[] = [];
  #missing = 0;

  /** @param limit - the longest message, in UTF-16 units */
  constructor(limit: number) {
    this.#limit = limit;
  }

  accept(fragment: string): Assembled {
    if (this.#header !== undefined) return this.#add(this.#header, fragment);
    const text = this.#start + fragment;
    const header = readHeader(text);
    if (header === 'incomplete') {
      this.#start = text;
      return { kind: 'incomplete' };
    }
    this.#start = '';
    if (header === undefined) return { kind: 'malformed', reason: 'no message header' };
    if (header.length > this.#limit) {
      return {
        kind: 'violation',
        reason: `a message of ${header.length} UTF-16 units was announced, and the limit is ${this.#limit}`,
      };
    }
    const piece = text.slice(header.size);
    // Most messages come whole.
    if (piece.length === header.length) return finish(header, piece);
    this.#header = header;
    this.#missing = header.length;
    return this.#add(header, piece);
  }

  #add(header: Header, piece: string): Assembled {
    if (piece.length > this.#missing) {
      const reason = `a message of ${header.length} UTF-16 units was announced, and more came`;
      this.#clear();
      return { kind: 'violation', reason };
    }
    this.#missing -= piece.length;
    if (piece !== '') this.#pieces.push(piece);
    if (this.#missing > 0) {
      if (this.#pieces.length >= MOST_PIECES) this.#join();
      return { kind: 'incomplete' };
    }
    this.#join();
    const data = this.#joined.join('');
    this.#clear();
    return finish(header, data);
  }

  #join(): void {
    this.#joined.push(this.#pieces.join(''));
    this.#pieces = [];
  }

  #clear(): void {
    this.#header = undefined;
    this.#pieces = [];
    this.#joined = [];
    this.#missing = 0;
  }
}

function finish({ isText }: Header, data: string): Assembled {
  return isText ? { kind: 'message', message: data } : parse(data);
}

function parse(json: string): Assembled {
  try {
    return { kind: 'message', message: JSON.parse(json) };
  } catch (error) {
    return { kind: 'malformed', reason: `a message that is not JSON (${reasonOf(error)})` };
  }
}

function readHeader(text: string): Header | 'incomplete' | undefined {
  const type = text.charCodeAt(0);
  const digits = text.charCodeAt(1) - ZERO;
  if (text !== '' && type !== STRING && type !== JSON_TEXT) return undefined;
  if (text.length > 1 && !(digits >= 1 && digits <= 9)) return undefined;
  let length = 0;
  for (let at = 2; at < 2 + digits && at < text.length; at += 1) {
    const digit = text.charCodeAt(at) - ZERO;
    // A length is written without leading zeros.
    if (!(digit >= 0 && digit <= 9) || (at === 2 && digit === 0 && digits > 1)) return undefined;
    length = 10 * length + digit;
  }
  if (text.length < 3 || text.length < 2 + digits) return 'incomplete';
  return { isText: type === STRING, length, size: 2 + digits };
}
