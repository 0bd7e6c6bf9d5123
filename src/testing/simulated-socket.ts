import type { BrokerSocket, SocketListener } from '../broker/session.ts';
import { utf8Bytes } from '../core/limits.ts';
import type { WebSocketLike } from '../websocket/web-socket.ts';
import type { Process } from './process.ts';
import { Stream } from './stream.ts';
import type { Wire } from './wire.ts';

/** What a frame without a message takes: of a handshake, a ping, a close. */
const CONTROL_BYTES = 8;

/** One side of a socket: where it runs, and the name of its host. */
export interface SocketSide {
  readonly host: string;
  readonly process: Process;
}

/** What a socket finds at its other end. */
export interface SocketServer {
  readonly host: string;
  /** The broker that runs there, if one does. */
  readonly running: RunningBroker | undefined;
}

/** A broker's process. */
export interface RunningBroker {
  readonly process: Process;
  readonly maxFrameBytes: number;
  accept(socket: BrokerSocket): SocketListener;
}

interface SocketEvent {
  readonly target: SimulatedSocket;
  readonly data?: unknown;
  readonly message?: string;
}

type Handler = ((event: never) => unknown) | null | undefined;

/**
 * A WebSocket from a host to the broker. Pings are answered and closes agreed to by the host, as a browser does it,
 * whether or not its page is awake.
 */
export class SimulatedSocket implements WebSocketLike {
  onopen: Handler = null;
  onmessage: Handler = null;
  onclose: Handler = null;
  onerror: Handler = null;

  readonly #client: SocketSide;
  readonly #server: SocketServer;
  readonly #up: Stream;
  readonly #down: Stream;
  readonly #forget: () => void;
  #state: 'connecting' | 'open' | 'closing' | 'closed' = 'connecting';
  /** The broker's side, once it has accepted; it is told of one end. */
  #listener: SocketListener | undefined;
  #accepted: RunningBroker | undefined;
  #receivedBytes = 0;

  constructor(
    wire: Wire,
    client: SocketSide,
    server: SocketServer,
    forgotten: (socket: SimulatedSocket) => void,
  ) {
    this.#client = client;
    this.#server = server;
    this.#up = new Stream(wire, client.host, server.host);
    this.#down = new Stream(wire, server.host, client.host);
    const stopListening = client.process.onEnd(() => this.#clientDied());
    this.#forget = () => {
      stopListening();
      forgotten(this);
    };
    this.#up.send(CONTROL_BYTES, () => this.#reachServer());
  }

  /** The name of the host that opened it. */
  get host(): string {
    return this.#client.host;
  }

  readonly send = (text: string): void => {
    if (this.#state === 'connecting') throw new Error('the socket is still connecting');
    if (this.#state !== 'open' || this.#client.process.hasEnded) return;
    const bytes = utf8Bytes(text);
    this.#up.send(bytes, () => this.#arriveAtServer(text, bytes));
  };

  readonly close = (): void => {
    if (this.#state === 'closing' || this.#state === 'closed' || this.#client.process.hasEnded) return;
    this.#state = 'closing';
    this.#up.send(CONTROL_BYTES, () => {
      this.#endServer('the client closed the socket');
      this.#down.send(CONTROL_BYTES, () => this.#endClient());
    });
  };

  /** Both ends hear at once that the connection is gone. */
  cut(): void {
    this.halfOpen();
    this.#endServer('the connection was reset');
    this.#endClient('the connection was reset');
  }

  /** Nothing passes any more, and neither end is told: a half-open connection. */
  halfOpen(): void {
    this.#up.silence();
    this.#down.silence();
    this.#forget();
  }

  /** The broker's process has ended; its host says so. */
  serverDied(): void {
    this.#listener = undefined;
    this.#down.send(CONTROL_BYTES, () => this.#endClient('the connection was reset'));
  }

  #clientDied(): void {
    this.#state = 'closed';
    this.#up.send(CONTROL_BYTES, () => {
      this.#endServer('the connection was reset');
      this.#forget();
    });
  }

  #reachServer(): void {
    const { running } = this.#server;
    if (running === undefined) {
      this.#down.send(CONTROL_BYTES, () => this.#endClient('nobody listens there'));
      return;
    }
    this.#accepted = running;
    this.#listener = running.accept(this.#brokerSocket());
    this.#down.send(CONTROL_BYTES, () => {
      if (this.#state !== 'connecting') return;
      this.#client.process.run(() => {
        if (this.#state !== 'connecting') return;
        this.#state = 'open';
        this.#tell(this.onopen);
      });
    });
  }

  #arriveAtServer(text: string, bytes: number): void {
    this.#receivedBytes += bytes;
    const listener = this.#listener;
    if (listener === undefined) {
      // The broker that had accepted it runs no more.
      this.#down.send(CONTROL_BYTES, () => this.#endClient('the connection was reset'));
    } else if (bytes > (this.#accepted?.maxFrameBytes ?? 0)) {
      listener.malformed(`a frame of ${bytes} bytes`);
      this.#closeFromServer('the frame is too large');
    } else {
      this.#accepted?.process.run(() => listener.message(text));
    }
  }

  #brokerSocket(): BrokerSocket {
    return {
      remote: this.#client.host,
      send: (frame) =>
        this.#down.send(utf8Bytes(frame), () =>
          this.#client.process.run(() => {
            if (this.#state === 'open' || this.#state === 'closing')
              this.#tell(this.onmessage, { data: frame });
          }),
        ),
      getBufferedBytes: () => this.#down.bufferedBytes,
      getReceivedBytes: () => this.#receivedBytes,
      ping: () =>
        this.#down.send(CONTROL_BYTES, () => {
          if (this.#client.process.hasEnded) return;
          this.#up.send(CONTROL_BYTES, () => {
            this.#receivedBytes += CONTROL_BYTES;
            this.#accepted?.process.run(() => this.#listener?.pong());
          });
        }),
      close: (_code, reason) => this.#closeFromServer(reason),
      terminate: () => {
        this.#listener = undefined;
        this.#down.send(CONTROL_BYTES, () => this.#endClient('the connection was reset'));
      },
    };
  }

  #closeFromServer(reason: string): void {
    this.#down.send(CONTROL_BYTES, () => {
      this.#up.send(CONTROL_BYTES, () => this.#endServer(reason));
      this.#endClient();
    });
  }

  #endServer(reason: string): void {
    const listener = this.#listener;
    this.#listener = undefined;
    if (listener !== undefined) this.#accepted?.process.run(() => listener.closed(reason));
  }

  #endClient(failure?: string): void {
    this.#forget();
    this.#client.process.run(() => {
      if (this.#state === 'closed') return;
      this.#state = 'closed';
      if (failure !== undefined) this.#tell(this.onerror, { message: failure });
      this.#tell(this.onclose);
    });
  }

  #tell(handler: Handler, more: Partial<SocketEvent> = {}): void {
    (handler as ((event: SocketEvent) => unknown) | null | undefined)?.({ target: this, ...more });
  }
}
