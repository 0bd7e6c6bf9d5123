import type { Tally } from './tally.ts';

interface Packet {
  /** What its arrival does. */
  arrive(): void;
  notBefore: number;
}

/** More than any conversation of a run needs: somebody answers for ever. */
const FLOOD = 2000;

/** One direction of a way: what is under way on it arrives, or not, when a test says so. */
export class Lane {
  readonly #now: () => number;
  readonly #tally: Tally;
  readonly #packets: Packet[] = [];
  /** Whether nothing gets through now, which keeps what is under way. */
  isBlocked = false;
  /** Whether everything arrives at once, inside `put`, and what that leads to before the first `put` returns. */
  isImmediate = false;
  #isDelivering = false;
  /** Whether it is gone: what is sent over it is lost. */
  isDead = false;

  constructor(now: () => number, tally: Tally) {
    this.#now = now;
    this.#tally = tally;
  }

  get length(): number {
    return this.#packets.length;
  }

  put(arrive: () => void): void {
    if (this.isDead) return;
    if (this.#packets.length >= FLOOD) {
      this.#tally.add('flooded');
      return;
    }
    this.#packets.push({ arrive, notBefore: 0 });
    if (!this.isImmediate || this.#isDelivering) return;
    this.#isDelivering = true;
    while (this.deliver());
    this.#isDelivering = false;
  }

  /** Lets the first one arrive that may. */
  deliver(): boolean {
    if (this.isBlocked) return false;
    const at = this.#packets.findIndex(({ notBefore }) => notBefore <= this.#now());
    if (at < 0) return false;
    const [packet] = this.#packets.splice(at, 1);
    this.#tally.add('delivered');
    packet?.arrive();
    return true;
  }

  drop(nth: number): void {
    if (this.#packets.splice(nth, 1).length > 0) this.#tally.add('dropped');
  }

  duplicate(nth: number): void {
    const packet = this.#packets[nth];
    if (packet === undefined) return;
    this.#packets.push({ ...packet });
    this.#tally.add('duplicated');
  }

  /** The nth one comes first. */
  reorder(nth: number): void {
    if (nth === 0) return;
    const [packet] = this.#packets.splice(nth, 1);
    if (packet === undefined) return;
    this.#packets.unshift(packet);
    this.#tally.add('reordered');
  }

  /** All others pass the nth one for this time. */
  delay(nth: number, ms: number): void {
    const packet = this.#packets[nth];
    if (packet === undefined) return;
    packet.notBefore = this.#now() + ms;
    this.#tally.add('delayed');
  }

  /** Everything arrives, some of it never, twice, or late. */
  deliverRoughly(random: () => number): void {
    for (let rest = this.#packets.length; rest > 0 && !this.isBlocked; rest -= 1) {
      const chance = random();
      if (chance < 0.15) this.drop(0);
      else if (chance < 0.2) this.duplicate(0);
      else if (chance < 0.3) this.reorder(Math.floor(random() * this.#packets.length));
      else if (chance < 0.35) this.delay(0, 150);
      else this.deliver();
    }
  }

  clear(): void {
    this.#packets.length = 0;
  }

  /** Nothing is held up any longer. */
  heal(): void {
    this.isBlocked = false;
    for (const packet of this.#packets) packet.notBefore = 0;
  }
}
