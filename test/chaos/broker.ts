import fc from 'fast-check';
import { WebSocketHub } from '../../src/hubs/websocket-hub.ts';
import { Application, type Life } from './application.ts';
import type { ChaosModel } from './chaos.ts';
import { commonCommands, few, side } from './commands.ts';
import { Process } from './process.ts';
import { type Noticing, SocketNetwork } from './sockets.ts';
import { TestBroker } from './test-broker.ts';
import type { Side } from './wire.ts';
import { World } from './world.ts';

/** After both, a client has noticed that its socket is dead. */
const IDLE_MS = 20_000;
const BUSY_MS = 10_000;

/** What one side has had of one connection of the other one. */
interface Received {
  last: number;
  /** How many times it began anew with a message that had come. */
  repetitions: number;
}

/** Two WebSocketHubs with a broker between them, over sockets that break. */
class BrokerWorld extends World {
  readonly sockets = new SocketNetwork(this.clock, this.tally, this.problems);
  readonly #received = new Map<string, Received>();
  #broker = this.#startBroker();

  constructor() {
    super();
    this.begin();
  }

  protected override get lanes() {
    return this.sockets.lanes;
  }

  protected override createApplication(eva: Side): Application {
    const process = new Process(this.clock, undefined);
    const hub = new WebSocketHub(this.sockets.sourceFor(eva, process), process.environment);
    hub.setRpcIdleTimerInterval(IDLE_MS);
    hub.setRpcBusyTimerInterval(BUSY_MS);
    return new Application(eva, process, this, () => hub.openEndpoint(eva));
  }

  /** Messages come in their order; after an outage of the sender's some may come again (WH21). */
  override received(life: Life, from: Life, index: number): void {
    const key = `${life.name} from ${from.name}`;
    const before = this.#received.get(key) ?? { last: -1, repetitions: 0 };
    this.#received.set(key, before);
    life.received += 1;
    if (index <= before.last) {
      before.repetitions += 1;
      this.tally.add('repeated');
      if (before.repetitions > from.interruptions)
        this.problems.push(`${key}: message ${index} after ${before.last}, without an outage`);
    } else if (index > before.last + 1 && !this.sockets.hasFailed) {
      this.problems.push(`${key}: message ${index} after ${before.last}, and nothing has failed`);
    }
    before.last = index;
  }

  /** What was sent before a close arrives before it. */
  override closed(life: Life): void {
    if (this.sockets.hasFailed) return;
    for (const from of this.lives.values()) {
      const received = this.#received.get(`${life.name} from ${from.name}`);
      if (received === undefined || !from.isEndedHere) continue;
      this.tally.add('closed in peace');
      if (!this.hasAll(life, from))
        this.problems.push(`${life.name} was closed before all of ${from.name} had come`);
    }
  }

  /** What a socket that was dead has swallowed is lost for ever, but not what is sent from then on. */
  protected override hasAll(life: Life, from: Life): boolean {
    return this.#received.get(`${life.name} from ${from.name}`)?.last === from.sent - 1;
  }

  protected override leftOpen({ process }: Application): string[] {
    const sockets = this.sockets.held(process);
    return [
      ...(process.pendingTimers > 0 ? [`${process.pendingTimers} timers`] : []),
      ...(sockets > 0 ? [`${sockets} sockets`] : []),
    ];
  }

  protected override agrees(): boolean {
    const { a, b } = this.applications;
    return (!a.isBusy && !b.isBusy) || (a.state === 'CONNECTED' && b.state === 'CONNECTED');
  }

  stopBroker(how: 'orderly' | 'reset' | 'silent'): void {
    this.tally.add('broker stopped');
    if (how === 'orderly') this.#broker.shutDown();
    else this.#broker.process.kill();
    this.sockets.brokerStops(how === 'reset');
  }

  startBroker(): void {
    if (this.sockets.accept === undefined) this.#broker = this.#startBroker();
  }

  /** Sockets that are dead are found out, and replaced. */
  protected override async recover(): Promise<void> {
    await this.flow(2 * (IDLE_MS + BUSY_MS), () => false, 1000);
    // A side that is not there any more is noticed by whoever sends to it.
    for (const application of Object.values(this.applications)) application.send(1);
  }

  override heal(): void {
    this.sockets.heal();
    this.startBroker();
  }

  #startBroker(): TestBroker {
    const broker = new TestBroker(new Process(this.clock, undefined));
    this.sockets.accept = broker.accept;
    return broker;
  }
}

export const brokerModel: ChaosModel<BrokerWorld> = {
  name: 'broker',
  create: () => new BrokerWorld(),
  commands: {
    ...commonCommands,
    /** The next packets from a side to the broker arrive, and to a side. */
    deliverFrom: {
      weight: 8,
      values: fc.tuple(side, few),
      run: (world, from: Side, count: number) => {
        for (let rest = count; rest > 0; rest -= 1) world.sockets.of(from)?.toBroker.deliver();
      },
    },
    deliverTo: {
      weight: 8,
      values: fc.tuple(side, few),
      run: (world, to: Side, count: number) => {
        for (let rest = count; rest > 0; rest -= 1) world.sockets.of(to)?.toClient.deliver();
      },
    },
    cut: { weight: 2, values: fc.tuple(side), run: (world, of: Side) => world.sockets.cut(of) },
    break: {
      weight: 4,
      values: fc.tuple(side, fc.constantFrom<Noticing>('both', 'client', 'broker', 'nobody')),
      run: (world, of: Side, noticing: Noticing) => world.sockets.of(of)?.break(noticing),
    },
    /** A socket that is closed says something still. */
    late: {
      weight: 4,
      values: fc.tuple(side, fc.constantFrom('open', 'close', 'message')),
      run: (world, of: Side, what: 'open' | 'close' | 'message') => world.sockets.oldOf(of)?.repeat(what),
    },
    stopBroker: {
      weight: 1,
      values: fc.tuple(fc.constantFrom('orderly', 'reset', 'silent')),
      run: (world, how: 'orderly' | 'reset' | 'silent') => world.stopBroker(how),
    },
    startBroker: { weight: 2, values: fc.constant([]), run: (world) => world.startBroker() },
  },
};
