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

/** Describes a rejected value in an error message without printing all of it. @internal */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'string') {
    return value.length <= 40
      ? JSON.stringify(value)
      : `${JSON.stringify(value.slice(0, 40))}… (${value.length} characters)`;
  }
  if (typeof value === 'object' || typeof value === 'function' || typeof value === 'symbol') {
    return `a value of type ${Array.isArray(value) ? 'array' : typeof value}`;
  }
  return `${String(value)} (${typeof value})`;
}

/** The message of anything that was thrown. @internal */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
