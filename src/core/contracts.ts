import type { ConnectionState } from '../../machines/connection.machine.ts';
import type { Inspector } from './options.ts';

/** What `openConnection` tells its callback, once. @public */
export interface OpenConnectionEvent<M = string> {
  status: 'CONNECTED' | 'FAILED';
  targetEva: string;
  endpoint: Endpoint<M>;
}

/** A message, as `onMessage` gets it. @public */
export interface MessageEvent<M = string> {
  sourceEva: string;
  message: M;
  endpoint: Endpoint<M>;
}

/** A change of a connection's state, as `onConnectionStateChange` tells it. @public */
export interface ConnectionStateEvent {
  targetEva: string;
  state: ConnectionState;
  /** The state before, `undefined` for a connection's first one. */
  previous: ConnectionState | undefined;
}

/** What `getConnection` and `getConnections` show of a connection. @public */
export interface ConnectionView {
  readonly targetEva: string;
  readonly state: ConnectionState;
}

/**
 * What version 0.2.1 of the library already asked of an endpoint: all that a hub needs of its parent's endpoints,
 * so that applications can write hubs of their own.
 *
 * @public
 */
export interface ParentEndpoint<M = string> {
  readonly eva: string;
  onMessage: ((event: MessageEvent<M>) => unknown) | undefined | null;
  openConnection(
    targetEva: string,
    callback: (event: { status: string; targetEva: string }) => unknown,
  ): void;
  isConnected(targetEva: string): boolean;
  /** `false` means that enough was sent for now, and `onDrain` tells when more may follow. */
  send(targetEva: string, message: M): unknown;
  closeConnection(targetEva: string): void;
  onConnectionOpen(listener: (targetEva: string) => unknown): void;
  onConnectionLost(listener: (targetEva: string) => unknown): void;
  onDestroy(listener: () => unknown): void;
  destroy(): void;
  isDestroyed(): boolean;
  /** What this library's own endpoints add; a hub of an application may leave them out. */
  getConnectionState?(targetEva: string): ConnectionState | undefined;
  onConnectionStateChange?(listener: (event: ConnectionStateEvent) => unknown): void;
  bufferedAmount?(targetEva: string): number;
  onDrain?(listener: (targetEva: string) => unknown): void;
  /** `onDrain` is to tell once, as soon as no more than `amount` is left, whatever `send` has returned. */
  requestDrain?(targetEva: string, amount: number): void;
  getSendCapacity?(targetEva: string): number;
  /** Whether what is too much for the way to the other side waits, in its order; of a hub without it, it may be lost. */
  readonly controlsCongestion?: boolean;
  getReceivedPieces?(targetEva: string): number;
}

/** What a hub needs of its parent hub. @public */
export interface ParentHub<M = string> {
  openEndpoint(eva: string): ParentEndpoint<M>;
  setEstablishConnectionTimeout?(ms: number): void;
  setRetryConnectAfterDelay?(ms: number): void;
  setOpenConnectionRetries?(retries: number): void;
  attachInspector?(inspect: Inspector): void;
}

/**
 * One end of any number of connections, with an address of its own in its hub. Every method works detached from
 * its object.
 *
 * @public
 */
export interface Endpoint<M = string> {
  /** Its address. */
  readonly eva: string;
  /** Called for every message, in order. What it throws is logged, and stops nothing. */
  onMessage: ((event: MessageEvent<M>) => unknown) | undefined | null;
  /**
   * Opens a connection. The callback is called once: at once where the connection is there already, else when it
   * is CONNECTED or has FAILED. While the connection is opening, the newest callback replaces the one before.
   *
   * @throws VnfError `ERR_INVALID_ARGUMENT`, `ERR_DESTROYED`
   */
  openConnection(targetEva: string, callback: (event: OpenConnectionEvent<M>) => unknown): void;
  /** Whether messages can be sent: in the states `CONNECTED` and `reconnecting`. */
  isConnected(targetEva: string): boolean;
  /**
   * Sends a message over an established connection.
   *
   * @returns whether `bufferedAmount` is below the hub's `highWaterMark`. Where it is not, the message was taken
   *   nevertheless, and `onDrain` tells when to go on; who goes on at once meets `ERR_BUFFER_FULL` in the end.
   * @throws VnfError `ERR_INVALID_ARGUMENT`, `ERR_DESTROYED`, `ERR_NOT_CONNECTED`, `ERR_NOT_SERIALIZABLE`,
   *   `ERR_MESSAGE_TOO_LARGE`, `ERR_BUFFER_FULL`: nothing was sent.
   */
  send(targetEva: string, message: M): boolean;
  /**
   * How many UTF-16 units of what was sent to the target are still here; 0 for unknown targets. Here is: in memory, not
   * delivered; WebSocketHub, not answered by the broker, each message with its address and 64 units more; RtcHub, not
   * taken by the channel, or in its buffer (there in bytes); ReliableHub, not acknowledged; MarshallerHub and
   * UnreliableHub, what is so in the hub below, and what they hold themselves.
   */
  bufferedAmount(targetEva: string): number;
  /**
   * The listener hears of every connection whose `send` has returned false, once, as soon as `bufferedAmount` has
   * fallen to half of the `highWaterMark`; of one that ends before, `onConnectionLost` tells.
   */
  onDrain(listener: (targetEva: string) => unknown): void;
  /** Ends a connection: both sides get connection lost, one that is still opening gets FAILED. Unknown targets are ignored. */
  closeConnection(targetEva: string): void;
  /** The listener hears of every connection that is CONNECTED for the first time, whoever opened it. */
  onConnectionOpen(listener: (targetEva: string) => unknown): void;
  /** The listener hears of every end of a connection that had been CONNECTED. */
  onConnectionLost(listener: (targetEva: string) => unknown): void;
  /** The listener hears of every state of every connection, once, in order. */
  onConnectionStateChange(listener: (event: ConnectionStateEvent) => unknown): void;
  /** The state of a connection, also of one that ended lately; `undefined` where there never was one. */
  getConnectionState(targetEva: string): ConnectionState | undefined;
  /** How many UTF-16 units `send` would take now before it throws `ERR_BUFFER_FULL`. @internal */
  getSendCapacity(targetEva: string): number;
  /** The connection, if it is open or opening. */
  getConnection(targetEva: string): ConnectionView | undefined;
  /** Every connection that is open or opening. */
  getConnections(): ConnectionView[];
  onDestroy(listener: () => unknown): void;
  /** Closes every connection, frees the address, destroys the parent's endpoint. A second call does nothing. */
  destroy(): void;
  isDestroyed(): boolean;
}

/** Where endpoints are opened. @public */
export interface Hub<M = string> {
  /** The endpoint of this address: the same one until it is destroyed, then a new one. */
  openEndpoint(eva: string): Endpoint<M>;
  /** The endpoint of this address, if it is open. */
  getEndPoint(eva: string): Endpoint<M> | undefined;
  /** How long one attempt to connect may take, in ms; 5000 by default. */
  setEstablishConnectionTimeout(ms?: number): void;
  /** The pause between two attempts, in ms; 0 by default. */
  setRetryConnectAfterDelay(ms?: number): void;
  /** How many attempts follow a first one that fails; 3 by default, 0 for a single attempt. */
  setOpenConnectionRetries(retries?: number): void;
}
