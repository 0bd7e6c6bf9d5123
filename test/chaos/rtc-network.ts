import type { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { Lane } from './lane.ts';
import { PeerConnection, type PeerNetwork } from './peer-connection.ts';
import type { Process } from './process.ts';
import type { Tally } from './tally.ts';
import type { Side } from './wire.ts';

/** For so long what has failed may still have its effect: ICE and a rescue take their time, and more where both sleep. */
const LONGEST_ECHO_MS = 90_000;

/** The network between the peer connections of two processes. */
export class RtcNetwork implements PeerNetwork {
  readonly clock: VirtualClock;
  readonly tally: Tally;
  /** What is on its way over channels, by the side that it is for. */
  readonly lanes: Record<Side, Lane>;
  readonly #connections: PeerConnection[] = [];
  #isDown = false;
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor(clock: VirtualClock, tally: Tally) {
    this.clock = clock;
    this.tally = tally;
    this.lanes = {
      a: new Lane(clock.now, tally),
      b: new Lane(clock.now, tally),
    };
  }

  /** Whether a channel may be lost for nothing but the network. */
  get hasFailedLately(): boolean {
    return this.#isDown || this.clock.now() - this.#failedAt < LONGEST_ECHO_MS;
  }

  /** Whether all that is open can be used. */
  get isWell(): boolean {
    return this.#connections.every((connection) => connection.isWell);
  }

  get isDown(): boolean {
    return this.#isDown;
  }

  /** The class of the peer connections of a process. */
  classFor(side: Side, process: Process): typeof RTCPeerConnection {
    const create = (): PeerConnection => {
      const connection = new PeerConnection(this, side, process, this.#connections.length);
      this.#connections.push(connection);
      this.tally.add('peer connections');
      return connection;
    };
    return function RTCPeerConnection() {
      return create();
    } as unknown as typeof RTCPeerConnection;
  }

  openConnections(process: Process): number {
    return this.#connections.filter((each) => each.process === process && !each.isClosed).length;
  }

  /** Whoever has made a description with this name. */
  find(name: string | undefined): PeerConnection | undefined {
    return this.#connections.find((connection) => name !== undefined && connection.names.has(name));
  }

  cut(): void {
    if (!this.#isDown) this.tally.add('network cut');
    this.#isDown = true;
    this.#failedAt = this.clock.now();
    this.#changed();
  }

  /** The ways that are in use are gone for good, as those of a device that changes its network. */
  roam(): void {
    this.#failedAt = this.clock.now();
    for (const connection of this.#connections) connection.roam();
  }

  heal(): void {
    this.#failedAt = this.clock.now();
    this.#isDown = false;
    for (const lane of Object.values(this.lanes)) lane.heal();
    this.#changed();
  }

  /** A process is gone: its connections say nothing more. */
  vanish(process: Process): void {
    for (const connection of this.#connections) if (connection.process === process) connection.vanish();
  }

  #changed(): void {
    for (const connection of this.#connections) connection.look();
  }
}
