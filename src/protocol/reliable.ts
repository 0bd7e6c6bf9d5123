/**
 * The frames of a reliable session (PROTOCOL §4). Pure: text in, text out.
 *
 * A decoded control frame is, as it is, an event of the session's machine. Frames with messages have functions of their
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
      /** What a side adds for one that announced the extensions. */
      report?: Report;
    }
  | { type: 'frame.close.connection'; to: string; from: string }
  | { type: 'frame.close.accept'; to: string; from: string };

/** Messages of one session by their indices, both ends included. */
export interface Range {
  begin: number;
  end: number;
}

/** What a HEARTBEAT to a side that knows the extensions says besides its gap (PROTOCOL §6). */
export interface Report {
  /** The highest index that was ever received, −1 for none. */
  highest: number;
  /** How long ago that came, in whole ms: the other side's round trip is shorter by that; or {@link TOLD_BEFORE}. */
  heldMs: number;
  /** Of this side's own messages, the first that is not known to have arrived. */
  first: number;
  /** How many messages this side has sent: whoever has fewer misses the last ones. */
  sent: number;
  /** Further gaps after the first one, {@link MOST_GAPS} at most. */
  gaps: readonly Range[];
}

/** In place of a time: an earlier HEARTBEAT has told of the same, so that the time says nothing. */
export const TOLD_BEFORE = -1;

/** So many further gaps a HEARTBEAT names at most: a frame of 1 KiB. */
export const MOST_GAPS = 32;

/** The control frames that are no more than their ids. */
export type PlainFrame = Exclude<ControlFrame, { type: 'frame.heartbeat' }>;

export interface MalformedFrame {
  type: 'malformed';
  reason: string;
}

export interface MessageFrame {
  to: string;
  /** That of the first message; the others follow it. */
  index: number;
  texts: readonly string[];
}

/** A GAPEND that says: nothing after GAPBEGIN has arrived, so that no gap is known. */
export const NO_GAP = -1;

/** What a session id begins with whose side knows the extensions of PROTOCOL §6. To anyone else an id says nothing. */
const ANNOUNCEMENT = 'v1~';

/** An endpoint id with the announcement. */
export function announceExtensions(random: string): string {
  return ANNOUNCEMENT + random;
}

/** Whether the side that has this session id knows the extensions. */
export function knowsExtensions(sessionId: string): boolean {
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
const PACK = 'PACK ';

/** A side packs no more messages into one frame, and takes no more. */
export const MOST_PACKED = 8192;

/** The fields of a HEARTBEAT before the further gaps, without and with a report. */
const HEARTBEAT_FIELDS = 4;
const REPORT_FIELDS = 8;

export function encodeControl(frame: ControlFrame): string {
  const [word] = FORMS[frame.type];
  if (frame.type === 'frame.handshake') return `${word} ${frame.from}`;
  const head = `${word} ${frame.to} ${frame.from}`;
  if (frame.type !== 'frame.heartbeat') return head;
  const { gapBegin, gapEnd, report } = frame;
  const gap = `${head} ${gapBegin} ${gapEnd}`;
  if (report === undefined) return gap;
  const { highest, heldMs, first, sent, gaps } = report;
  const further = gaps.map(({ begin, end }) => ` ${begin}-${end}`).join('');
  return `${gap} ${highest} ${heldMs} ${first} ${sent}${further}`;
}

/** Any frame but those that {@link isMessage}. */
export function decodeControl(text: string): ControlFrame | MalformedFrame {
  // One more than the longest frame has, so that garbage of any length costs no more.
  const [word, ...fields] = text.split(' ', REPORT_FIELDS + MOST_GAPS + 2);
  const types = Object.keys(FORMS) as ControlFrame['type'][];
  const type = types.find((each) => FORMS[each][0] === word);
  if (type === undefined || text.includes('\n') || fields.includes('') || !hasFieldsOf(type, fields)) {
    return malformed('no known frame, or not its fields');
  }
  const [first = '', second = ''] = fields;
  if (type === 'frame.handshake') return { type, from: first };
  if (type !== 'frame.heartbeat') return { type, to: first, from: second };
  return decodeHeartbeat(first, second, fields) ?? malformed('a HEARTBEAT whose numbers are none');
}

function hasFieldsOf(type: ControlFrame['type'], { length }: string[]): boolean {
  if (length === FORMS[type][1]) return true;
  return type === 'frame.heartbeat' && length >= REPORT_FIELDS && length <= REPORT_FIELDS + MOST_GAPS;
}

function decodeHeartbeat(to: string, from: string, fields: string[]): ControlFrame | undefined {
  const [gapBegin = -1, gapEnd, highest, heldMs, first = -1, sent = -1] = fields
    .slice(2, REPORT_FIELDS)
    .map((field) => (field === '-1' ? -1 : parseIndex(field)));
  if (gapBegin < 0 || gapEnd === undefined) return undefined;
  const frame = { type: 'frame.heartbeat' as const, to, from, gapBegin, gapEnd };
  if (fields.length === HEARTBEAT_FIELDS) return frame;
  const gaps = fields.slice(REPORT_FIELDS).map(decodeRange);
  if (highest === undefined || heldMs === undefined || first < 0 || sent < 0) return undefined;
  if (!areInOrder(gaps, Math.max(gapBegin - 1, gapEnd))) return undefined;
  return { ...frame, report: { highest, heldMs, first, sent, gaps } };
}

/** Each begins after the one before has ended, so that no message is named twice. */
function areInOrder(gaps: (Range | undefined)[], end: number): gaps is Range[] {
  let last = end;
  for (const gap of gaps) {
    if (gap === undefined || gap.begin <= last) return false;
    last = gap.end;
  }
  return true;
}

function decodeRange(text: string): Range | undefined {
  const middle = text.indexOf('-');
  const begin = middle < 0 ? undefined : parseIndex(text, 0, middle);
  const end = parseIndex(text, middle + 1);
  return begin === undefined || end === undefined || begin > end ? undefined : { begin, end };
}

/** Whether a frame carries messages. */
export function isMessage(text: string): boolean {
  return text.startsWith(MESSAGE) || text.startsWith(PACK);
}

/** What a text of a PACK takes at most besides itself: its length, which has five digits, and a comma. */
export const PACKED_HEAD_UNITS = 6;

/**
 * A frame with messages that follow each other: a MESSAGE, or where there are several a PACK, for a side that knows the
 * extensions.
 */
export function encodeMessages(to: string, index: number, texts: readonly string[]): string {
  if (texts.length === 1) return `${MESSAGE}${to} ${index} ${texts[0]}`;
  const lengths = texts.map(({ length }) => length).join();
  return `${PACK}${to} ${index} ${lengths} ${texts.join('')}`;
}

/** A text that {@link isMessage}; `undefined` where it is malformed. */
export function decodeMessages(frame: string): MessageFrame | undefined {
  const toBegin = frame.indexOf(' ') + 1;
  const toEnd = frame.indexOf(' ', toBegin);
  const indexEnd = frame.indexOf(' ', toEnd + 1);
  if (toEnd <= toBegin || indexEnd < 0) return undefined;
  const index = parseIndex(frame, toEnd + 1, indexEnd);
  if (index === undefined) return undefined;
  const begin = indexEnd + 1;
  const texts = frame.startsWith(MESSAGE) ? [frame.slice(begin)] : unpack(frame, begin);
  return texts && { to: frame.slice(toBegin, toEnd), index, texts };
}

function unpack(frame: string, begin: number): string[] | undefined {
  const lengthsEnd = frame.indexOf(' ', begin);
  if (lengthsEnd < 0 || lengthsEnd - begin > MOST_PACKED * PACKED_HEAD_UNITS) return undefined;
  const texts: string[] = [];
  let textBegin = lengthsEnd + 1;
  for (let at = begin; at <= lengthsEnd; ) {
    let end = frame.indexOf(',', at);
    if (end < 0 || end > lengthsEnd) end = lengthsEnd;
    const length = parseIndex(frame, at, end);
    if (length === undefined || texts.length === MOST_PACKED) return undefined;
    texts.push(frame.slice(textBegin, textBegin + length));
    textBegin += length;
    at = end + 1;
  }
  return textBegin === frame.length ? texts : undefined;
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
