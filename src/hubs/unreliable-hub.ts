import { checkLine } from '../core/checks.ts';
import type { Clock } from '../core/clock.ts';
import type { ParentEndpoint, ParentHub } from '../core/contracts.ts';
import { checkRoom, sizeOf } from '../core/limits.ts';
import type { LinkPort } from '../core/link.ts';
import { runSafely } from '../core/logger.ts';
import type { Environment, HubOptions } from '../core/options.ts';
import { PassThroughEndpoint, PassThroughLink } from '../core/pass-through.ts';
import { ProxyHub } from '../core/proxy-hub.ts';
import { seededRandom } from '../core/random.ts';
import { type FaultPlan, type FaultsOf, isParted, readPlan } from './fault-plan.ts';

/** What an {@link UnreliableHub} can be given. @public */
export interface UnreliableHubOptions extends HubOptions, FaultPlan {
  /** A whole number that decides all chance: with the same one the same messages meet the same faults. @default one by chance */
  seed?: number;
}

/** How late a message is that others pass, in ms. */
const OVERTAKEN_MS = 100;

/** How many messages a connection holds; as in a router whose queue is full, one more is lost. */
const MOST_HELD = 1000;

/** What lies between the endpoints of one hub and all others. */
interface Way {
  readonly clock: Clock;
  readonly random: () => number;
  faultsOf: FaultsOf;
  /** By their names, see {@link directionOf}. */
  readonly blocked: Set<string>;
}

/** The name of a direction: an end of line, which no address has, between both. */
function directionOf(...evas: [from: string, to: string]): string {
  for (const eva of evas) checkLine(eva, 'Either end of a channel');
  return evas.join('\n');
}

/** Whether nothing passes from one address to another. */
function isCut({ faultsOf, blocked }: Way, eva: string, targetEva: string): boolean {
  return blocked.has(`${eva}\n${targetEva}`) || isParted(faultsOf(eva, targetEva), eva, targetEva);
}

class UnreliableLink<M> extends PassThroughLink<M, M> {
  readonly #way: Way;
  /** What is on its way and keeps its order. */
  readonly #line: M[] = [];
  /** Those of all that is on its way. */
  readonly #timers = new Set<unknown>();
  /** What all of that counts in the buffer. */
  #held = 0;

  constructor(port: LinkPort<M>, parent: ParentEndpoint<M>, way: Way) {
    super(port, parent);
    this.#way = way;
  }

  override send(message: M): unknown {
    const { eva, targetEva } = this.port;
    checkRoom(targetEva, sizeOf(message), this.getSendCapacity());
    const { clock, faultsOf, random } = this.#way;
    const { loss = 0, duplicate = 0, reorder = 0, delay: [min, max] = [0, 0] } = faultsOf(eva, targetEva);
    let verdict: unknown;
    let copies = random() < loss ? 0 : random() < duplicate ? 2 : 1;
    for (; copies > 0 && this.#timers.size < MOST_HELD; copies -= 1) {
      const isLate = random() < reorder;
      // Whoever's time has come, the first of the line arrives: so delays differ, and the order stays.
      const line = isLate ? [] : this.#line;
      const arrive = () => {
        this.#timers.delete(timer);
        const first = line.shift() as M;
        this.#held -= sizeOf(first);
        if (!isCut(this.#way, eva, targetEva)) verdict = this.parent.send(targetEva, first);
      };
      const wait = min + random() * (max - min) + (isLate ? OVERTAKEN_MS : 0);
      let timer: unknown;
      this.#held += sizeOf(message);
      if (line.push(message) > 1 || wait > 0) {
        timer = clock.setTimeout(() => {
          runSafely('send', { endpoint: eva, peer: targetEva }, arrive);
          this.port.drained();
        }, wait);
        this.#timers.add(timer);
      } else arrive();
    }
    return verdict;
  }

  override getBufferedAmount(): number {
    return super.getBufferedAmount() + this.#held;
  }

  override dispose(): void {
    for (const timer of this.#timers) this.#way.clock.clearTimeout(timer);
  }
}

class UnreliableEndpoint<M> extends PassThroughEndpoint<M, M> {
  readonly #way: Way;

  constructor(parent: ParentEndpoint<M>, eva: string, environment: Environment, way: Way) {
    super(parent, eva, environment);
    this.#way = way;
  }

  override get controlsCongestion(): boolean {
    return false;
  }

  // The parent knows what it carries.
  protected override checkMessage(): void {}

  protected override createLink(port: LinkPort<M>): UnreliableLink<M> {
    return new UnreliableLink(port, this.parent, this.#way);
  }

  protected override parentMessage(sourceEva: string, message: M): void {
    if (!isCut(this.#way, sourceEva, this.eva)) this.findConnection(sourceEva)?.deliver(message);
  }
}

/**
 * A proxy hub with faults on purpose, for chaos tests: it takes what its parent takes, and loses, repeats, delays and
 * reorders what its endpoints send. A block or a partition stops what would arrive, where either side's hub has it. What
 * is on its way when its connection ends is lost.
 *
 * @public
 */
export class UnreliableHub<M = string> extends ProxyHub<M, UnreliableEndpoint<M>, M> {
  readonly #way: Way;

  /**
   * @param hub - any hub
   * @param options - the seed and the faults; none by default
   * @throws VnfError `ERR_INVALID_ARGUMENT`
   */
  constructor(hub: ParentHub<M>, options: UnreliableHubOptions = {}) {
    super(hub, options);
    const { clock, random } = this.environment;
    this.#way = {
      clock,
      random: seededRandom(options.seed ?? random() * 2 ** 32),
      faultsOf: readPlan(options),
      blocked: new Set(),
    };
  }

  /**
   * Replaces the faults, those of all directions; `{}` ends them. Delays that have begun and blocked channels stay.
   *
   * @throws VnfError `ERR_INVALID_ARGUMENT`
   */
  readonly setFaults = (plan: FaultPlan): void => {
    this.#way.faultsOf = readPlan(plan);
  };

  /** Loses every message from one address to the other, until `unblockChannel`; the way back stays open. */
  readonly blockChannel = (fromEva: string, toEva: string): void => {
    this.#way.blocked.add(directionOf(fromEva, toEva));
  };

  /** Ends what `blockChannel` began; a direction that isn't blocked is ignored. */
  readonly unblockChannel = (fromEva: string, toEva: string): void => {
    this.#way.blocked.delete(directionOf(fromEva, toEva));
  };

  protected override createEndpoint(eva: string): UnreliableEndpoint<M> {
    return new UnreliableEndpoint(this.parentHub.openEndpoint(eva), eva, this.environment, this.#way);
  }
}
