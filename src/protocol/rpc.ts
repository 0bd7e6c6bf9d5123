/**
 * The frames between a client and the broker, over one WebSocket (PROTOCOL §1). Pure: text in, text out.
 */

/** The commands of the broker. */
export type Command =
  | 'LOGIN'
  | 'PING'
  | 'HELP'
  | 'SEND_TO_ENDPOINT'
  | 'CREATE-ENTRY'
  | 'CREATE-OR-UPDATE-ENTRY'
  | 'GET-ENTRY'
  | 'GET-ENTRIES-WITH-BODY'
  | 'DELETE-ENTRY';

/** The push that delivers a message of another endpoint. */
export const ENDPOINT_MESSAGE = 'ENDPOINT_MESSAGE';

const CALL_ERROR = 'CALL_ERROR';

export interface Request {
  /** `ID COMMAND`: what a result of the call begins with. */
  header: string;
  command: string;
  argument: string | undefined;
}

/** What a client gets from the broker. */
export type ServerFrame =
  | { kind: 'result'; header: string; data: string | undefined }
  | { kind: 'failure'; header: string; reason: string }
  | { kind: 'push'; type: string; payload: string }
  | { kind: 'malformed'; reason: string };

/** A text as its first line and the rest; no rest where there is no end of line. */
export function splitLine(text: string): [line: string, rest: string | undefined] {
  const end = text.indexOf('\n');
  return end < 0 ? [text, undefined] : [text.slice(0, end), text.slice(end + 1)];
}

function joinLine(line: string, rest: string | undefined): string {
  return rest === undefined ? line : `${line}\n${rest}`;
}

export function callHeader(id: number, command: string): string {
  return `${id} ${command}`;
}

export function encodeRequest(header: string, argument: string | undefined): string {
  return joinLine(header, argument);
}

/** A request, as the broker reads it; without a command where the header has no space. */
export function decodeRequest(frame: string): Request | { header: string; command: undefined } {
  const [header, argument] = splitLine(frame);
  const space = header.indexOf(' ');
  if (space < 0) return { header, command: undefined };
  return { header, command: header.slice(space + 1), argument };
}

export function encodeResult(header: string, data: string | undefined): string {
  return joinLine(header, data);
}

export function encodeFailure(header: string, reason: string): string {
  return `${CALL_ERROR}\n${header}\n${reason}`;
}

export function encodePush(type: string, payload: string): string {
  return `${type}\n${payload}`;
}

/** What the broker sent: a header line that begins with a number is a result's, any other one names a push. */
export function decodeServerFrame(frame: string): ServerFrame {
  const [line, rest] = splitLine(frame);
  if (line === CALL_ERROR) {
    const [header, reason] = splitLine(rest ?? '');
    if (reason !== undefined) return { kind: 'failure', header, reason };
  } else if (/^\d+ /.test(line)) {
    return { kind: 'result', header: line, data: rest };
  } else if (rest !== undefined) {
    return { kind: 'push', type: line, payload: rest };
  }
  return {
    kind: 'malformed',
    reason: 'neither a result, a failure nor a push',
  };
}

/** The argument of SEND_TO_ENDPOINT, `TARGET\nBODY`, and the payload of ENDPOINT_MESSAGE, `SOURCE\nBODY`. */
export function encodeAddressed(eva: string, body: string): string {
  return `${eva}\n${body}`;
}

export function decodeAddressed(text: string): { eva: string; body: string } | undefined {
  const [eva, body] = splitLine(text);
  return body === undefined ? undefined : { eva, body };
}
