/** The causes that a {@link VnfError} can have; `docs/ERRORS.md` has a section for each. */
export type VnfErrorCode =
  | 'ERR_INVALID_ARGUMENT'
  | 'ERR_DESTROYED'
  | 'ERR_NOT_CONNECTED'
  | 'ERR_ADDRESS_IN_USE'
  | 'ERR_NOT_SERIALIZABLE'
  | 'ERR_MESSAGE_TOO_LARGE'
  | 'ERR_BUFFER_FULL'
  | 'ERR_MISSING_DEPENDENCY';

/**
 * The error that every misuse of the library throws, at once and before anything was changed.
 * Outcomes that an application has to expect (a peer that is absent, a registry entry that is taken) are not
 * errors of this kind: they come as a status, an event, or one of the plain strings of `Vnf.Global`.
 *
 * @public
 */
export class VnfError extends Error {
  static override readonly name = 'VnfError';
  /** Which rule was broken; stable across versions, unlike the message. */
  readonly code: VnfErrorCode;

  constructor(code: VnfErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'VnfError';
    this.code = code;
  }
}

/** What an argument must be, as a sentence without its end, and what came instead. @internal */
export function invalidArgument(expectation: string, value: unknown): VnfError {
  return new VnfError('ERR_INVALID_ARGUMENT', `${expectation}, but it is ${describe(value)}.`);
}

/** Describes a rejected value in an error message without printing all of it. @internal */
export function describe(value: unknown): string {
  if (typeof value === 'string') {
    const text = JSON.stringify(value.slice(0, 40));
    return value.length > 40 ? `${text}… (${value.length} characters)` : text;
  }
  if (value === Object(value)) return Array.isArray(value) ? 'an array' : `of the type ${typeof value}`;
  return `${String(value)} (${typeof value})`;
}

/** The message of anything that was thrown. @internal */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
