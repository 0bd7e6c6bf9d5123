import { type FaultPlan, type Faults, type FaultsOf, isParted, readPlan } from '../hubs/fault-plan.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** How long everything is on its way where the faults have no `delay` of their own, in ms. */
const LATENCY_MS: readonly [number, number] = [1, 10];

/** How late a datagram is that others pass, in ms. */
const OVERTAKEN_MS = 100;

/** How many datagrams are on their way from one host to another at once; one more is lost. */
const MOST_DATAGRAMS = 1000;

/** What the datagrams from one host to another have in common. */
interface Lane {
  /** When the last of those that keep their order arrives. */
  lastArrival: number;
  onTheWay: number;
}

/** What lies between all hosts of a network. */
export class Wire {
  readonly clock: VirtualClock;
  readonly random: () => number;
  faultsOf: FaultsOf;
  readonly #lanes = new Map<string, Lane>();
  /** What a partition holds up. */
  readonly #heldUp: (() => void)[] = [];

  constructor(clock: VirtualClock, random: () => number, faults: FaultPlan) {
    this.clock = clock;
    this.random = random;
    this.faultsOf = readPlan(faults);
  }

  setFaults(faults: FaultPlan): void {
    this.faultsOf = readPlan(faults);
    for (const resume of this.#heldUp.splice(0)) resume();
  }

  /** Whether nothing passes from one host to another. */
  isCut(from: string, to: string): boolean {
    return isParted(this.faultsOf(from, to), from, to);
  }

  latency(from: string, to: string): number {
    const { delay: [min, max] = LATENCY_MS }: Faults = this.faultsOf(from, to);
    return min + this.random() * (max - min);
  }

  /** Calls `resume` once, when the faults change. */
  whenChanged(resume: () => void): void {
    this.#heldUp.push(resume);
  }

  /** Sends something that may get lost, come twice, or late. */
  sendDatagram(from: string, to: string, arrive: () => void): void {
    const { loss = 0, duplicate = 0, reorder = 0 } = this.faultsOf(from, to);
    const name = `${from}\n${to}`;
    const lane = this.#lanes.get(name) ?? { lastArrival: 0, onTheWay: 0 };
    this.#lanes.set(name, lane);
    let copies = this.random() < loss ? 0 : this.random() < duplicate ? 2 : 1;
    for (; copies > 0 && lane.onTheWay < MOST_DATAGRAMS; copies -= 1) {
      const isLate = this.random() < reorder;
      const now = this.clock.now();
      let arrivesAt = now + this.latency(from, to);
      if (isLate) arrivesAt += OVERTAKEN_MS;
      else {
        arrivesAt = Math.max(arrivesAt, lane.lastArrival);
        lane.lastArrival = arrivesAt;
      }
      lane.onTheWay += 1;
      this.clock.setTimeout(() => {
        lane.onTheWay -= 1;
        if (!this.isCut(from, to)) arrive();
      }, arrivesAt - now);
    }
  }
}
