import { checkLine } from '../core/checks.ts';
import { invalidArgument } from '../core/errors.ts';
import type { Global } from '../core/global.ts';
import { decodeValue, type EntryKey } from '../protocol/registry.ts';

export type { EntryKey };

/** What every registry answers to a write that succeeded. */
export type Ok = typeof Global.OK;

/**
 * A registry, as one client sees it. Entries belong to the client that made them, and are gone with it. Outcomes
 * that an application has to expect are rejections with the plain strings of `Vnf.Global`. Every method works
 * detached from its object.
 *
 * All of them throw `ERR_INVALID_ARGUMENT` for a collection or a name that is no string or has an EOL character,
 * and `ERR_NOT_SERIALIZABLE` for a value that is no JSON; after `destroy` they reject with `INSTANCE_DESTROYED`.
 * Those of a WebSocketRegistryClient also throw `ERR_MESSAGE_TOO_LARGE` where the call does not fit into a frame of
 * `maxFrameBytes`, and `ERR_BUFFER_FULL` where its WebSocketRpc has no room for it; its `destroy` never throws.
 *
 * @public
 */
export interface RegistryClient {
  /** Rejects with `CREATE_FAILED_ENTRY_ALREADY_EXISTS`. */
  createEntry(key: EntryKey, value: unknown): Promise<Ok>;
  /** Rejects with `UPDATE_FAILED_DUE_TO_OWNERSHIP_CHECK` for another client's entry. */
  createOrUpdate(key: EntryKey, value: unknown): Promise<Ok>;
  /** The value; rejects with `GET_FAILED_ENTRY_NOT_FOUND`. */
  getEntry(key: EntryKey): Promise<unknown>;
  /** The values by name, in an object without prototype; an empty one for an unknown collection. */
  getEntriesWithBody(collection: string): Promise<Record<string, unknown>>;
  /** Rejects with `DELETE_FAILED_ENTRY_NOT_FOUND` or `DELETE_FAILED_DUE_TO_OWNERSHIP_CHECK`. */
  deleteEntry(key: EntryKey): Promise<Ok>;
  /** Deletes the client's entries. A second call does nothing. */
  destroy(): void;
}

/** A copy of the key, which the application may go on changing. */
export function checkKey(key: EntryKey): EntryKey {
  if (typeof key !== 'object' || key === null) {
    throw invalidArgument('The key of a registry entry must be an object { collection, name }', key);
  }
  const { collection, name } = key;
  checkLine(collection, 'The collection of a registry entry');
  checkLine(name, 'The name of a registry entry');
  return { collection, name };
}

/** The values by name. Throws a SyntaxError where one of them is malformed. */
export function decodeValues(
  entries: Iterable<readonly [name: string, text: string]>,
): Record<string, unknown> {
  // Without a prototype, since an entry may be called `__proto__`.
  const values: Record<string, unknown> = Object.create(null);
  for (const [name, text] of entries) values[name] = decodeValue(text);
  return values;
}
