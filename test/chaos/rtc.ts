import fc from 'fast-check';
import { RtcHub } from '../../src/hubs/rtc-hub.ts';
import { Application, type Life, receiveInOrder } from './application.ts';
import { Attempts } from './attempts.ts';
import type { ChaosModel } from './chaos.ts';
import { commonCommands, few, side, wireCommands } from './commands.ts';
import { Process } from './process.ts';
import { RtcNetwork } from './rtc-network.ts';
import { type Side, Wire } from './wire.ts';
import { World } from './world.ts';

/** Two RtcHubs: a signaling wire that loses, repeats and mixes up what it likes, and a network between them. */
class RtcWorld extends World {
  readonly wire = new Wire(this.clock, this.tally);
  readonly network = new RtcNetwork(this.clock, this.tally);
  readonly #attempts = new Attempts(this.network);
  protected override readonly lanes = [
    ...Object.values(this.wire.lanes),
    ...Object.values(this.network.lanes),
  ];
  // Everything leaves, and arrives: 5 s each; a peer connection of wrtc takes 1 s more.
  protected override readonly lingerMs = 12_000;
  /** How far the calendar of each side is ahead. */
  readonly skewMs: Record<Side, number> = { a: 0, b: 0 };

  constructor() {
    super();
    this.begin();
  }

  protected override createApplication(eva: Side): Application {
    const inspect = this.#attempts.inspector(eva, () => process);
    const process: Process = new Process(this.clock, inspect, this.skewMs[eva]);
    const RTCPeerConnection = this.network.classFor(eva, process);
    const hub = new RtcHub(this.wire.hubOf(process), { ...process.environment, RTCPeerConnection });
    return new Application(eva, process, this, () => hub.openEndpoint(eva));
  }

  override restart(of: Side): void {
    const { process } = this.applications[of];
    super.restart(of);
    this.network.vanish(process);
  }

  override check(): void {
    super.check();
    this.problems.push(...this.#attempts.look());
  }

  override received(life: Life, from: Life, index: number): void {
    receiveInOrder(this, life, from, index);
  }

  disturb(fault: () => void): void {
    this.disturbances += 1;
    fault();
  }

  override isWell(): boolean {
    return this.network.isWell;
  }

  /** What was sent before a close arrives before it. */
  override closed({ name, received, partner }: Life): void {
    if (partner?.endedAfter !== this.disturbances) return;
    this.tally.add('closed in peace');
    if (received < partner.sent)
      this.problems.push(
        `${name} was closed with ${received} of ${partner.sent} messages of ${partner.name}`,
      );
  }

  protected override leftOpen({ process }: Application): string[] {
    const connections = this.network.openConnections(process);
    return [
      ...(process.pendingTimers > 0 ? [`${process.pendingTimers} timers`] : []),
      ...(this.wire.openEndpoints(process) > 0 ? ['the endpoint of the wire'] : []),
      ...(connections > 0 ? [`${connections} peer connections`] : []),
    ];
  }

  protected override agrees(): boolean {
    const { a, b } = this.applications;
    return (!a.isBusy && !b.isBusy) || (a.state === 'CONNECTED' && b.state === 'CONNECTED');
  }

  override heal(): void {
    this.wire.heal();
    this.network.heal();
  }
}

export const rtcModel: ChaosModel<RtcWorld> = {
  name: 'rtc',
  create: () => new RtcWorld(),
  commands: {
    ...commonCommands,
    ...wireCommands,
    /** The next packets over the channel of a side's peer connection arrive. */
    carry: {
      weight: 6,
      values: fc.tuple(side, few),
      run: (world, to: Side, count: number) => {
        for (let rest = count; rest > 0; rest -= 1) world.network.lanes[to].deliver();
      },
    },
    cutNetwork: {
      weight: 3,
      values: fc.constant([]),
      run: (world) => world.disturb(() => world.network.cut()),
    },
    /** The ways that are in use are gone for good; there are others. */
    roam: { weight: 2, values: fc.constant([]), run: (world) => world.disturb(() => world.network.roam()) },
    healNetwork: { weight: 2, values: fc.constant([]), run: (world) => world.network.heal() },
    /** The calendar of a process that begins from now on. */
    skew: {
      weight: 1,
      values: fc.tuple(side, fc.constantFrom(-10_000, 10_000)),
      run: (world, of: Side, ms: number) => {
        world.skewMs[of] = ms;
      },
    },
  },
};
