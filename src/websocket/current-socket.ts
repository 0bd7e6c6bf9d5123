import type { WebSocketLinkEvent } from '../../machines/websocket-link.machine.ts';
import { reasonOf } from '../core/errors.ts';
import { log } from '../core/logger.ts';
import type { WebSocketLike, WebSocketSource } from './web-socket.ts';

/**
 * The socket that a client has now, one after the other. What a socket does becomes a fact with its number; the
 * factory and its sockets may be an application's own, so that what they throw ends here.
 */
export class CurrentSocket {
  readonly #source: WebSocketSource;
  readonly #report: (event: WebSocketLinkEvent) => void;
  readonly #receive: (data: unknown) => void;
  #number = 0;
  #socket: WebSocketLike | undefined;

  constructor(
    source: WebSocketSource,
    report: (event: WebSocketLinkEvent) => void,
    receive: (data: unknown) => void,
  ) {
    this.#source = source;
    this.#report = report;
    this.#receive = receive;
  }

  open(number: number): void {
    this.#number = number;
    try {
      const socket = this.#source.newWebSocket();
      this.#socket = socket;
      // The error event knows why; the close event that follows it does not.
      let reason = 'the socket closed';
      socket.onopen = () => this.#report({ type: 'socket.opened', socket: number });
      socket.onclose = () => this.#report({ type: 'socket.closed', socket: number, reason });
      socket.onerror = (event?: { message?: unknown }) => {
        reason = event?.message ? `the socket failed: ${event.message}` : 'the socket failed';
      };
      // Data go past the machine, so that the number is looked at here.
      socket.onmessage = (event?: { data?: unknown }) => {
        if (this.#socket === socket) this.#receive(event?.data);
      };
    } catch (error) {
      this.#fail('no socket could be opened', error);
    }
  }

  send(text: string): void {
    try {
      this.#socket?.send(text);
    } catch (error) {
      this.#fail('the socket could not send', error);
    }
  }

  close(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    try {
      socket?.close();
    } catch (error) {
      log.debug('a socket could not be closed', { reason: reasonOf(error) });
    }
  }

  #fail(what: string, error: unknown): void {
    this.#report({ type: 'socket.closed', socket: this.#number, reason: `${what}: ${reasonOf(error)}` });
  }
}
