import type { EntryKey } from '../protocol/registry.ts';

/** Why the store did not do what it was asked for: the reasons of PROTOCOL §1, and the two of its own bounds. */
export type StoreFailure =
  | 'CREATE_FAILED_ENTRY_ALREADY_EXISTS'
  | 'UPDATE_FAILED_DUE_TO_OWNERSHIP_CHECK'
  | 'DELETE_FAILED_ENTRY_NOT_FOUND'
  | 'DELETE_FAILED_DUE_TO_OWNERSHIP_CHECK'
  | 'STORE_SERVICE_COMMAND_FAILED_TOO_MANY_ENTRIES'
  | 'STORE_SERVICE_COMMAND_FAILED_ENTRIES_TOO_LARGE';

export interface StoreLimits {
  maxEntriesPerClient: number;
  maxEntryUnitsPerClient: number;
}

interface Entry extends EntryKey {
  readonly owner: string;
  value: string;
}

interface Ownership {
  readonly entries: Set<Entry>;
  /** UTF-16 units of all their collections, names and values. */
  units: number;
}

const sizeOf = ({ collection, name, value }: Omit<Entry, 'owner'>): number =>
  collection.length + name.length + value.length;

/** The broker's registry: collections of named texts, each owned by the client that made it. */
export class RegistryStore {
  readonly #limits: StoreLimits;
  readonly #collections = new Map<string, Map<string, Entry>>();
  readonly #owners = new Map<string, Ownership>();

  constructor(limits: StoreLimits) {
    this.#limits = limits;
  }

  create(owner: string, key: EntryKey, value: string): 'OK' | StoreFailure {
    if (this.#find(key) !== undefined) return 'CREATE_FAILED_ENTRY_ALREADY_EXISTS';
    const owned = this.#owners.get(owner) ?? { entries: new Set(), units: 0 };
    const entry = { ...key, owner, value };
    if (owned.entries.size >= this.#limits.maxEntriesPerClient) {
      return 'STORE_SERVICE_COMMAND_FAILED_TOO_MANY_ENTRIES';
    }
    if (!this.#grow(owned, sizeOf(entry))) return 'STORE_SERVICE_COMMAND_FAILED_ENTRIES_TOO_LARGE';
    this.#owners.set(owner, owned);
    owned.entries.add(entry);
    const collection = this.#collections.get(key.collection) ?? new Map<string, Entry>();
    this.#collections.set(key.collection, collection.set(key.name, entry));
    return 'OK';
  }

  createOrUpdate(owner: string, key: EntryKey, value: string): 'OK' | StoreFailure {
    const entry = this.#find(key);
    if (entry === undefined) return this.create(owner, key, value);
    const owned = this.#owners.get(owner);
    if (entry.owner !== owner || owned === undefined) return 'UPDATE_FAILED_DUE_TO_OWNERSHIP_CHECK';
    if (!this.#grow(owned, value.length - entry.value.length)) {
      return 'STORE_SERVICE_COMMAND_FAILED_ENTRIES_TOO_LARGE';
    }
    entry.value = value;
    return 'OK';
  }

  get(key: EntryKey): string | undefined {
    return this.#find(key)?.value;
  }

  /** Every name of a collection with its value, in the order in which they were made. */
  *list(collection: string): Generator<[name: string, value: string]> {
    for (const { name, value } of this.#collections.get(collection)?.values() ?? []) yield [name, value];
  }

  delete(owner: string, key: EntryKey): 'OK' | StoreFailure {
    const entry = this.#find(key);
    if (entry === undefined) return 'DELETE_FAILED_ENTRY_NOT_FOUND';
    const owned = this.#owners.get(owner);
    if (entry.owner !== owner || owned === undefined) return 'DELETE_FAILED_DUE_TO_OWNERSHIP_CHECK';
    this.#remove(entry);
    owned.entries.delete(entry);
    owned.units -= sizeOf(entry);
    return 'OK';
  }

  /** Deletes all that a client owns. */
  release(owner: string): void {
    for (const entry of this.#owners.get(owner)?.entries ?? []) this.#remove(entry);
    this.#owners.delete(owner);
  }

  #find({ collection, name }: EntryKey): Entry | undefined {
    return this.#collections.get(collection)?.get(name);
  }

  /** Counts `units` more; false where the owner has no room for them. */
  #grow(owned: Ownership, units: number): boolean {
    if (units > 0 && owned.units + units > this.#limits.maxEntryUnitsPerClient) return false;
    owned.units += units;
    return true;
  }

  #remove({ collection, name }: Entry): void {
    const entries = this.#collections.get(collection);
    entries?.delete(name);
    if (entries?.size === 0) this.#collections.delete(collection);
  }
}
