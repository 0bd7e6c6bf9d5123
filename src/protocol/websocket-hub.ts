/**
 * What two endpoints of a WebSocketHub say to each other through the broker: the BODY of SEND_TO_ENDPOINT and of
 * ENDPOINT_MESSAGE (PROTOCOL §2). Pure: text in, text out.
 */

const MESSAGE_HEAD = 'MESSAGE\n';

/** The bodies that carry nothing but themselves. */
const WORDS = ['HANDSHAKE', 'ACCEPT', 'CLOSE-CONNECTION'] as const;

export type WebSocketHubFrame = { type: (typeof WORDS)[number] } | { type: 'MESSAGE'; text: string };

export function encodeBody(frame: WebSocketHubFrame): string {
  return frame.type === 'MESSAGE' ? MESSAGE_HEAD + frame.text : frame.type;
}

/** `undefined` where the body is none of the four. */
export function decodeBody(body: string): WebSocketHubFrame | undefined {
  // First, since nearly every body is one.
  if (body.startsWith(MESSAGE_HEAD)) return { type: 'MESSAGE', text: body.slice(MESSAGE_HEAD.length) };
  const type = WORDS.find((word) => word === body);
  return type && { type };
}
