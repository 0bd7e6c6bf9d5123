import { describe, VnfError } from './errors.ts';

/** Throws unless `value` can be an address: any string without an end of line, which the wire cannot carry (PROTOCOL, head). */
export function checkEva(value: unknown, what: string): asserts value is string {
  checkString(value, what);
  checkNoEol(value, what);
}

/** Throws unless `value` is a string. */
export function checkString(value: unknown, what: string): asserts value is string {
  if (typeof value !== 'string') {
    throw new VnfError('ERR_INVALID_ARGUMENT', `${what} must be a string, but it is ${describe(value)}.`);
  }
}

/** Throws where a one-line text holds the wire's separator. */
export function checkNoEol(value: string, what: string): void {
  if (value.includes('\n')) {
    throw new VnfError(
      'ERR_INVALID_ARGUMENT',
      `${what} must not contain an EOL character ("\\n"), since the wire separates by it; it is ${describe(value)}.`,
    );
  }
}

/** Throws unless `value` is a function. */
export function checkFunction(value: unknown, what: string): void {
  if (typeof value !== 'function') {
    throw new VnfError('ERR_INVALID_ARGUMENT', `${what} must be a function, but it is ${describe(value)}.`);
  }
}

/** Throws unless `value` is a duration in milliseconds: 0 or more; `Infinity` means never. */
export function checkDuration(value: unknown, what: string): asserts value is number {
  if (typeof value !== 'number' || !(value >= 0)) {
    throw new VnfError(
      'ERR_INVALID_ARGUMENT',
      `${what} must be a number of milliseconds of 0 or more, but it is ${describe(value)}.`,
    );
  }
}

/** Throws unless `value` is a whole number of at least `least`; `Infinity` passes and means without limit. */
export function checkCount(value: unknown, what: string, least = 0): asserts value is number {
  const whole = Number.isSafeInteger(value) || value === Number.POSITIVE_INFINITY;
  if (!whole || (value as number) < least) {
    throw new VnfError(
      'ERR_INVALID_ARGUMENT',
      `${what} must be a whole number of ${least} or more, but it is ${describe(value)}.`,
    );
  }
}
