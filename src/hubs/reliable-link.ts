import { PEER_ATTEMPT } from '../../machines/connection.machine.ts';
import type { SessionEmitted } from '../../machines/reliable-session.machine.ts';
import type { Link, LinkPort } from '../core/link.ts';
import type { TaskQueue } from '../core/task.ts';
import type { ReliablePeer } from './reliable-peer.ts';
import type { ReliableSession, SessionListener } from './reliable-session.ts';

/** What a link needs of its endpoint. */
export interface LinkHost {
  readonly queue: TaskQueue;
  peerOf(targetEva: string): ReliablePeer;
}

/** One connection's view of its sessions: of the current one, and where that comes to nothing, of the next. */
export class ReliableLink implements Link, SessionListener {
  readonly #port: LinkPort;
  readonly #host: LinkHost;
  #session: ReliableSession | undefined;
  #attempt = PEER_ATTEMPT;
  #isDisposed = false;

  constructor(port: LinkPort, host: LinkHost) {
    this.#port = port;
    this.#host = host;
  }

  connect(attempt: number): void {
    this.#attempt = attempt;
    // In a task of its own: a parent that delivers inside `send` would else answer a machine that is still at work.
    this.#host.queue.post(() => this.openSession()?.dispatch({ type: 'open' }));
  }

  /** The session of this connection, made where there is none; none where the connection has ended meanwhile. */
  openSession(): ReliableSession | undefined {
    if (this.#isDisposed) return undefined;
    this.#session ??= this.#host.peerOf(this.#port.targetEva).startSession(this);
    return this.#session;
  }

  send(text: string): void {
    this.#session?.sendMessage(text);
  }

  getBufferedAmount(): number {
    return this.#session?.getBufferedAmount() ?? 0;
  }

  getSendCapacity(): number {
    return this.#session?.getSendCapacity() ?? 0;
  }

  disconnect(): void {
    this.#session?.close();
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#session = undefined;
  }

  /** The sessions have the timers: no attempt is abandoned, and nothing has to be verified. */
  abandon(): void {}
  verify(): void {}
  release(): void {}

  deliver(text: string): void {
    this.#port.deliver(text);
  }

  drained(): void {
    this.#port.drained();
  }

  sessionChanged(event: SessionEmitted): void {
    const attempt = this.#attempt;
    switch (event.type) {
      case 'session.connected':
        this.#port.report({ type: 'link.up', attempt });
        return;
      case 'session.suspended':
        this.#port.report({ type: 'link.suspended', reason: event.reason });
        return;
      case 'session.resumed':
        this.#port.report({ type: 'link.resumed' });
        return;
      case 'session.superseded':
        this.#session = undefined;
        this.openSession()?.dispatch({ type: 'open' });
        return;
      case 'session.ended':
        if (event.how === 'closed') this.#port.report({ type: 'link.closed' });
        else if (event.how === 'lost') this.#port.report({ type: 'link.lost', reason: event.reason });
        else this.#port.report({ type: 'link.down', attempt, reason: event.reason });
        return;
    }
  }
}
