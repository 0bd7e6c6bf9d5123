/** What a viewer is not shown unless it is asked for. @public */
export interface Revealed {
  /** What applications send, and the values of registry entries. @default false */
  payloads?: boolean;
  /** Passwords, tokens, and the descriptions and candidates of WebRTC, which hold keys and addresses. @default false */
  credentials?: boolean;
}

const PAYLOADS = /^(messages?|texts?|data|body|payload|entries|entryvalue)$/i;
const CREDENTIALS =
  /^(password|credentials?|token|inspecttoken|secret|authorization|cookie|username|sdp|descriptions?|candidates?|iceservers|ufrag|pwd)$/i;

/** The longest text that is shown whole, in UTF-16 units. */
const LONGEST_TEXT = 2048;
const LONGEST_LIST = 100;
/** Deeper than any event or context of the library's machines; a circle ends here. */
const DEEPEST = 8;

/**
 * A copy that JSON can express, of bounded size: data alone, without functions, live objects and what is not to be
 * seen. `undefined` where nothing is left.
 */
export function toPlain(value: unknown, revealed: Revealed = {}, depth = 0): unknown {
  if (typeof value === 'string') return shorten(value);
  if (typeof value === 'bigint' || typeof value === 'symbol') return String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'function') return undefined;
  if (typeof value !== 'object' || value === null) return value;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `‹${value.byteLength} bytes›`;
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (depth === DEEPEST) return '…';
  if (value instanceof Map) return entriesToPlain(value, revealed, depth);
  if (Array.isArray(value) || value instanceof Set) {
    const items = [...value];
    const shown = items.slice(0, LONGEST_LIST).map((item) => toPlain(item, revealed, depth + 1) ?? null);
    return items.length > LONGEST_LIST ? [...shown, `… ${items.length - LONGEST_LIST} more`] : shown;
  }
  const prototype = Object.getPrototypeOf(value);
  // An object of a class is no data: a socket, a session, another actor.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return undefined;
  if (prototype !== null && prototype.constructor !== Object && !isForeignObject(prototype)) return undefined;
  return entriesToPlain(Object.entries(value), revealed, depth);
}

/** `Object` of another realm, an iframe's or a test runner's. */
const isForeignObject = (prototype: object): boolean => prototype.constructor?.name === 'Object';

function entriesToPlain(entries: Iterable<[unknown, unknown]>, revealed: Revealed, depth: number): unknown {
  const plain = new Map<string, unknown>();
  let isInterface = false;
  for (const [key, value] of entries) {
    if (typeof value === 'function') isInterface = true;
    const shown = hides(String(key), value, revealed) ? redacted(value) : toPlain(value, revealed, depth + 1);
    if (shown !== undefined) plain.set(String(key), shown);
  }
  // An interface that is an object of functions, as the machines take them in their input.
  return isInterface && plain.size === 0 ? undefined : Object.fromEntries(plain);
}

function hides(key: string, value: unknown, { payloads = false, credentials = false }: Revealed): boolean {
  if (value === undefined || typeof value === 'function' || typeof value === 'boolean') return false;
  return (!payloads && PAYLOADS.test(key)) || (!credentials && CREDENTIALS.test(key));
}

/** What is hidden still tells how much it was, so that a viewer sees that something was there. */
function redacted(value: unknown): string {
  if (typeof value === 'string') return `‹redacted, ${value.length} units›`;
  return Array.isArray(value) ? `‹redacted, ${value.length} items›` : '‹redacted›';
}

function shorten(text: string): string {
  return text.length <= LONGEST_TEXT
    ? text
    : `${text.slice(0, LONGEST_TEXT)}… ${text.length - LONGEST_TEXT} more units`;
}
