import { BrokerEngine } from '../broker/engine.ts';
import { type BrokerLimits, brokerConfigOf } from '../broker/options.ts';
import { Process } from './process.ts';
import type { RunningBroker, SimulatedSocket, SocketServer } from './simulated-socket.ts';
import type { Wire } from './wire.ts';

/** The host of the broker, in partitions and directions. */
export const BROKER_HOST = 'broker';

/**
 * The broker of a network: the engine of the real one, on simulated sockets. It runs from the start; what its clients
 * have told it is gone with it.
 *
 * @public
 */
export class SimulatedBroker {
  readonly #wire: Wire;
  readonly #limits: BrokerLimits;
  readonly #sockets: ReadonlySet<SimulatedSocket>;
  #running: (RunningBroker & { close(): Promise<void> }) | undefined;

  /** @internal */
  constructor(wire: Wire, limits: BrokerLimits, sockets: ReadonlySet<SimulatedSocket>) {
    this.#wire = wire;
    this.#limits = limits;
    this.#sockets = sockets;
    this.start();
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** @internal */
  get server(): SocketServer {
    const running = () => this.#running;
    return {
      host: BROKER_HOST,
      get running() {
        return running();
      },
    };
  }

  /** Starts it, with nobody logged in and an empty registry. Does nothing while it runs. */
  start(): void {
    if (this.#running !== undefined) return;
    const process = new Process(this.#wire.clock, this.#wire.random);
    const { clock, random } = process.options;
    const config = brokerConfigOf({ ...this.#limits, clock, random });
    const engine = new BrokerEngine(config);
    const { maxFrameBytes } = config;
    this.#running = { process, maxFrameBytes, accept: engine.accept, close: () => engine.close() };
  }

  /** Its process ends without a word to its clients; their hosts hear of it from its own. */
  crash(): void {
    this.#running?.process.end();
    this.#running = undefined;
    for (const socket of [...this.#sockets]) socket.serverDied();
  }

  /** Closes its clients' sockets in good order; the process ends when all have agreed, or after a second. */
  stop(): void {
    const running = this.#running;
    this.#running = undefined;
    running?.close().then(() => running.process.end());
  }

  /** `crash`, and `start` at once: whoever was connected has to connect again. */
  restart(): void {
    this.crash();
    this.start();
  }
}
