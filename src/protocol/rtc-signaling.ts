/**
 * What two RtcHubs tell each other over the signaling hub (PROTOCOL §3). Pure: text in, text out.
 *
 * `rtc-connection` is the form of version 0.2.1. The other types, and the fields after `connectionCreateDate`, are
 * ours; a peer of that version ignores them.
 */

/** The longest text that is read, in UTF-16 units: many times a description with all its candidates. */
export const MAX_SIGNAL_UNITS = 2 ** 18;

/** How many candidates one attempt takes from the other side; a machine with many networks has a few dozen. */
export const MAX_CANDIDATES = 256;

/** What a peer can do that one of version 0.2.1 cannot. */
export type RtcFeature = 'trickle' | 'restart' | 'greeting' | 'fragments';

/** What this version can do. */
export const FEATURES: readonly RtcFeature[] = ['trickle', 'restart', 'greeting', 'fragments'];

export interface RtcDescription {
  type: 'offer' | 'answer';
  sdp: string;
}

export interface RtcCandidate {
  candidate: string;
  sdpMid?: string | null;
  sdpMLineIndex?: number | null;
  usernameFragment?: string | null;
}

interface Negotiation {
  description: RtcDescription;
  /** Those known so far. */
  candidates: readonly RtcCandidate[];
  /** The `connectionCreateDate` of the offer, in ms since 1970: which attempt it belongs to. */
  date: number;
}

/** An offer: at once, or, for a peer that can take nothing else, once more with all its candidates. */
export interface RtcOffer extends Negotiation {
  kind: 'early-offer' | 'offer';
  features: readonly RtcFeature[];
}

export interface RtcAnswer extends Negotiation {
  kind: 'answer';
  features: readonly RtcFeature[];
}

/** Candidates found after the description had left. */
export interface RtcCandidates {
  kind: 'candidates';
  /** Whether the side that made the attempt's offer sends them. */
  fromOfferer: boolean;
  candidates: readonly RtcCandidate[];
  date: number;
}

/** An offer or answer that finds the channel that is open a new way. */
export interface RtcRestart extends Negotiation {
  kind: 'restart';
  fromOfferer: boolean;
  /** Counts the restarts of one connection from 1; the answer repeats it. */
  round: number;
}

export type RtcSignal = RtcOffer | RtcAnswer | RtcCandidates | RtcRestart;

/** What every signal says of the attempt that it belongs to. */
export interface RtcAttemptFacts {
  /** The `connectionCreateDate` of the offer that counts. */
  date: number;
  /** Who made it. */
  offerer: 'self' | 'other';
  /** What the other side can do: nothing, before its offer or answer. */
  features: readonly RtcFeature[];
  /** The restarts of the channel so far. */
  round: number;
}

/** What a text turns out to be. */
export type DecodedRtcSignal =
  | RtcSignal
  | { kind: 'unknown'; type: string }
  | { kind: 'malformed'; reason: string };

export function encodeRtcSignal(signal: RtcSignal): string {
  const { date } = signal;
  if (signal.kind === 'candidates') {
    return JSON.stringify({
      type: 'rtc-candidate',
      requestForNewConnection: signal.fromOfferer,
      candidate: signal.candidates.slice(0, MAX_CANDIDATES),
      connectionCreateDate: date,
    });
  }
  const { type, sdp } = signal.description;
  return JSON.stringify({
    type: WIRE_TYPES[signal.kind],
    requestForNewConnection: signal.kind === 'restart' ? signal.fromOfferer : signal.kind !== 'answer',
    ice: { sdp: { type, sdp }, candidate: signal.candidates.slice(0, MAX_CANDIDATES) },
    connectionCreateDate: date,
    ...(signal.kind === 'restart' ? { restart: signal.round } : {}),
    ...('features' in signal && signal.features.length > 0 ? { features: signal.features } : {}),
  });
}

const WIRE_TYPES = {
  'early-offer': 'rtc-offer',
  offer: 'rtc-connection',
  answer: 'rtc-connection',
  restart: 'rtc-restart',
} as const;

/** Reads a text of the other side; never throws. */
export function decodeRtcSignal(text: string): DecodedRtcSignal {
  if (text.length > MAX_SIGNAL_UNITS) {
    return malformed(`it has ${text.length} UTF-16 units, more than ${MAX_SIGNAL_UNITS}`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return malformed('it is no JSON');
  }
  if (!isObject(json) || typeof json['type'] !== 'string') return malformed('it is no object with a type');
  const type = json['type'];
  if (!READERS.has(type)) return { kind: 'unknown', type };
  const { requestForNewConnection: fromOfferer, connectionCreateDate: date } = json;
  if (typeof fromOfferer !== 'boolean') return malformed('requestForNewConnection is no boolean');
  // JSON reads 1e999 as infinite: later than every date to come.
  if (typeof date !== 'number' || !Number.isFinite(date)) {
    return malformed('connectionCreateDate is no finite number');
  }
  return (READERS.get(type) as Reader)(json, fromOfferer, date);
}

/** The candidates that a description has inside. One of data channels alone has one section, so one `mid`. */
export function candidatesIn(sdp: string): RtcCandidate[] {
  const sdpMid = /^a=mid:(\S+)/m.exec(sdp)?.[1] ?? '0';
  return Array.from(sdp.matchAll(/^a=(candidate:[^\r\n]*)/gm), ([, candidate = '']) => ({
    candidate,
    sdpMid,
    sdpMLineIndex: 0,
  }));
}

type Json = Record<string, unknown>;
type Reader = (json: Json, fromOfferer: boolean, date: number) => DecodedRtcSignal;

const READERS = new Map<string, Reader>([
  [
    'rtc-connection',
    (json, fromOfferer, date) => readNegotiation(json, date, fromOfferer ? 'offer' : 'answer'),
  ],
  [
    'rtc-offer',
    (json, fromOfferer, date) =>
      fromOfferer ? readNegotiation(json, date, 'early-offer') : malformed('an offer that is none'),
  ],
  ['rtc-restart', readRestart],
  ['rtc-candidate', readCandidateSignal],
]);

function readNegotiation(json: Json, date: number, kind: RtcOffer['kind'] | RtcAnswer['kind']) {
  const ice = readIce(json['ice'], kind === 'answer' ? 'answer' : 'offer');
  if (typeof ice === 'string') return malformed(ice);
  const announced = json['features'] ?? [];
  if (!Array.isArray(announced)) return malformed('features is no list');
  const features = FEATURES.filter((feature) => announced.includes(feature));
  return { kind, ...ice, date, features } as RtcOffer | RtcAnswer;
}

function readRestart(json: Json, fromOfferer: boolean, date: number): DecodedRtcSignal {
  const ice = readIce(json['ice'], fromOfferer ? 'offer' : 'answer');
  if (typeof ice === 'string') return malformed(ice);
  const round = json['restart'];
  if (!Number.isSafeInteger(round)) return malformed('restart is no whole number');
  return { kind: 'restart', fromOfferer, ...ice, date, round: round as number };
}

function readCandidateSignal(json: Json, fromOfferer: boolean, date: number): DecodedRtcSignal {
  const candidates = readCandidates(json['candidate']);
  if (typeof candidates === 'string') return malformed(candidates);
  return { kind: 'candidates', fromOfferer, candidates, date };
}

/** A description and its candidates, or what is wrong with them. */
function readIce(ice: unknown, type: RtcDescription['type']): Omit<Negotiation, 'date'> | string {
  if (!isObject(ice) || !isObject(ice['sdp'])) return 'ice has no description';
  const description = ice['sdp'];
  if (description['type'] !== type) return `the description is no ${type}`;
  if (typeof description['sdp'] !== 'string') return 'the sdp of the description is no string';
  const candidates = readCandidates(ice['candidate']);
  if (typeof candidates === 'string') return candidates;
  return { description: { type, sdp: description['sdp'] }, candidates };
}

function readCandidates(list: unknown): RtcCandidate[] | string {
  if (!Array.isArray(list)) return 'the candidates are no list';
  if (list.length > MAX_CANDIDATES) return `${list.length} candidates are more than ${MAX_CANDIDATES}`;
  const candidates: RtcCandidate[] = [];
  for (const item of list) {
    // The browsers' sign that there are no more, which carries nothing.
    if (item === null) continue;
    const candidate = readCandidate(item);
    if (candidate === undefined) return 'a candidate has fields of the wrong type';
    candidates.push(candidate);
  }
  return candidates;
}

/** A new object with nothing but the known fields, since it goes to the browser's own code. */
function readCandidate(item: unknown): RtcCandidate | undefined {
  if (!isObject(item) || typeof item['candidate'] !== 'string') return undefined;
  const { sdpMid, sdpMLineIndex, usernameFragment } = item;
  if (!isOptional(sdpMid, 'string') || !isOptional(sdpMLineIndex, 'number')) return undefined;
  if (!isOptional(usernameFragment, 'string')) return undefined;
  return Object.fromEntries(
    Object.entries({ candidate: item['candidate'], sdpMid, sdpMLineIndex, usernameFragment }).filter(
      ([, value]) => value !== undefined,
    ),
  ) as unknown as RtcCandidate;
}

function isOptional(value: unknown, type: 'string' | 'number'): boolean {
  return value === undefined || value === null || typeof value === type;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null;
}

function malformed(reason: string): { kind: 'malformed'; reason: string } {
  return { kind: 'malformed', reason };
}
