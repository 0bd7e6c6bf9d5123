import { PEER_ATTEMPT } from '../../machines/connection.machine.ts';
import type { ParentEndpoint } from './contracts.ts';
import type { Link, LinkPort } from './link.ts';
import type { Environment } from './options.ts';
import { ProxyEndpoint, UNTIMED } from './proxy-endpoint.ts';

const PARENT_RECONNECTS = 'the parent is reconnecting';

/** The link of a connection that is one connection of the parent's: it opens, breaks and closes with it. */
export abstract class PassThroughLink<M = string, P = string> implements Link<M> {
  protected readonly port: LinkPort<M>;
  protected readonly parent: ParentEndpoint<P>;

  constructor(port: LinkPort<M>, parent: ParentEndpoint<P>) {
    this.port = port;
    this.parent = parent;
  }

  abstract send(message: M): unknown;

  connect(attempt: number): void {
    this.parent.openConnection(this.port.targetEva, ({ status }) => {
      if (status === 'CONNECTED') this.reportUp(attempt);
      else this.port.report({ type: 'link.down', attempt, reason: 'the parent hub could not connect' });
    });
  }

  /** The parent's connection is up; it may have been for long, and be interrupted now. */
  reportUp(attempt: number): void {
    this.port.report({ type: 'link.up', attempt });
    const state = this.parent.getConnectionState?.(this.port.targetEva);
    if (state === 'reconnecting') this.port.report({ type: 'link.suspended', reason: PARENT_RECONNECTS });
  }

  disconnect(): void {
    this.parent.closeConnection(this.port.targetEva);
  }

  getBufferedAmount(): number {
    return this.parent.bufferedAmount?.(this.port.targetEva) ?? 0;
  }

  requestDrain(amount: number): void {
    this.parent.requestDrain?.(this.port.targetEva, amount);
  }

  getSendCapacity(): number {
    const { targetEva, maxBufferedAmount } = this.port;
    const ofParent = this.parent.getSendCapacity?.(targetEva) ?? Number.POSITIVE_INFINITY;
    return Math.max(Math.min(ofParent, maxBufferedAmount - this.getBufferedAmount()), 0);
  }

  getReceivedPieces(): number {
    return this.parent.getReceivedPieces?.(this.port.targetEva) ?? 0;
  }

  // The parent has the timers, so that no attempt of this link's is ever abandoned or verified.
  abandon(): void {}
  verify(): void {}
  release(): void {}
  dispose(): void {}
}

/** An endpoint whose connections are, one by one, the parent's. */
export abstract class PassThroughEndpoint<M = string, P = string> extends ProxyEndpoint<M, P> {
  constructor(parent: ParentEndpoint<P>, eva: string, environment: Environment) {
    super(parent, eva, UNTIMED, environment);
    parent.onDrain?.((targetEva) => this.findConnection(targetEva)?.drained());
  }

  /** A parent that tells of its own mark alone is all there is to go by. */
  override get highWaterMark(): number {
    return this.parent.requestDrain === undefined ? Number.POSITIVE_INFINITY : super.highWaterMark;
  }

  override get controlsCongestion(): boolean {
    return this.parent.controlsCongestion ?? false;
  }

  // The parent has one of its own, and what is sent over it is cut, lost and checked as anywhere else.
  protected override createLoopback(port: LinkPort<M>): Link<M> {
    return this.createLink(port);
  }

  protected override parentConnected(targetEva: string): void {
    this.acceptConnection(targetEva).report({ type: 'link.up', attempt: PEER_ATTEMPT });
  }

  protected override parentSuspended(targetEva: string): void {
    this.findConnection(targetEva)?.report({ type: 'link.suspended', reason: PARENT_RECONNECTS });
  }

  protected override parentResumed(targetEva: string): void {
    this.findConnection(targetEva)?.report({ type: 'link.resumed' });
  }

  protected override parentEnded(targetEva: string, state: 'lost' | 'closed'): void {
    const connection = this.findConnection(targetEva);
    if (state === 'closed') connection?.report({ type: 'link.closed' });
    else connection?.report({ type: 'link.lost', reason: 'the parent lost the connection' });
  }
}
