import { checkLine } from '../core/checks.ts';
import { describe, invalidArgument } from '../core/errors.ts';
import { Global } from '../core/global.ts';
import { log } from '../core/logger.ts';
import { decodeEntries, decodeValue, encodeEntry, encodeKey, encodeValue } from '../protocol/registry.ts';
import type { Command } from '../protocol/rpc.ts';
import { type Call, type CallOwner, UNHEARD } from '../websocket/call-table.ts';
import type { WebSocketRpc } from '../websocket/websocket-rpc.ts';
import { checkKey, decodeValues, type EntryKey, type Ok, type RegistryClient } from './registry-client.ts';

/**
 * The broker's registry. Calls made during an outage wait for its end, and after a reconnect every entry that the
 * client owns is made again before they go out (PROTOCOL §1).
 *
 * @public
 */
export class WebSocketRegistryClient implements RegistryClient {
  readonly #rpc: WebSocketRpc;
  /** The arguments that make the owned entries again, by those that delete them. */
  readonly #owned = new Map<string, string>();
  readonly #detach: () => void;
  #destroyed = false;

  /**
   * @param webSocketRpc - the client of the broker; this one is a user of it until it is destroyed
   * @throws VnfError `ERR_INVALID_ARGUMENT`
   */
  constructor(webSocketRpc: WebSocketRpc) {
    if (typeof webSocketRpc?.observe !== 'function') {
      throw invalidArgument('WebSocketRegistryClient needs a WebSocketRpc', webSocketRpc);
    }
    this.#rpc = webSocketRpc;
    webSocketRpc.allocateUsage();
    this.#detach = webSocketRpc.observe({
      restoring: () => this.#restore(),
      destroyed: () => this.destroy(),
    });
  }

  readonly createEntry = (key: EntryKey, value: unknown): Promise<Ok> =>
    this.#write('CREATE-ENTRY', key, value);

  readonly createOrUpdate = (key: EntryKey, value: unknown): Promise<Ok> =>
    this.#write('CREATE-OR-UPDATE-ENTRY', key, value);

  readonly getEntry = (key: EntryKey): Promise<unknown> =>
    this.#invoke('GET-ENTRY', encodeKey(checkKey(key)), decodeValue);

  readonly getEntriesWithBody = (collection: string): Promise<Record<string, unknown>> => {
    checkLine(collection, 'The collection of getEntriesWithBody');
    return this.#invoke('GET-ENTRIES-WITH-BODY', collection, (data) => decodeValues(decodeEntries(data)));
  };

  readonly deleteEntry = (key: EntryKey): Promise<Ok> => {
    const argument = encodeKey(checkKey(key));
    return this.#invoke('DELETE-ENTRY', argument, (data) => {
      const ok = decodeOk(data);
      this.#owned.delete(argument);
      return ok;
    });
  };

  readonly destroy = (): void => {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#detach();
    // The broker does it by itself where this was the last user, since the socket closes.
    for (const key of this.#owned.keys()) this.#discard(key);
    this.#rpc.releaseUsage();
  };

  #write(command: Command, key: EntryKey, value: unknown): Promise<Ok> {
    const checked = checkKey(key);
    const entryKey = encodeKey(checked);
    const argument = encodeEntry(checked, encodeValue(value));
    return this.#invoke(command, argument, (data) => {
      const ok = decodeOk(data);
      if (this.#destroyed) this.#discard(entryKey);
      else this.#owned.set(entryKey, argument);
      return ok;
    });
  }

  #invoke<T>(command: Command, argument: string, decode: (data: string) => T): Promise<T> {
    if (this.#destroyed) return Promise.reject(Global.INSTANCE_DESTROYED);
    return this.#rpc.invoke(command, argument, { retryResend: true }).then(({ data }) => {
      try {
        return decode(data ?? '');
      } catch {
        const reason = `${command} was answered with ${describe(data)}`;
        log.warn('a result of the registry was dropped', { endpoint: this.#rpc.eva, reason });
        throw Global.CALL_FAILED_UNEXPECTED_EXCEPTION;
      }
    });
  }

  /** As calls of the library's own, which need no room: what the application has sent may have filled the buffer. */
  #restore(): void {
    for (const [key, argument] of this.#owned) {
      const failed = (_call: Call, reason: string) => {
        // The next reconnect tries all of them again.
        if (reason === Global.REJECTED_BY_TIMEOUT || reason === Global.INSTANCE_DESTROYED) return;
        this.#owned.delete(key);
        log.warn('a registry entry is lost', {
          endpoint: this.#rpc.eva,
          reason: `${describe(key)}: ${reason}`,
        });
      };
      this.#call('CREATE-OR-UPDATE-ENTRY', argument, { ...UNHEARD, failed });
    }
  }

  /** Best effort: an entry that stays goes with the socket. */
  #discard(key: string): void {
    this.#call('DELETE-ENTRY', key, UNHEARD);
  }

  #call(command: Command, argument: string, owner: CallOwner): void {
    this.#rpc.sendCall(this.#rpc.addCall(command, argument, false, owner));
  }
}

function decodeOk(data: string): Ok {
  if (data !== Global.OK) throw new SyntaxError('not OK');
  return data;
}
