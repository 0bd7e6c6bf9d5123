import { invalidArgument } from '../core/errors.ts';

/**
 * All that the library needs of a WebSocket: what browsers, `ws` and a simulated one have in common.
 * The handlers' events are the socket's own; of a message's, only `data` is read.
 *
 * @public
 */
export interface WebSocketLike {
  send(text: string): void;
  close(): void;
  onopen: ((event: never) => unknown) | null | undefined;
  onmessage: ((event: never) => unknown) | null | undefined;
  onclose: ((event: never) => unknown) | null | undefined;
  onerror?: ((event: never) => unknown) | null | undefined;
}

/** Where a WebSocketRpc gets its sockets from; each call gives a new one that is about to open. @public */
export interface WebSocketSource {
  newWebSocket(): WebSocketLike;
}

/** Throws unless `value` can make sockets. */
export function checkSource(value: unknown, whose: string): asserts value is WebSocketSource {
  if (typeof (value as WebSocketSource | undefined)?.newWebSocket !== 'function') {
    throw invalidArgument(`The factory of ${whose} must be an object with newWebSocket`, value);
  }
}
