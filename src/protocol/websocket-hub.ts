/**
 * What two endpoints of a WebSocketHub say to each other through the broker: the BODY of SEND_TO_ENDPOINT and of
 * ENDPOINT_MESSAGE (PROTOCOL §2). Pure: text in, text out.
 */

/** The bodies that carry nothing but themselves. */
export const HANDSHAKE = 'HANDSHAKE';
export const ACCEPT = 'ACCEPT';
export const CLOSE_CONNECTION = 'CLOSE-CONNECTION';

const MESSAGE_HEAD = 'MESSAGE\n';

export type WebSocketHubFrame =
  | { type: typeof HANDSHAKE | typeof ACCEPT | typeof CLOSE_CONNECTION }
  | { type: 'MESSAGE'; text: string };

export function encodeMessage(text: string): string {
  return MESSAGE_HEAD + text;
}

/** `undefined` where the body is none of the four. */
export function decodeBody(body: string): WebSocketHubFrame | undefined {
  // First, since nearly every body is one.
  if (body.startsWith(MESSAGE_HEAD)) return { type: 'MESSAGE', text: body.slice(MESSAGE_HEAD.length) };
  switch (body) {
    case HANDSHAKE:
    case ACCEPT:
    case CLOSE_CONNECTION:
      return { type: body };
    default:
      return undefined;
  }
}
