/**
 * What a contract, a clock or a scenario throws where something does not hold. Test runners show `actual` and `expected`
 * beside each other.
 *
 * @public
 */
export class AssertionError extends Error {
  static override readonly name = 'AssertionError';
  readonly actual: unknown;
  readonly expected: unknown;

  constructor(message: string, values: { actual?: unknown; expected?: unknown } = {}) {
    super(message);
    this.name = 'AssertionError';
    Object.assign(this, values);
  }
}

/** Throws unless the two are the same: plain objects and lists by what is in them, all else by identity. */
export function equal(actual: unknown, expected: unknown): void {
  if (isSame(actual, expected)) return;
  throw new AssertionError(`expected ${show(expected)}, but it is ${show(actual)}`, { actual, expected });
}

/** Throws unless `claim` holds. */
export function holds(claim: boolean, what: string): void {
  if (!claim) throw new AssertionError(`expected that ${what}`);
}

/** Throws unless the call throws something that `fits`. */
export function throws(call: () => unknown, what: string, fits: (error: unknown) => boolean): void {
  try {
    call();
  } catch (error) {
    if (fits(error)) return;
    throw new AssertionError(`expected ${what} to be thrown, but it was ${show(error)}`, { actual: error });
  }
  throw new AssertionError(`expected ${what} to be thrown, but nothing was`);
}

/** Throws unless the promise rejects with `reason`. */
export async function rejects(promise: Promise<unknown>, reason: unknown): Promise<void> {
  const [outcome] = await Promise.allSettled([promise]);
  if (outcome?.status === 'rejected') equal(outcome.reason, reason);
  else
    throw new AssertionError(
      `expected ${show(reason)} to be rejected with, but it came to ${show(outcome?.value)}`,
    );
}

/** Plain objects and lists by what is in them, all else by identity. */
export function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((value, index) => isSame(value, other[index]));
  }
  if (!isPlain(one) || !isPlain(other)) return false;
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && isSame(one[key], other[key]))
  );
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The longest value that a message shows. */
const LONGEST = 300;

function show(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  const text =
    JSON.stringify(value, (_key, part) =>
      typeof part === 'object' && part !== null && !Array.isArray(part) && !isPlain(part)
        ? `[${part.constructor.name}]`
        : part,
    ) ?? String(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}… (${text.length} characters)` : text;
}
