import { label, NAMELESS } from './label.ts';

/** Says who a peer is; the first message of each side on a new connection. */
export interface Hello {
  type: 'hello';
  room: string;
  name: string;
  /** The ids of the files that it still offers or sends to this page. What is not among them is over on its side. */
  files: string[];
}

/** The peer leaves the room, and its page is not coming back: a connection that ends without this may do so. */
export interface Leave {
  type: 'leave';
}

/** The peer stays, but not with this connection: it is in another room, or no neighbour in a large one. */
export interface LetGo {
  type: 'let-go';
}

export interface Chat {
  type: 'chat';
  text: string;
}

/** Offers a file. Repeated on every new connection until the file is over: the answer says how to go on. */
export interface FileOffer {
  type: 'file-offer';
  id: string;
  name: string;
  /** In bytes. */
  size: number;
  /** Of the whole file, in hexadecimal digits: what has arrived has to have the same. */
  sha256: string;
}

/**
 * Asks for the bytes from `from` up to, not including, `to`: all before `from` have arrived. It accepts an offer,
 * resumes after a cut, opens the window further, and with `from` at the end of the file says that all is there.
 */
export interface FileRequest {
  type: 'file-request';
  id: string;
  from: number;
  to: number;
}

export interface FileChunk {
  type: 'file-chunk';
  id: string;
  offset: number;
  /** The bytes in base64. */
  data: string;
}

/** Ends a file, from either side. */
export interface FileCancel {
  type: 'file-cancel';
  id: string;
  reason: string;
}

export type FileMessage = FileOffer | FileRequest | FileChunk | FileCancel;

/** What pages say to each other. */
export type PeerMessage = Hello | Leave | LetGo | Chat | FileMessage;

export interface Malformed {
  type: 'malformed';
  /** What is wrong, to be shown after the peer's name. */
  reason: string;
}

/** The longest texts, in UTF-16 units; a person writes less, and a page has to show them. */
export const LONGEST = { name: 40, room: 60, text: 4000, fileName: 255, reason: 200, id: 64 } as const;

/** How many files may be under way with one peer, in each direction; an offer beyond it is declined. */
export const MOST_OPEN_FILES = 8;

/** The bytes of one chunk of a file: small enough for progress to be seen on a slow link. */
export const CHUNK_BYTES = 64 * 1024;

/** What a chunk has in base64. */
const LONGEST_CHUNK = Math.ceil(CHUNK_BYTES / 3) * 4;

type Fields = Record<string, unknown>;

const isText = (value: unknown, longest: number): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= longest;
const isSha256 = (value: unknown): value is string =>
  typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
const isIds = (value: unknown): value is string[] =>
  Array.isArray(value) && value.length <= MOST_OPEN_FILES && value.every((id) => isText(id, LONGEST.id));
const isBytes = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** What each message has to have, by its type. Only these fields are kept. */
const DECODERS = new Map<string, (fields: Fields) => PeerMessage | undefined>([
  [
    'hello',
    ({ room, name, files }) =>
      isText(room, LONGEST.room) && isText(name, LONGEST.name) && isIds(files)
        ? { type: 'hello', room: label(room), name: label(name) || NAMELESS, files }
        : undefined,
  ],
  ['leave', () => ({ type: 'leave' })],
  ['let-go', () => ({ type: 'let-go' })],
  ['chat', ({ text }) => (isText(text, LONGEST.text) ? { type: 'chat', text } : undefined)],
  [
    'file-offer',
    ({ id, name, size, sha256 }) =>
      isText(id, LONGEST.id) && isText(name, LONGEST.fileName) && isBytes(size) && isSha256(sha256)
        ? { type: 'file-offer', id, name, size, sha256 }
        : undefined,
  ],
  [
    'file-request',
    ({ id, from, to }) =>
      isText(id, LONGEST.id) && isBytes(from) && isBytes(to) && from <= to
        ? { type: 'file-request', id, from, to }
        : undefined,
  ],
  [
    'file-chunk',
    ({ id, offset, data }) =>
      isText(id, LONGEST.id) && isBytes(offset) && isText(data, LONGEST_CHUNK)
        ? { type: 'file-chunk', id, offset, data }
        : undefined,
  ],
  [
    'file-cancel',
    ({ id, reason }) =>
      isText(id, LONGEST.id) && isText(reason, LONGEST.reason)
        ? { type: 'file-cancel', id, reason }
        : undefined,
  ],
]);

/** Reads what a peer sent, which may be anything. */
export function decodePeerMessage(value: unknown): PeerMessage | Malformed {
  if (typeof value !== 'object' || value === null) return malformed('it is no object');
  const fields = value as Fields;
  const decode = typeof fields['type'] === 'string' ? DECODERS.get(fields['type']) : undefined;
  if (decode === undefined) return malformed('its type is not known');
  return decode(fields) ?? malformed(`a field of its ${fields['type']} is missing, wrong or too long`);
}

function malformed(reason: string): Malformed {
  return { type: 'malformed', reason };
}
