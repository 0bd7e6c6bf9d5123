const NAMES = [
  'OK',
  'CONNECTED',
  'FAILED',
  'SEND_TO_ENDPOINT_RECIPIENT_ENDPOINT_CANNOT_BE_FOUND',
  'GET_FAILED_ENTRY_NOT_FOUND',
  'DELETE_FAILED_ENTRY_NOT_FOUND',
  'CREATE_FAILED_ENTRY_ALREADY_EXISTS',
  'UPDATE_FAILED_DUE_TO_OWNERSHIP_CHECK',
  'DELETE_FAILED_DUE_TO_OWNERSHIP_CHECK',
  'CALL_FAILED_UNKNOWN_METHOD',
  'CALL_FAILED_UNEXPECTED_EXCEPTION',
  'FAILED_DUE_TO_CONNECTION_LOST',
  'REJECTED_BY_TIMEOUT',
  'INSTANCE_DESTROYED',
] as const;

/**
 * The plain strings that connections, the registry and the RPC answer with, each its own name.
 *
 * @public
 */
export const Global = Object.freeze(Object.fromEntries(NAMES.map((name) => [name, name]))) as {
  readonly [Name in (typeof NAMES)[number]]: Name;
};
