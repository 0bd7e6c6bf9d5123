import { invalidArgument } from './errors.ts';

/** Throws unless `value` is a string. */
export function checkString(value: unknown, what: string): asserts value is string {
  if (typeof value !== 'string') throw invalidArgument(`${what} must be a string`, value);
}

/** Throws unless `value` can be an address or a name: any string without an end of line (PROTOCOL, head). */
export function checkLine(value: unknown, what: string): asserts value is string {
  checkString(value, what);
  if (value.includes('\n')) {
    throw invalidArgument(`${what} must have no EOL character ("\\n")`, value);
  }
}

/** Throws unless `value` is a function. */
export function checkFunction(value: unknown, what: string): void {
  if (typeof value !== 'function') throw invalidArgument(`${what} must be a function`, value);
}

/** Throws unless `value` is a duration in milliseconds: 0 or more; `Infinity` means never. */
export function checkDuration(value: unknown, what: string): asserts value is number {
  if (typeof value !== 'number' || !(value >= 0)) {
    throw invalidArgument(`${what} must be 0 or more milliseconds`, value);
  }
}

/** Throws unless `value` is a whole number of at least `least`; `Infinity` passes and means without limit. */
export function checkCount(value: unknown, what: string, least = 0): asserts value is number {
  if (typeof value !== 'number' || !(value >= least) || Math.floor(value) !== value) {
    throw invalidArgument(`${what} must be a whole number of ${least} or more`, value);
  }
}
