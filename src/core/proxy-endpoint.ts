import type { ConnectionSettings } from '../../machines/connection.machine.ts';
import type { ParentEndpoint } from './contracts.ts';
import { BaseEndpoint } from './endpoint.ts';
import type { Environment } from './options.ts';

/**
 * The settings of a connection whose transport ends its own attempts: the parent, or a machine of the hub's, has
 * the timers and the retries.
 */
export const UNTIMED: ConnectionSettings = {
  establishTimeoutMs: Number.POSITIVE_INFINITY,
  retryDelayMs: 0,
  retries: 0,
};

/**
 * An endpoint for messages of type M that talks through one of another hub, for those of type P. It routes what happens there to whoever it concerns,
 * and asks no more of the parent than {@link ParentEndpoint}.
 */
export abstract class ProxyEndpoint<M = string, P = string> extends BaseEndpoint<M> {
  /** The endpoint of the hub below. */
  protected readonly parent: ParentEndpoint<P>;

  constructor(
    parent: ParentEndpoint<P>,
    eva: string,
    settings: ConnectionSettings,
    environment: Environment,
  ) {
    super(eva, settings, environment);
    this.parent = parent;
    parent.onMessage = ({ sourceEva, message }) => this.parentMessage(sourceEva, message);
    parent.onConnectionOpen((targetEva) => this.parentConnected(targetEva));
    parent.onDestroy(() => this.destroy());
    if (parent.onConnectionStateChange === undefined) {
      parent.onConnectionLost((targetEva) => this.parentEnded(targetEva, 'lost'));
      return;
    }
    parent.onConnectionStateChange(({ targetEva, state, previous }) => {
      const wasConnected = previous === 'CONNECTED' || previous === 'reconnecting';
      if (state === 'reconnecting') this.parentSuspended(targetEva);
      else if (!wasConnected || state === 'connecting') return;
      else if (state === 'CONNECTED') this.parentResumed(targetEva);
      else this.parentEnded(targetEva, state);
    });
  }

  /** The parent's connection to `targetEva` is up for the first time, whoever opened it. */
  protected parentConnected(_targetEva: string): void {}

  /** The parent's connection is interrupted, and says itself what becomes of it. */
  protected parentSuspended(_targetEva: string): void {}

  protected parentResumed(_targetEva: string): void {}

  /** The parent's connection, which had been up, is gone: `closed` on purpose by one of the sides, or `lost`. */
  protected abstract parentEnded(targetEva: string, state: 'lost' | 'closed'): void;

  protected abstract parentMessage(sourceEva: string, message: P): void;

  protected override release(): void {
    this.parent.destroy();
  }
}
