import { checkRoom, SEND_BUFFER_UNITS } from './limits.ts';
import type { Link, LinkPort } from './link.ts';
import type { TaskQueue } from './task.ts';

/** The link of an endpoint to itself: nothing leaves the endpoint. */
export class LoopbackLink<M> implements Link<M> {
  readonly #port: LinkPort<M>;
  readonly #queue: TaskQueue;
  /** What was sent and is not delivered yet. */
  readonly #waiting: M[] = [];
  #capacity = SEND_BUFFER_UNITS;

  constructor(port: LinkPort<M>, queue: TaskQueue) {
    this.#port = port;
    this.#queue = queue;
  }

  connect(attempt: number): void {
    this.#queue.defer(() => this.#port.report({ type: 'link.up', attempt }));
  }

  send(message: M): void {
    const size = sizeOf(message);
    checkRoom(this.#port.targetEva, size, this.#capacity);
    this.#capacity -= size;
    this.#waiting.push(message);
    this.#queue.post(() => this.#deliver());
  }

  getSendCapacity(): number {
    return this.#capacity;
  }

  disconnect(): void {
    // The side that closes is the one that receives: what was sent before comes before.
    while (this.#waiting.length > 0) this.#deliver();
  }

  abandon(): void {}
  verify(): void {}
  release(): void {}
  dispose(): void {}

  #deliver(): void {
    if (this.#waiting.length === 0) return;
    const message = this.#waiting.shift() as M;
    this.#capacity += sizeOf(message);
    this.#port.deliver(message);
  }
}

/** What a message counts in the buffer, in UTF-16 units. */
function sizeOf(message: unknown): number {
  return typeof message === 'string' ? message.length : 1;
}
