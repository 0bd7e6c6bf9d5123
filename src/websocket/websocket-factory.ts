import { checkFunction, checkString } from '../core/checks.ts';
import { invalidArgument } from '../core/errors.ts';
import type { WebSocketLike, WebSocketSource } from './web-socket.ts';
import { createSocket } from './websocket.node.ts';

/** What a {@link WebSocketFactory} can be given. @public */
export interface WebSocketFactoryOptions {
  /** The class of the sockets. @default the browser's own; in Node the one of `ws` */
  WebSocket?: new (
    url: string,
  ) => WebSocketLike;
}

/**
 * Opens WebSockets to one broker.
 *
 * @public
 */
export class WebSocketFactory implements WebSocketSource {
  readonly url: string;
  readonly #create: (url: string) => WebSocketLike;

  /**
   * @param url - the broker's: `wss://HOST/PATH` or `ws://HOST:PORT/PATH`
   * @throws VnfError `ERR_INVALID_ARGUMENT`
   */
  constructor(url: string, { WebSocket }: WebSocketFactoryOptions = {}) {
    checkString(url, 'The URL of WebSocketFactory');
    if (!/^(ws|http)s?:$/.test(protocolOf(url))) {
      throw invalidArgument('The URL of WebSocketFactory must have the form wss://HOST/PATH', url);
    }
    if (WebSocket !== undefined) checkFunction(WebSocket, 'The WebSocket class of WebSocketFactory');
    this.url = url;
    this.#create = WebSocket === undefined ? createSocket : (address) => new WebSocket(address);
  }

  /** A new socket, which is about to open. */
  readonly newWebSocket = (): WebSocketLike => this.#create(this.url);
}

function protocolOf(url: string): string {
  try {
    return new URL(url).protocol;
  } catch {
    return '';
  }
}
