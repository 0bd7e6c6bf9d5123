import { type ConnectionSettings, PEER_ATTEMPT } from '../../machines/connection.machine.ts';
import { checkString } from '../core/checks.ts';
import type { Connection } from '../core/connection.ts';
import { BaseEndpoint } from '../core/endpoint.ts';
import { describe, VnfError } from '../core/errors.ts';
import { BaseHub } from '../core/hub.ts';
import type { Link, LinkPort } from '../core/link.ts';
import type { Environment } from '../core/options.ts';
import type { SocketSide } from './simulated-socket.ts';
import type { Wire } from './wire.ts';

/** What an end of a connection says to the other. `from` and `to` are the numbers of the two ends. */
type Packet =
  | { kind: 'open'; from: number }
  | { kind: 'accept'; from: number; to: number }
  | { kind: 'message'; from: number; to: number; text: string }
  | { kind: 'close'; from: number }
  /** An answer to what came for an end that isn't there: it has closed, or its process is another one now. */
  | { kind: 'unknown'; to: number };

/** Where the endpoints of all hosts are found. */
export class Directory {
  readonly #endpoints = new Map<string, NetworkEndpoint>();
  #ends = 0;

  /** A number for one end of a connection; a later one has a greater number. */
  nextEnd(): number {
    this.#ends += 1;
    return this.#ends;
  }

  find(eva: string): NetworkEndpoint | undefined {
    return this.#endpoints.get(eva);
  }

  /** @throws VnfError `ERR_ADDRESS_IN_USE` where the endpoint of another process that runs has the address */
  add(endpoint: NetworkEndpoint): void {
    const holder = this.#endpoints.get(endpoint.eva);
    if (holder !== undefined && !holder.isGone) {
      throw new VnfError(
        'ERR_ADDRESS_IN_USE',
        `The address ${describe(endpoint.eva)} is that of an endpoint on the host ${describe(holder.side.host)}: destroy it first.`,
      );
    }
    this.#endpoints.set(endpoint.eva, endpoint);
  }

  remove(endpoint: NetworkEndpoint): void {
    if (this.#endpoints.get(endpoint.eva) === endpoint) this.#endpoints.delete(endpoint.eva);
  }
}

/** One end of a connection. Two that opened at once have each said `open` and `accept`: it is one connection. */
class NetworkLink implements Link {
  readonly #port: LinkPort;
  readonly #send: (packet: Packet) => void;
  readonly end: number;
  /** The other end, once it is known. */
  #other: number | undefined;
  #attempt = PEER_ATTEMPT;

  constructor(port: LinkPort, end: number, send: (packet: Packet) => void) {
    this.#port = port;
    this.end = end;
    this.#send = send;
  }

  get other(): number | undefined {
    return this.#other;
  }

  connect(attempt: number): void {
    this.#attempt = attempt;
    this.#send({ kind: 'open', from: this.end });
  }

  /** The other side opens, perhaps not for the first time, since the answer may have been lost. */
  accept(other: number): void {
    this.#other = other;
    // First, so that it leaves before whatever the application sends at once.
    this.#send({ kind: 'accept', from: this.end, to: other });
    this.#port.report({ type: 'link.up', attempt: PEER_ATTEMPT });
  }

  /** The other side has accepted; a message says so too, if it has passed the answer. */
  accepted(other: number): void {
    if (this.#other !== undefined) return;
    this.#other = other;
    this.#port.report({ type: 'link.up', attempt: this.#attempt });
  }

  send(text: string): void {
    this.#send({ kind: 'message', from: this.end, to: this.#other ?? 0, text });
  }

  // A datagram that was sent has left.
  getBufferedAmount(): number {
    return 0;
  }

  getSendCapacity(): number {
    return Number.POSITIVE_INFINITY;
  }

  disconnect(): void {
    this.#send({ kind: 'close', from: this.end });
  }

  abandon(): void {}
  verify(): void {}
  release(): void {}
  dispose(): void {}
}

/** An endpoint on a host of the network. */
export class NetworkEndpoint extends BaseEndpoint {
  readonly side: SocketSide;
  readonly #wire: Wire;
  readonly #directory: Directory;

  constructor(
    eva: string,
    settings: ConnectionSettings,
    environment: Environment,
    side: SocketSide,
    wire: Wire,
    directory: Directory,
  ) {
    super(eva, settings, environment);
    this.side = side;
    this.#wire = wire;
    this.#directory = directory;
    directory.add(this);
  }

  get isGone(): boolean {
    return this.isDestroyed() || this.side.process.hasEnded;
  }

  override get controlsCongestion(): boolean {
    return false;
  }

  protected override checkMessage(message: string): void {
    checkString(message, 'A message through the hub of a network');
  }

  protected override createLink(port: LinkPort): NetworkLink {
    return new NetworkLink(port, this.#directory.nextEnd(), (packet) => this.#send(port.targetEva, packet));
  }

  protected override release(): void {
    this.#directory.remove(this);
  }

  /** Something has arrived at the host. */
  receive(sourceEva: string, packet: Packet): void {
    const connection = this.findConnection(sourceEva);
    const link = connection?.link as NetworkLink | undefined;
    switch (packet.kind) {
      case 'open':
        this.#opened(sourceEva, packet.from, connection, link);
        return;
      case 'close':
        if (link?.other === packet.from) connection?.report({ type: 'link.closed' });
        return;
      case 'unknown':
        if (link?.end === packet.to) {
          connection?.report({ type: 'link.lost', reason: 'the other side does not know the connection' });
        }
        return;
      default:
        if (link?.end !== packet.to) {
          this.#send(sourceEva, { kind: 'unknown', to: packet.from });
          return;
        }
        link.accepted(packet.from);
        if (packet.kind === 'message') connection?.deliver(packet.text);
    }
  }

  #opened(
    sourceEva: string,
    other: number,
    connection: Connection<string> | undefined,
    link: NetworkLink | undefined,
  ): void {
    const known = link?.other ?? other;
    // Late, or twice, from an end that has been replaced.
    if (other < known) return;
    if (other > known) {
      connection?.report({ type: 'link.lost', reason: 'the other side opens the connection anew' });
    }
    (this.acceptConnection(sourceEva).link as NetworkLink).accept(other);
  }

  #send(targetEva: string, packet: Packet): void {
    const { host, process } = this.side;
    const target = this.#directory.find(targetEva);
    if (process.hasEnded || target === undefined) return;
    this.#wire.sendDatagram(host, target.side.host, () => {
      // Whoever has the address by now: a host's next process hears what was for the one before.
      const receiver = this.#directory.find(targetEva);
      receiver?.side.process.run(() => {
        if (!receiver.isDestroyed()) receiver.receive(this.eva, packet);
      });
    });
  }
}

/**
 * A hub whose messages travel as datagrams, with all the faults of the network: made for a ReliableHub on top. Its own
 * openings and closes may get lost too.
 */
export class NetworkHub extends BaseHub<string, NetworkEndpoint> {
  readonly #side: SocketSide;
  readonly #wire: Wire;
  readonly #directory: Directory;

  constructor(side: SocketSide, wire: Wire, directory: Directory) {
    super(side.process.options);
    this.#side = side;
    this.#wire = wire;
    this.#directory = directory;
  }

  protected override createEndpoint(eva: string): NetworkEndpoint {
    return new NetworkEndpoint(
      eva,
      this.connectionSettings,
      this.environment,
      this.#side,
      this.#wire,
      this.#directory,
    );
  }
}
