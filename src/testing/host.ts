import type { Hub } from '../core/contracts.ts';
import { VnfError } from '../core/errors.ts';
import type { HubOptions } from '../core/options.ts';
import type { RtcPeerConnectionClass } from '../rtc/rtc-peer.ts';
import type { WebSocketSource } from '../websocket/web-socket.ts';
import { type Directory, NetworkHub } from './network-hub.ts';
import { Process } from './process.ts';
import { type PeerConnections, peerConnectionsOf } from './simulated-peer-connection.ts';
import { SimulatedSocket, type SocketServer } from './simulated-socket.ts';
import type { Wire } from './wire.ts';

/** What a program is started with: its way to the network. @public */
export interface Platform {
  readonly name: string;
  /** The clock, the chance and the page that every hub of the program must be made with. */
  readonly options: HubOptions & Required<Pick<HubOptions, 'clock' | 'random'>>;
  /** Opens sockets to the network's broker: for `new Vnf.WebSocketHub(webSocketFactory, options)`. */
  readonly webSocketFactory: WebSocketSource;
  /** A hub whose messages travel as datagrams, for a ReliableHub on top. */
  readonly datagramHub: Hub;
  /** Makes peer connections to other hosts: for `new Vnf.RtcHub(hub, { ...options, RTCPeerConnection })`. */
  readonly RTCPeerConnection: RtcPeerConnectionClass;
}

/** What all hosts of a network share. */
export interface Surroundings {
  readonly wire: Wire;
  readonly server: SocketServer;
  readonly directory: Directory;
  readonly sockets: Set<SimulatedSocket>;
  readonly peerConnections: PeerConnections;
}

/**
 * A page, or a process, with a way to the network of its own. What runs there is an application's program, which is
 * started again after a crash.
 *
 * @public
 */
export class Host<App = unknown> {
  readonly name: string;
  readonly #network: Surroundings;
  readonly #program: (platform: Platform) => App;
  #process: Process;
  #app: App;

  /** @internal */
  constructor(name: string, network: Surroundings, program: (platform: Platform) => App) {
    this.name = name;
    this.#network = network;
    this.#program = program;
    [this.#process, this.#app] = this.#start();
  }

  /**
   * What the program returned when it was started last.
   *
   * @throws VnfError `ERR_DESTROYED` after a crash: nobody is there who could be asked for anything
   */
  get app(): App {
    if (this.isRunning) return this.#app;
    throw new VnfError('ERR_DESTROYED', `Nothing runs on the host "${this.name}": call restart first.`);
  }

  get isRunning(): boolean {
    return !this.#process.hasEnded;
  }

  get isAsleep(): boolean {
    return this.isRunning && this.#process.isAsleep;
  }

  /** Whether its program runs, and is awake. */
  get isAwake(): boolean {
    return this.isRunning && !this.#process.isAsleep;
  }

  /** The program ends where it is: its timers with it, its sockets are reset by the host. */
  crash(): void {
    if (this.isRunning) this.#process.end();
  }

  /** The page is closed: its endpoints are destroyed, and say goodbye. One that sleeps says nothing. */
  leave(): void {
    if (this.isRunning) this.#process.leave();
  }

  /** Starts the program anew; one that runs crashes first. */
  restart(): void {
    this.crash();
    [this.#process, this.#app] = this.#start();
  }

  /**
   * Freezes the page: its timers stop and what comes for it waits. Its sockets stay open, since pings are answered by
   * the host; one that is off the network too is in a partition of its own.
   */
  sleep(): void {
    if (this.isRunning) this.#process.sleep();
  }

  /** The page goes on: it hears that it was away, then what came due meanwhile happens in its order. */
  wake(): void {
    if (this.isRunning) this.#process.wake();
  }

  /** Breaks its sockets; both ends hear of it at once. */
  cutSockets(): void {
    for (const socket of this.#sockets()) socket.cut();
  }

  /** Nothing passes its sockets any more, and neither end is told. Those that are opened from now on work. */
  halfOpenSockets(): void {
    for (const socket of this.#sockets()) socket.halfOpen();
  }

  #sockets(): SimulatedSocket[] {
    return [...this.#network.sockets].filter((socket) => socket.host === this.name);
  }

  #start(): [Process, App] {
    const { name } = this;
    const { wire, server, directory, sockets, peerConnections } = this.#network;
    const process = new Process(wire.clock, wire.random);
    const side = { host: name, process };
    const newWebSocket = () => {
      const socket = new SimulatedSocket(wire, side, server, () => sockets.delete(socket));
      sockets.add(socket);
      return socket;
    };
    const program = this.#program;
    const app = program({
      name,
      options: process.options,
      webSocketFactory: { newWebSocket },
      datagramHub: new NetworkHub(side, wire, directory),
      RTCPeerConnection: peerConnectionsOf(side, wire, peerConnections),
    });
    return [process, app];
  }
}
