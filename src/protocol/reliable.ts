/**
 * The frames of a reliable session (PROTOCOL §4). Pure: text in, text out.
 *
 * A decoded control frame is, as it is, an event of the session's machine. MESSAGE frames have functions of their
 * own, since they never go through a machine.
 */

export type ControlFrame =
  | { type: 'frame.handshake'; from: string }
  | { type: 'frame.accept'; to: string; from: string }
  | {
      type: 'frame.heartbeat';
      to: string;
      from: string;
      /** Everything before this index has arrived. */
      gapBegin: number;
      /** The last index of the gap, or {@link NO_GAP}. */
      gapEnd: number;
    }
  | { type: 'frame.close.connection'; to: string; from: string }
  | { type: 'frame.close.accept'; to: string; from: string };

/** The control frames that are no more than their ids. */
export type PlainFrame = Exclude<ControlFrame, { type: 'frame.heartbeat' }>;

export interface MalformedFrame {
  type: 'malformed';
  reason: string;
}

export interface MessageFrame {
  to: string;
  index: number;
  text: string;
}

/** A GAPEND that says: nothing after GAPBEGIN has arrived, so that no gap is known. */
export const NO_GAP = -1;

/**
 * What a session id begins with whose side knows the extensions of this library: it frees its memory at HEARTBEATs
 * that come before the interval is over. To anyone else an id says nothing.
 */
const ANNOUNCEMENT = 'v1~';

/** An endpoint id with the announcement. */
export function announceFeatures(random: string): string {
  return ANNOUNCEMENT + random;
}

/** Whether the side that has this session id takes HEARTBEATs more often than once an interval. */
export function takesEarlyHeartbeats(sessionId: string): boolean {
  return sessionId.startsWith(ANNOUNCEMENT);
}

/** The word of each control frame, and how many fields follow it. */
const FORMS: Record<ControlFrame['type'], readonly [word: string, fields: number]> = {
  'frame.handshake': ['HANDSHAKE', 1],
  'frame.accept': ['ACCEPT', 2],
  'frame.heartbeat': ['HEARTBEAT', 4],
  'frame.close.connection': ['CLOSE-CONNECTION', 2],
  'frame.close.accept': ['CLOSE-ACCEPT', 2],
};

const MESSAGE = 'MESSAGE ';

export function encodeControl(frame: ControlFrame): string {
  const [word] = FORMS[frame.type];
  if (frame.type === 'frame.handshake') return `${word} ${frame.from}`;
  const head = `${word} ${frame.to} ${frame.from}`;
  return frame.type === 'frame.heartbeat' ? `${head} ${frame.gapBegin} ${frame.gapEnd}` : head;
}

/** Any frame but a MESSAGE. */
export function decodeControl(text: string): ControlFrame | MalformedFrame {
  // One more than the longest frame has, so that garbage of any length costs no more.
  const [word, ...fields] = text.split(' ', 6);
  const types = Object.keys(FORMS) as ControlFrame['type'][];
  const type = types.find((each) => FORMS[each][0] === word && FORMS[each][1] === fields.length);
  if (type === undefined || text.includes('\n') || fields.includes('')) {
    return malformed('no known frame, or not its fields');
  }
  const [first = '', second = '', third = '', fourth = ''] = fields;
  if (type === 'frame.handshake') return { type, from: first };
  if (type !== 'frame.heartbeat') return { type, to: first, from: second };
  const gapBegin = parseIndex(third);
  const gapEnd = fourth === String(NO_GAP) ? NO_GAP : parseIndex(fourth);
  if (gapBegin === undefined || gapEnd === undefined) return malformed('a HEARTBEAT whose gap is no number');
  return { type, to: first, from: second, gapBegin, gapEnd };
}

export function isMessage(text: string): boolean {
  return text.startsWith(MESSAGE);
}

/** What every MESSAGE to one session begins with. */
export function messagePrefix(to: string): string {
  return `${MESSAGE}${to} `;
}

/** @param prefix - made once a session by {@link messagePrefix} */
export function encodeMessage(prefix: string, index: number, text: string): string {
  return `${prefix}${index} ${text}`;
}

/** A text that {@link isMessage}; `undefined` where it is malformed. */
export function decodeMessage(frame: string): MessageFrame | undefined {
  const toEnd = frame.indexOf(' ', MESSAGE.length);
  const indexEnd = frame.indexOf(' ', toEnd + 1);
  if (toEnd <= MESSAGE.length || indexEnd < 0) return undefined;
  const index = parseIndex(frame, toEnd + 1, indexEnd);
  if (index === undefined) return undefined;
  return { to: frame.slice(MESSAGE.length, toEnd), index, text: frame.slice(indexEnd + 1) };
}

/** Decimal digits only: `Number` would also take a sign, a fraction, an exponent and nothing at all. */
function parseIndex(text: string, begin = 0, end = text.length): number | undefined {
  let value = 0;
  for (let at = begin; at < end; at += 1) {
    const digit = text.charCodeAt(at) - 48;
    if (!(digit >= 0 && digit <= 9)) return undefined;
    value = value * 10 + digit;
  }
  return end > begin && Number.isSafeInteger(value) ? value : undefined;
}

function malformed(reason: string): MalformedFrame {
  return { type: 'malformed', reason };
}
