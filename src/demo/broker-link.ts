import { WebSocketFactory, type WebSocketLike, type WebSocketSource } from '../index.ts';

/** What the page knows of its way to the broker. */
export type BrokerState = 'connecting' | 'connected' | 'away';

/** A WebSocketFactory that tells when the newest of its sockets has closed: WebSocketRpc tells only when one is open. */
export class BrokerLink implements WebSocketSource {
  readonly url: string;
  readonly #factory: WebSocketFactory;
  readonly #changed: () => void;
  #state: BrokerState = 'connecting';
  #newest: WebSocketLike | undefined;

  constructor(url: string, changed: () => void) {
    this.url = url;
    this.#factory = new WebSocketFactory(url);
    this.#changed = changed;
  }

  get state(): BrokerState {
    return this.#state;
  }

  readonly newWebSocket = (): WebSocketLike => {
    const socket = this.#factory.newWebSocket();
    this.#newest = socket;
    (socket as WebSocket).addEventListener('close', () => {
      if (socket === this.#newest) this.#become('away');
    });
    return socket;
  };

  /** The broker has accepted the LOGIN: to be given to `onConnectionOpen` of the WebSocketRpc. */
  readonly loggedIn = (): void => this.#become('connected');

  #become(state: BrokerState): void {
    this.#state = state;
    this.#changed();
  }
}
