import { describe, reasonOf, VnfError } from '../core/errors.ts';

/** A value as JSON. Throws `ERR_NOT_SERIALIZABLE` for one that JSON cannot express. */
export function toJson(what: string, value: unknown): string {
  let problem = '';
  let cause: unknown;
  try {
    const json: string | undefined = JSON.stringify(value);
    if (json !== undefined) return json;
  } catch (error) {
    problem = `: ${reasonOf(error)}`;
    cause = error;
  }
  const expectation = `${what} must be a value that JSON can express`;
  throw new VnfError('ERR_NOT_SERIALIZABLE', `${expectation}, but it is ${describe(value)}${problem}.`, {
    cause,
  });
}
