import type { Endpoint, ParentHub } from './contracts.ts';
import { invalidArgument } from './errors.ts';
import { BaseHub } from './hub.ts';
import type { HubOptions, Inspector } from './options.ts';

/** A hub on top of another one, which it passes its settings to. */
export abstract class ProxyHub<M, E extends Endpoint<M>, P = string> extends BaseHub<M, E> {
  protected readonly parentHub: ParentHub<P>;

  constructor(parentHub: ParentHub<P>, options?: HubOptions) {
    super(options);
    if (typeof parentHub?.openEndpoint !== 'function') {
      const expectation = `The parent of ${this.constructor.name} must be a hub, an object with openEndpoint`;
      throw invalidArgument(expectation, parentHub);
    }
    this.parentHub = parentHub;
    for (const inspect of this.environment.inspect) parentHub.attachInspector?.(inspect);
  }

  override attachInspector(inspect: Inspector): void {
    super.attachInspector(inspect);
    this.parentHub.attachInspector?.(inspect);
  }

  override setEstablishConnectionTimeout(ms?: number): void {
    super.setEstablishConnectionTimeout(ms);
    this.parentHub.setEstablishConnectionTimeout?.(this.connectionSettings.establishTimeoutMs);
  }

  override setRetryConnectAfterDelay(ms?: number): void {
    super.setRetryConnectAfterDelay(ms);
    this.parentHub.setRetryConnectAfterDelay?.(this.connectionSettings.retryDelayMs);
  }

  override setOpenConnectionRetries(retries?: number): void {
    super.setOpenConnectionRetries(retries);
    this.parentHub.setOpenConnectionRetries?.(this.connectionSettings.retries);
  }
}
