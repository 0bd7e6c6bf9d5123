import { describe, invalidArgument } from '../core/errors.ts';
import type { InspectMessage } from './messages.ts';

/** What a file of a recorded session says of itself. */
export const RECORDING_FORMAT = 'vnf-inspection-1';

/** A recorded session: what the inspected processes told, in order. @public */
export interface Recording {
  format: typeof RECORDING_FORMAT;
  recordedAt: string;
  messages: InspectMessage[];
}

const TYPES = new Set(['service.register', 'service.event', 'service.state', 'service.stop']);

/**
 * Reads a session that the inspector's page has exported.
 *
 * @param text - the content of the file
 * @throws VnfError `ERR_INVALID_ARGUMENT` where it is none
 * @public
 */
export function parseRecording(text: string): Recording {
  let read: Partial<Recording> | null;
  try {
    read = JSON.parse(text);
  } catch (error) {
    throw invalidArgument(`A recorded session must be JSON (${String(error)})`, text.slice(0, 40));
  }
  if (read?.format !== RECORDING_FORMAT) {
    throw invalidArgument(
      `A recorded session must have the format ${describe(RECORDING_FORMAT)}`,
      read?.format,
    );
  }
  const { messages } = read;
  if (!Array.isArray(messages) || !messages.every(isMessage)) {
    throw invalidArgument(
      'The messages of a recorded session must be a list of messages about actors',
      messages,
    );
  }
  return read as Recording;
}

function isMessage(message: unknown): boolean {
  const {
    type,
    sessionId,
    state = '{}',
    event = '{}',
    machine = '{}',
  } = (message ?? {}) as Record<string, unknown>;
  return (
    TYPES.has(String(type)) && typeof sessionId === 'string' && [state, event, machine].every(isObjectText)
  );
}

function isObjectText(text: unknown): boolean {
  try {
    const value: unknown = JSON.parse(String(text));
    return typeof text === 'string' && typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}
