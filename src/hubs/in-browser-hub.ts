import { type ConnectionSettings, PEER_ATTEMPT } from '../../machines/connection.machine.ts';
import { checkString } from '../core/checks.ts';
import { BaseEndpoint } from '../core/endpoint.ts';
import { BaseHub } from '../core/hub.ts';
import { checkRoom } from '../core/limits.ts';
import type { Link, LinkPort } from '../core/link.ts';
import { LoopbackLink } from '../core/loopback-link.ts';
import type { Environment } from '../core/options.ts';
import { TaskQueue } from '../core/task.ts';

/** What the endpoints of one hub share: the way between them. */
interface Medium {
  readonly queue: TaskQueue;
  find(eva: string): MemoryEndpoint | undefined;
  /** The links that want to reach an endpoint that isn't open yet, by its address. */
  readonly waiting: Map<string, Set<MemoryLink>>;
}

/** One end of a connection in memory. The two ends know each other while the connection lives. */
class MemoryLink implements Link {
  readonly #port: LinkPort;
  readonly #medium: Medium;
  #attempt = PEER_ATTEMPT;
  #peer: MemoryLink | undefined;
  #buffered = 0;

  constructor(port: LinkPort, medium: Medium) {
    this.#port = port;
    this.#medium = medium;
  }

  connect(attempt: number): void {
    this.#attempt = attempt;
    // Never inside the machine that asks for it: what the other side sends at once would come too early.
    this.#medium.queue.defer(() => this.dial());
  }

  /** Reaches for the other side; where it isn't there yet, as soon as it is. */
  dial(): void {
    const { targetEva, eva } = this.#port;
    if (this.#peer !== undefined || this.#attempt === PEER_ATTEMPT) return;
    const peer = this.#medium.find(targetEva)?.accept(eva);
    if (peer === undefined) {
      const waiting = this.#medium.waiting.get(targetEva) ?? new Set();
      this.#medium.waiting.set(targetEva, waiting.add(this));
      return;
    }
    this.#peer = peer;
    peer.#peer = this;
    // First in the queue, so that it comes before what the other side sends as soon as it is up.
    this.#medium.queue.post(() => this.#port.report({ type: 'link.up', attempt: this.#attempt }));
    peer.#port.report({ type: 'link.up', attempt: PEER_ATTEMPT });
  }

  send(message: string): void {
    const size = message.length;
    checkRoom(this.#port.targetEva, size, this.getSendCapacity());
    this.#buffered += size;
    this.#medium.queue.post(this.#deliver, message);
  }

  getBufferedAmount(): number {
    return this.#buffered;
  }

  getSendCapacity(): number {
    return this.#port.maxBufferedAmount - this.#buffered;
  }

  disconnect(): void {
    // Posted, so that what was sent before arrives before.
    this.#medium.queue.post(() => {
      const peer = this.#peer;
      this.#peer = undefined;
      if (peer === undefined) return;
      peer.#peer = undefined;
      peer.#port.report({ type: 'link.closed' });
    });
  }

  abandon(): void {
    const { targetEva } = this.#port;
    const waiting = this.#medium.waiting.get(targetEva);
    waiting?.delete(this);
    if (waiting?.size === 0) this.#medium.waiting.delete(targetEva);
  }

  verify(): void {}
  release(): void {}

  dispose(): void {
    this.#attempt = PEER_ATTEMPT;
    this.abandon();
  }

  readonly #deliver = (message: string): void => {
    this.#buffered -= message.length;
    if (this.#peer !== undefined) this.#peer.#port.deliver(message);
    this.#port.drained();
  };
}

/** An endpoint in memory. */
class MemoryEndpoint extends BaseEndpoint {
  readonly #medium: Medium;

  constructor(eva: string, medium: Medium, settings: ConnectionSettings, environment: Environment) {
    super(eva, settings, environment);
    this.#medium = medium;
  }

  /** The link of this side, for one of `sourceEva` that reaches for it. */
  accept(sourceEva: string): MemoryLink {
    return this.acceptConnection(sourceEva).link as MemoryLink;
  }

  protected override openRequested(): void {
    this.#medium.queue.flush();
  }

  protected override checkMessage(message: string): void {
    checkString(message, 'A message through InBrowserHub');
  }

  protected override createLink(port: LinkPort): MemoryLink {
    return new MemoryLink(port, this.#medium);
  }

  protected override createLoopback(port: LinkPort): LoopbackLink<string> {
    return new LoopbackLink(port, this.#medium.queue);
  }
}

/**
 * A hub in memory, for endpoints of one page or process: mostly for tests, and for code that should not care where
 * the other side is. Each hub is an address space of its own. Delivery takes a task of the event loop, never a
 * timer: one for all that is sent in one turn.
 *
 * @public
 */
export class InBrowserHub extends BaseHub<string, MemoryEndpoint> {
  readonly #medium: Medium = {
    queue: new TaskQueue(),
    find: (eva) => this.getEndPoint(eva),
    waiting: new Map(),
  };

  /**
   * Opens, delivers and closes inside the call instead of in a task of its own. What an `onMessage` sends is delivered
   * after it has returned, and before the first `send` returns.
   *
   * @param immediate - false by default
   */
  setImmediateSend(immediate = false): void {
    this.#medium.queue.immediate = Boolean(immediate);
  }

  protected override createEndpoint(eva: string): MemoryEndpoint {
    return new MemoryEndpoint(eva, this.#medium, this.connectionSettings, this.environment);
  }

  protected override endpointOpened({ eva }: MemoryEndpoint): void {
    const { waiting, queue } = this.#medium;
    queue.post(() => {
      const links = waiting.get(eva) ?? [];
      waiting.delete(eva);
      for (const link of links) link.dial();
    });
  }
}
