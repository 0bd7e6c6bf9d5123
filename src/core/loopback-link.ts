import { checkRoom, sizeOf } from './limits.ts';
import type { Link, LinkPort } from './link.ts';
import type { TaskQueue } from './task.ts';

/** The link of an endpoint to itself: nothing leaves the endpoint. */
export class LoopbackLink<M> implements Link<M> {
  readonly #port: LinkPort<M>;
  readonly #queue: TaskQueue;
  /** What was sent and is not delivered yet. */
  readonly #waiting: M[] = [];
  #buffered = 0;

  constructor(port: LinkPort<M>, queue: TaskQueue) {
    this.#port = port;
    this.#queue = queue;
  }

  connect(attempt: number): void {
    this.#queue.defer(() => this.#port.report({ type: 'link.up', attempt }));
  }

  send(message: M): void {
    const size = sizeOf(message);
    checkRoom(this.#port.targetEva, size, this.getSendCapacity());
    this.#buffered += size;
    this.#waiting.push(message);
    this.#queue.post(() => {
      this.#deliver();
      this.#port.drained();
    });
  }

  getBufferedAmount(): number {
    return this.#buffered;
  }

  getSendCapacity(): number {
    return this.#port.maxBufferedAmount - this.#buffered;
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
    this.#buffered -= sizeOf(message);
    this.#port.deliver(message);
  }
}
