import { describe, VnfError } from './errors.ts';

/**
 * How many UTF-16 units one connection keeps of what was sent but has not left, or is not acknowledged, by default:
 * 128 Mi, twice the largest message that a MarshallerHub takes by default, so that one always fits and a second can
 * wait.
 */
export const SEND_BUFFER_UNITS = 2 ** 27;

/** Of these, `send` returns false: enough that the fastest way there is has work until somebody sends again. */
export const HIGH_WATER_UNITS = 2 ** 20;

/** What a message counts in a buffer, in UTF-16 units, where the hub does not know how it will travel. */
export function sizeOf(message: unknown): number {
  return typeof message === 'string' ? message.length : 1;
}

/** Throws where a message of `size` UTF-16 units goes past the bound of what is kept for a connection. */
export function checkRoom(targetEva: string, size: number, capacity: number): void {
  if (size > capacity) throw bufferFull(targetEva, size, capacity);
}

export function bufferFull(targetEva: string, size: number, capacity: number): VnfError {
  return new VnfError(
    'ERR_BUFFER_FULL',
    `The buffer towards ${describe(targetEva)} has room for ${capacity} UTF-16 units, but the message has ${size}: ` +
      'wait for onDrain.',
  );
}

/** A UTF-16 unit is at most this many bytes of UTF-8. */
export const MOST_BYTES_PER_UNIT = 3;

const encoder = new TextEncoder();

export function utf8Bytes(text: string): number {
  return encoder.encode(text).length;
}

/** Throws where `text` and `otherBytes` more, as UTF-8, are longer than what carries them. */
export function checkBytes(
  what: string,
  text: string,
  otherBytes: number,
  limit: number,
  advice = 'put a MarshallerHub on top',
): void {
  const bytes = bytesOver(text, otherBytes, limit);
  if (bytes !== undefined) throw tooLarge(what, `${bytes} bytes`, limit, advice);
}

/** The size as UTF-8 of `text` and `otherBytes` more, where it is over the limit. */
export function bytesOver(text: string, otherBytes: number, limit: number): number | undefined {
  // Measured only where it may matter, since that takes a copy.
  if (text.length * MOST_BYTES_PER_UNIT + otherBytes <= limit) return undefined;
  const bytes = utf8Bytes(text) + otherBytes;
  return bytes > limit ? bytes : undefined;
}

export function tooLarge(what: string, size: string, limit: number, advice: string): VnfError {
  return new VnfError('ERR_MESSAGE_TOO_LARGE', `${what} has ${size}, but may have ${limit}: ${advice}.`);
}
