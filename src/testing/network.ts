import type { BrokerLimits } from '../broker/options.ts';
import { checkFunction, checkLine } from '../core/checks.ts';
import { describe, VnfError } from '../core/errors.ts';
import { seededRandom } from '../core/random.ts';
import type { FaultPlan } from '../hubs/fault-plan.ts';
import { Host, type Platform } from './host.ts';
import { Directory } from './network-hub.ts';
import { BROKER_HOST, SimulatedBroker } from './simulated-broker.ts';
import { PeerConnections } from './simulated-peer-connection.ts';
import type { SimulatedSocket } from './simulated-socket.ts';
import { VirtualClock } from './virtual-clock.ts';
import { Wire } from './wire.ts';

/** What a {@link Network} can be given. @public */
export interface NetworkOptions {
  /** A whole number that decides all chance: the same one and the same calls give the same events. @default 1 */
  seed?: number;
  /** The time of everything on the network. @default a clock of its own */
  clock?: VirtualClock;
  /** What goes wrong from the start, see `setFaults`. @default nothing */
  faults?: FaultPlan;
  /** How much the broker takes, and how patient it is. @default as the real one */
  broker?: BrokerLimits;
}

/**
 * A network in memory, on virtual time: hosts that run programs with any hubs, and a broker, which is the real one but
 * for its sockets. Nothing happens on it until its clock is moved.
 *
 * ```js
 * const network = new Network({ seed: 7 });
 * const open = (eva) => ({ webSocketFactory, options }) =>
 *   new Vnf.ReliableHub(new Vnf.WebSocketHub(webSocketFactory, options), options).openEndpoint(eva);
 * const alice = network.addHost('alice', open('alice'));
 * const bob = network.addHost('bob', open('bob'));
 * alice.app.openConnection('bob', () => {});
 * await network.clock.runUntil(() => bob.app.isConnected('alice'));
 * bob.halfOpenSockets();
 * await network.clock.run(60_000);
 * ```
 *
 * @public
 */
export class Network {
  readonly clock: VirtualClock;
  /** The broker, on a host called `broker`. */
  readonly broker: SimulatedBroker;
  readonly #wire: Wire;
  readonly #hosts = new Map<string, Host>();
  readonly #sockets = new Set<SimulatedSocket>();
  readonly #directory = new Directory();
  readonly #peerConnections = new PeerConnections();

  /** @throws VnfError `ERR_INVALID_ARGUMENT` */
  constructor({ seed = 1, clock = new VirtualClock(), faults = {}, broker = {} }: NetworkOptions = {}) {
    this.clock = clock;
    this.#wire = new Wire(clock, seededRandom(seed), faults);
    this.broker = new SimulatedBroker(this.#wire, broker, this.#sockets);
  }

  /** Every host, in the order in which they were added. */
  get hosts(): Host[] {
    return [...this.#hosts.values()];
  }

  /**
   * Adds a host and starts its program.
   *
   * @param name - how partitions and directions call it
   * @param program - what runs there, each time that it is started; what it returns is the host's `app`
   * @throws VnfError `ERR_INVALID_ARGUMENT`, `ERR_ADDRESS_IN_USE`, and what the program throws
   */
  addHost<App>(name: string, program: (platform: Platform) => App): Host<App> {
    checkLine(name, 'The name of a host');
    checkFunction(program, 'The program of a host');
    if (name === BROKER_HOST || this.#hosts.has(name)) {
      throw new VnfError(
        'ERR_ADDRESS_IN_USE',
        `A host is called ${describe(name)} already: choose another name.`,
      );
    }
    const network = {
      wire: this.#wire,
      server: this.broker.server,
      directory: this.#directory,
      sockets: this.#sockets,
      peerConnections: this.#peerConnections,
    };
    const host = new Host(name, network, program);
    this.#hosts.set(name, host);
    return host;
  }

  /**
   * Replaces what goes wrong between hosts. `delay` is how long everything is on its way, 1 to 10 ms by default. On
   * sockets, what `loss` takes comes 200 ms or more late, and `duplicate` and `reorder` do nothing, as with TCP; a
   * partition holds everything up until it ends. Datagrams meet all of it, and are lost in a partition.
   *
   * @throws VnfError `ERR_INVALID_ARGUMENT`
   */
  setFaults(faults: FaultPlan): void {
    this.#wire.setFaults(faults);
  }

  /** Ends all faults: no loss and no partition, the broker runs, and every host too, awake. */
  heal(): void {
    this.setFaults({});
    this.broker.start();
    for (const host of this.hosts) {
      if (!host.isRunning) host.restart();
      host.wake();
    }
  }

  /** Ends every program and the broker, without a word; no timer of theirs is left. */
  close(): void {
    for (const host of this.hosts) host.crash();
    this.broker.crash();
  }
}
