import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import type { Application, Conversation, Life } from './application.ts';
import type { ChaosWorld } from './chaos.ts';
import type { Lane } from './lane.ts';
import { Tally } from './tally.ts';
import { SIDES, type Side } from './wire.ts';

/** In which time at most everything has to come right once all faults have healed, in ms. */
const RIGHT_WITHIN = 90_000;

/** In which time a message arrives where nothing is wrong any more: at once, give or take what packs several. */
const ARRIVES_WITHIN = 200;

/** How fine virtual time passes while everything arrives at once, in ms. */
const STEP = 100;

/** More in one moment than any protocol of the library needs. */
const MOST_ARRIVALS = 5000;

/** Two applications, a and b, the ways between them, and a clock that stands still until it is told. */
export abstract class World implements ChaosWorld, Conversation {
  readonly problems: string[] = [];
  readonly tally = new Tally();
  readonly clock = new VirtualClock();
  readonly lives = new Map<string, Life>();
  disturbances = 0;
  readonly applications = {} as Record<Side, Application>;

  /** How long after the end of an endpoint something of it may still be open, in ms. */
  protected readonly lingerMs: number = 0;

  /** Every way that something may be on. */
  protected abstract readonly lanes: readonly Lane[];

  /** A side, in a process of its own. */
  protected abstract createApplication(side: Side): Application;

  abstract received(life: Life, from: Life, index: number): void;

  closed(_life: Life): void {}

  isWell(): boolean {
    return true;
  }

  /** What ends with a process, and has not. */
  protected abstract leftOpen(application: Application): string[];

  /** Whether both sides see their connection in the same way. */
  protected abstract agrees(): boolean;

  /** Every fault ends. */
  abstract heal(): void;

  protected begin(): void {
    for (const side of SIDES) {
      this.applications[side] = this.createApplication(side);
      this.applications[side].listen();
    }
  }

  check(): void {
    for (const application of Object.values(this.applications)) application.check();
    if (this.tally.of('flooded') > 0) this.problems.push('more is on its way than any conversation needs');
  }

  destroy(side: Side): void {
    const application = this.applications[side];
    application.destroy();
    this.tally.add('destroyed');
    if (this.lingerMs === 0) this.#complain(side, 'destroyed', this.leftOpen(application));
  }

  /** The process of a side ends without a word, and another one begins. */
  restart(side: Side): void {
    const application = this.applications[side];
    application.die();
    this.tally.add('restarted');
    this.applications[side] = this.createApplication(side);
    this.applications[side].listen();
  }

  /** What waits for a task of its own, or for a promise, happens. */
  async turn(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Everything arrives that may, and what that leads to. */
  async deliverAll(): Promise<void> {
    let arrivals = 0;
    for (let arrived = true; arrived; ) {
      arrived = false;
      for (const lane of this.lanes)
        while (arrivals < MOST_ARRIVALS && lane.deliver()) {
          arrivals += 1;
          arrived = true;
        }
      if (arrivals >= MOST_ARRIVALS) throw new Error('there is no end of what arrives');
      await this.turn();
    }
  }

  /** Time passes, and nobody acts. */
  sleep(ms: number): void {
    this.disturbances += 1;
    this.clock.sleep(ms);
  }

  /** Time passes, and nothing arrives. */
  async pass(ms: number): Promise<void> {
    this.disturbances += 1;
    for (let passed = 0; passed < ms; passed += STEP) {
      this.clock.advance(Math.min(STEP, ms - passed));
      await this.turn();
    }
  }

  /** Time passes, and everything arrives at once. */
  async flow(ms: number, isEnough: () => boolean = () => false, step = STEP): Promise<void> {
    await this.deliverAll();
    for (let passed = 0; passed < ms && !isEnough(); passed += step) {
      this.clock.advance(step);
      await this.deliverAll();
    }
  }

  async finish(): Promise<void> {
    const { a, b } = this.applications;
    for (const side of SIDES) this.applications[side].calm();
    this.heal();
    await this.recover();
    await this.#comesRight('the sides do not agree', () => this.agrees());
    if (a.isConnected) this.tally.add('alive at the end');
    else {
      b.listen();
      a.open();
      await this.#comesRight('no connection can be opened', () => a.isConnected && this.agrees());
    }
    await this.#exchange(RIGHT_WITHIN);
    await this.#exchange(ARRIVES_WITHIN);
    await this.#comesRight('something is kept still', () => a.isDrained && b.isDrained);
    a.send(3);
    a.close();
    await this.flow(1000);
    for (const side of SIDES) this.destroy(side);
    await this.flow(this.lingerMs);
    for (const side of SIDES) this.#complain(side, 'destroyed', this.leftOpen(this.applications[side]));
    for (const { side, isBusy, state } of [a, b])
      if (isBusy) this.problems.push(`${side} is ${state} at the end`);
  }

  /** What takes its time once all faults have healed. */
  protected async recover(): Promise<void> {}

  /** Each side sends, and everything that was sent in the connection has arrived. */
  async #exchange(withinMs: number): Promise<void> {
    const { a, b } = this.applications;
    a.send(1);
    b.send(1);
    const [ofA, ofB] = [a.life, b.life];
    const hasAll = () =>
      ofA !== undefined && ofB !== undefined && this.hasAll(ofA, ofB) && this.hasAll(ofB, ofA);
    await this.#comesRight(`not everything has arrived after ${withinMs} ms`, hasAll, withinMs);
  }

  /** Whether everything has come that was sent to a connection by its other side. */
  protected hasAll(life: Life, from: Life): boolean {
    return life.received === from.sent;
  }

  async #comesRight(problem: string, isRight: () => boolean, withinMs = RIGHT_WITHIN): Promise<void> {
    if (this.problems.length > 0) return;
    await this.flow(withinMs, isRight);
    if (!isRight()) this.problems.push(`${problem}: ${SIDES.map((side) => this.#describe(side)).join(', ')}`);
  }

  #describe(side: Side): string {
    const { life, state } = this.applications[side];
    return `${side} is ${state}${life === undefined ? '' : `, sent ${life.sent}, received ${life.received}`}`;
  }

  #complain(side: Side, what: string, leftOpen: string[]): void {
    if (leftOpen.length > 0) this.problems.push(`${side}, ${what}, has left open: ${leftOpen.join(', ')}`);
  }
}
