import { checkLine } from '../core/checks.ts';
import { describe, VnfError } from '../core/errors.ts';
import { Global } from '../core/global.ts';
import { decodeValue, encodeValue } from '../protocol/registry.ts';
import { checkKey, decodeValues, type EntryKey, type Ok, type RegistryClient } from './registry-client.ts';

interface Entry {
  readonly owner: MemoryRegistryClient;
  /** As on the wire, so that nobody shares an object with the registry. */
  readonly text: string;
}

type Collections = Map<string, Map<string, Entry>>;

class MemoryRegistryClient implements RegistryClient {
  readonly #collections: Collections;
  readonly #disconnect: () => void;
  #destroyed = false;

  constructor(collections: Collections, disconnect: () => void) {
    this.#collections = collections;
    this.#disconnect = disconnect;
  }

  readonly createEntry = (key: EntryKey, value: unknown): Promise<Ok> => {
    const checked = checkKey(key);
    const text = encodeValue(value);
    return this.#answer(() => {
      if (this.#find(checked) !== undefined) throw Global.CREATE_FAILED_ENTRY_ALREADY_EXISTS;
      return this.#put(checked, text);
    });
  };

  readonly createOrUpdate = (key: EntryKey, value: unknown): Promise<Ok> => {
    const checked = checkKey(key);
    const text = encodeValue(value);
    return this.#answer(() => {
      const owner = this.#find(checked)?.owner ?? this;
      if (owner !== this) throw Global.UPDATE_FAILED_DUE_TO_OWNERSHIP_CHECK;
      return this.#put(checked, text);
    });
  };

  readonly getEntry = (key: EntryKey): Promise<unknown> => {
    const checked = checkKey(key);
    return this.#answer(() => {
      const entry = this.#find(checked);
      if (entry === undefined) throw Global.GET_FAILED_ENTRY_NOT_FOUND;
      return decodeValue(entry.text);
    });
  };

  readonly getEntriesWithBody = (collection: string): Promise<Record<string, unknown>> => {
    checkLine(collection, 'The collection of getEntriesWithBody');
    return this.#answer(() => {
      const entries = this.#collections.get(collection) ?? new Map<string, Entry>();
      return decodeValues(Array.from(entries, ([name, { text }]) => [name, text] as const));
    });
  };

  readonly deleteEntry = (key: EntryKey): Promise<Ok> => {
    const checked = checkKey(key);
    return this.#answer(() => {
      const entry = this.#find(checked);
      if (entry === undefined) throw Global.DELETE_FAILED_ENTRY_NOT_FOUND;
      if (entry.owner !== this) throw Global.DELETE_FAILED_DUE_TO_OWNERSHIP_CHECK;
      this.#remove(checked);
      return Global.OK;
    });
  };

  readonly destroy = (): void => {
    if (this.#destroyed) return;
    this.#destroyed = true;
    for (const [collection, entries] of this.#collections) {
      for (const [name, { owner }] of entries) if (owner === this) this.#remove({ collection, name });
    }
    this.#disconnect();
  };

  /** Does it now, in the order of the calls, and tells later. */
  async #answer<T>(operation: () => T): Promise<T> {
    if (this.#destroyed) throw Global.INSTANCE_DESTROYED;
    return operation();
  }

  #find({ collection, name }: EntryKey): Entry | undefined {
    return this.#collections.get(collection)?.get(name);
  }

  #put({ collection, name }: EntryKey, text: string): Ok {
    const entries = this.#collections.get(collection) ?? new Map<string, Entry>();
    this.#collections.set(collection, entries.set(name, { owner: this, text }));
    return Global.OK;
  }

  #remove({ collection, name }: EntryKey): void {
    const entries = this.#collections.get(collection);
    entries?.delete(name);
    if (entries?.size === 0) this.#collections.delete(collection);
  }
}

/**
 * A registry in memory, for clients of one page or process: mostly for tests. It behaves as a broker's does.
 *
 * @public
 */
export class InBrowserRegistry {
  readonly #collections: Collections = new Map();
  readonly #clients = new Map<string, RegistryClient>();

  /**
   * The client of an address, which may connect once at a time.
   *
   * @throws VnfError `ERR_INVALID_ARGUMENT`, `ERR_ADDRESS_IN_USE`
   */
  readonly connect = (eva: string): RegistryClient => {
    checkLine(eva, 'The address (EVA) of InBrowserRegistry.connect');
    if (this.#clients.has(eva)) {
      throw new VnfError(
        'ERR_ADDRESS_IN_USE',
        `${describe(eva)} is connected to this registry already: use its client, or destroy it first.`,
      );
    }
    const client = new MemoryRegistryClient(this.#collections, () => this.#clients.delete(eva));
    this.#clients.set(eva, client);
    return client;
  };
}
