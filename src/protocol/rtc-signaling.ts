/**
 * What two RtcHubs tell each other over the signaling hub (PROTOCOL §3). Pure: text in, text out.
 *
 * `rtc-connection` is the form of version 0.2.1. The other types, and the fields after `connectionCreateDate`, are
 * ours; a peer of that version ignores them.
 */
import { reasonOf } from '../core/errors.ts';

/** The longest text that is read, in UTF-16 units: many times a description with all its candidates. */
export const MAX_SIGNAL_UNITS = 2 ** 18;

/** How many candidates one attempt takes from the other side; a machine with many networks has a few dozen. */
export const MAX_CANDIDATES = 256;

/** What a peer can do that one of version 0.2.1 cannot. */
export type RtcFeature = 'trickle' | 'restart' | 'greeting' | 'frames';

/** What this version can do. */
export const FEATURES: readonly RtcFeature[] = ['trickle', 'restart', 'greeting', 'frames'];

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

/** A description and its candidates. */
export interface Negotiation {
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

const WIRE_TYPES = {
  'early-offer': 'rtc-offer',
  offer: 'rtc-connection',
  answer: 'rtc-connection',
  restart: 'rtc-restart',
  candidates: 'rtc-candidate',
} as const;

export function encodeRtcSignal(signal: RtcSignal): string {
  const { kind, date } = signal;
  const candidate = signal.candidates.slice(0, MAX_CANDIDATES);
  // JSON leaves out what is undefined.
  return JSON.stringify({
    type: WIRE_TYPES[kind],
    requestForNewConnection: 'fromOfferer' in signal ? signal.fromOfferer : kind !== 'answer',
    ...('description' in signal ? { ice: { sdp: signal.description, candidate } } : { candidate }),
    connectionCreateDate: date,
    restart: kind === 'restart' ? signal.round : undefined,
    features: 'features' in signal && signal.features.length > 0 ? signal.features : undefined,
  });
}

/** Reads a text of the other side; never throws. */
export function decodeRtcSignal(text: string): DecodedRtcSignal {
  try {
    return readSignal(text);
  } catch (error) {
    return { kind: 'malformed', reason: reasonOf(error) };
  }
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

// What follows throws what is wrong with a text.

function readSignal(text: string): DecodedRtcSignal {
  check(text.length <= MAX_SIGNAL_UNITS, `it has ${text.length} UTF-16 units, more than ${MAX_SIGNAL_UNITS}`);
  const json = parse(text);
  check(isObject(json) && typeof json['type'] === 'string', 'it is no object with a type');
  const { type, requestForNewConnection: fromOfferer, connectionCreateDate, ice, restart: round } = json;
  if (!Object.values<unknown>(WIRE_TYPES).includes(type)) return { kind: 'unknown', type: type as string };
  check(typeof fromOfferer === 'boolean', 'requestForNewConnection is no boolean');
  // JSON reads 1e999 as infinite: later than every date to come.
  check(Number.isFinite(connectionCreateDate), 'connectionCreateDate is no finite number');
  const date = connectionCreateDate as number;
  if (type === WIRE_TYPES.candidates) {
    return { kind: 'candidates', fromOfferer, candidates: readCandidates(json['candidate']), date };
  }
  const isEarly = type === WIRE_TYPES['early-offer'];
  check(fromOfferer || !isEarly, 'an offer that is none');
  const negotiation = { ...readIce(ice, fromOfferer ? 'offer' : 'answer'), date };
  if (type === WIRE_TYPES.restart) {
    check(Number.isSafeInteger(round), 'restart is no whole number');
    return { kind: 'restart', fromOfferer, ...negotiation, round: round as number };
  }
  const announced = json['features'] ?? [];
  check(Array.isArray(announced), 'features is no list');
  const features = FEATURES.filter((feature) => announced.includes(feature));
  return { kind: isEarly ? 'early-offer' : fromOfferer ? 'offer' : 'answer', ...negotiation, features };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('it is no JSON');
  }
}

function readIce(ice: unknown, type: RtcDescription['type']): Omit<Negotiation, 'date'> {
  check(isObject(ice) && isObject(ice['sdp']), 'ice has no description');
  const { sdp } = ice['sdp'];
  check(ice['sdp']['type'] === type, `the description is no ${type}`);
  check(typeof sdp === 'string', 'sdp is no string');
  return { description: { type, sdp }, candidates: readCandidates(ice['candidate']) };
}

function readCandidates(list: unknown): RtcCandidate[] {
  check(Array.isArray(list), 'the candidates are no list');
  check(list.length <= MAX_CANDIDATES, `${list.length} candidates are more than ${MAX_CANDIDATES}`);
  // The browsers' sign that there are no more is null, which carries nothing.
  return list.filter((item) => item !== null).map(readCandidate);
}

const CANDIDATE_FIELDS = {
  candidate: 'string',
  sdpMid: 'string',
  sdpMLineIndex: 'number',
  usernameFragment: 'string',
};

/** A new object with nothing but the known fields, since it goes to the browser's own code. */
function readCandidate(item: unknown): RtcCandidate {
  check(isObject(item) && item['candidate'] != null, 'a candidate is none');
  const fields = Object.entries(CANDIDATE_FIELDS).filter(([name]) => item[name] !== undefined);
  for (const [name, type] of fields) {
    check(item[name] === null || typeof item[name] === type, `${name} of a candidate is no ${type}`);
  }
  return Object.fromEntries(fields.map(([name]) => [name, item[name]])) as unknown as RtcCandidate;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null;
}

function check(condition: boolean, problem: string): asserts condition {
  if (!condition) throw new Error(problem);
}
