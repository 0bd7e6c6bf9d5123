import type { ConnectionEvent, ConnectionTransport } from '../../machines/connection.machine.ts';

/** A hub's side of one connection: it moves bytes and reports facts; the connection's machine decides. */
export interface Link<M = string> extends ConnectionTransport {
  /**
   * Sends a message, or keeps it while the connection is reconnecting. Throws where it can do neither.
   * Returns `false` where a hub below has enough for now.
   */
  send(message: M): unknown;
  /** How many UTF-16 units of what was sent are still here. Whenever they have become fewer, the port is told. */
  getBufferedAmount(): number;
  /** Whether that is less than `amount`, for links that can tell this sooner. */
  isBelow?(amount: number): boolean;
  /** For links that tell the port only when they are asked to: once no more than `amount` is left. */
  requestDrain?(amount: number): void;
  /** How many UTF-16 units `send` would take now. */
  getSendCapacity(): number;
  /** How many pieces of messages that are not whole yet have come; for links whose messages come in pieces. */
  getReceivedPieces?(): number;
  /** The connection has ended: frees what the link still holds. */
  dispose(): void;
}

/** What a link can tell the connection that it belongs to. */
export interface LinkPort<M = string> {
  /** The address of this side. */
  readonly eva: string;
  /** The address of the other side. */
  readonly targetEva: string;
  /** The most UTF-16 units that the link may keep. */
  readonly maxBufferedAmount: number;
  /** Reports a fact to the connection's machine. */
  report(event: ConnectionEvent): void;
  /** Hands a message to the application; one for a connection that isn't established is dropped. */
  deliver(message: M): void;
  /** Some of what was sent has left; never said inside the step of a machine, since the application may hear of it. */
  drained(): void;
}

/** Makes the link of a new connection. */
export type CreateLink<M> = (port: LinkPort<M>) => Link<M>;
