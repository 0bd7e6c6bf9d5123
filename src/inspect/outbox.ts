import type { InspectMessage } from './messages.ts';

/** The pause in which messages are gathered, in ms: short enough to look live, long enough to be one task for many. */
const BATCH_MS = 50;
/** How many are written in one task, so that no connection waits for it: some 10 ms of work. */
const LARGEST_BATCH = 500;
/** How many may wait; more than a viewer that keeps up ever lets wait. */
const MOST_WAITING = 5000;

/** Writes a message, only once it leaves: whoever reports it does not wait for that. */
export type LateMessage = () => InspectMessage;

export interface OutboxOwner {
  send(message: InspectMessage): void;
  /** Whether viewers have not read what they were sent. */
  isBehind(): boolean;
  /** A batch has left. */
  batchSent(): void;
  /** What waited was thrown away, `count` in all until now: viewers have to be told anew of what is there. */
  overflowed(count: number): void;
}

/** What waits for the viewers: gathered, sent a batch at a time, and thrown away where it becomes too much. */
export class Outbox {
  readonly #owner: OutboxOwner;
  #waiting: LateMessage[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** How many may wait: what lives has to be told whatever it is, and comes on top. */
  #limit = MOST_WAITING;
  #dropped = 0;
  #hasOverflowed = false;

  constructor(owner: OutboxOwner) {
    this.#owner = owner;
  }

  /** How many messages were never sent. */
  get dropped(): number {
    return this.#dropped;
  }

  add(message: LateMessage): void {
    if (this.#hasOverflowed) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(message);
    if (this.#waiting.length > this.#limit) {
      this.#dropped += this.#waiting.length;
      this.#waiting = [];
      this.#hasOverflowed = true;
    }
    this.#schedule();
  }

  /** Adds what lives, which has no bound but its own. */
  replay(messages: Iterable<LateMessage>): void {
    this.#waiting.push(...messages);
    this.#limit = MOST_WAITING + this.#waiting.length;
    this.#schedule();
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting = [];
    this.#hasOverflowed = false;
  }

  #schedule(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.#flush(), BATCH_MS);
    // In Node, watching keeps no process alive.
    (this.#timer as { unref?(): void }).unref?.();
  }

  #flush(): void {
    this.#timer = undefined;
    if (this.#owner.isBehind()) {
      this.#schedule();
      return;
    }
    if (this.#hasOverflowed) {
      this.#hasOverflowed = false;
      this.#owner.overflowed(this.#dropped);
    }
    for (const write of this.#waiting.splice(0, LARGEST_BATCH)) this.#owner.send(write());
    this.#owner.batchSent();
    if (this.#waiting.length > 0) this.#schedule();
    else this.#limit = MOST_WAITING;
  }
}
