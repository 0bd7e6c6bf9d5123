import { describe, VnfError } from './errors.ts';

/**
 * How many UTF-16 units one connection keeps of what was sent but has not left, or is not acknowledged: 128 Mi,
 * twice the largest message that a MarshallerHub takes by default, so that one always fits and a second can wait.
 */
export const SEND_BUFFER_UNITS = 2 ** 27;

/** Throws where a message of `size` UTF-16 units goes past the bound of what is kept for a connection. */
export function checkRoom(targetEva: string, size: number, capacity: number): void {
  if (size > capacity) throw bufferFull(targetEva, size, capacity);
}

export function bufferFull(targetEva: string, size: number, capacity: number): VnfError {
  return new VnfError(
    'ERR_BUFFER_FULL',
    `The buffer towards ${describe(targetEva)} has room for ${capacity} UTF-16 units, but the message has ${size}: ` +
      'send less at a time, or wait until the other side has caught up.',
  );
}
