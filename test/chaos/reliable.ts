import { ReliableHub } from '../../src/hubs/reliable-hub.ts';
import { Application, type Life, receiveInOrder } from './application.ts';
import type { ChaosModel } from './chaos.ts';
import { commonCommands, wireCommands } from './commands.ts';
import { Process } from './process.ts';
import { Sessions } from './sessions.ts';
import { type Side, Wire } from './wire.ts';
import { World } from './world.ts';

/** The default of ReliableHub. */
const LOST_TIMEOUT_MS = 15_000;

/** Two ReliableHubs over a wire that loses, repeats and mixes up what it likes, and breaks. */
class ReliableWorld extends World {
  readonly wire = new Wire(this.clock, this.tally);
  readonly #sessions = new Sessions();
  protected readonly lanes = Object.values(this.wire.lanes);

  constructor() {
    super();
    this.begin();
  }

  protected override createApplication(eva: Side): Application {
    const process: Process = new Process(
      this.clock,
      this.#sessions.inspector(() => process),
    );
    const hub = new ReliableHub(this.wire.hubOf(process), process.environment);
    return new Application(eva, process, this, () => hub.openEndpoint(eva));
  }

  override check(): void {
    super.check();
    this.problems.push(...this.#sessions.look());
  }

  override received(life: Life, from: Life, index: number): void {
    receiveInOrder(this, life, from, index);
  }

  /** What was sent before a close arrives, whatever gets lost of it; only silence ends that (RB37). */
  override closed({ name, received, partner }: Life): void {
    if (partner?.closedAt === undefined || this.clock.now() - partner.closedAt >= LOST_TIMEOUT_MS) return;
    this.tally.add('closed in peace');
    if (received < partner.sent)
      this.problems.push(
        `${name} was closed with ${received} of ${partner.sent} messages of ${partner.name}`,
      );
  }

  protected override leftOpen({ process }: Application): string[] {
    return [
      ...(process.pendingTimers > 0 ? [`${process.pendingTimers} timers`] : []),
      ...(this.wire.openEndpoints(process) > 0 ? ['the endpoint of the wire'] : []),
    ];
  }

  protected override agrees(): boolean {
    const { a, b } = this.applications;
    if (!a.isBusy && !b.isBusy) return true;
    if (a.state !== 'CONNECTED' || b.state !== 'CONNECTED') return false;
    const [ofA, ofB] = [this.#sessions.connectedOf(a.process), this.#sessions.connectedOf(b.process)];
    return (
      ofA.length === 1 && ofB.length === 1 && ofA[0]?.remote === ofB[0]?.own && ofB[0]?.remote === ofA[0]?.own
    );
  }

  override heal(): void {
    this.wire.heal();
    for (const each of ['a', 'b'] as const) this.wire.resume(each);
  }
}

export const reliableModel: ChaosModel<ReliableWorld> = {
  name: 'reliable',
  create: () => new ReliableWorld(),
  commands: {
    ...commonCommands,
    ...wireCommands,
  },
};
