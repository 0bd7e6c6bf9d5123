import type { ConnectionSettings } from '../../machines/connection.machine.ts';
import { checkCount, checkDuration, checkLine } from './checks.ts';
import type { Endpoint, Hub } from './contracts.ts';
import { type Environment, environmentOf, type HubOptions, type Inspector } from './options.ts';

const DEFAULTS: Readonly<ConnectionSettings> = { establishTimeoutMs: 5000, retryDelayMs: 0, retries: 3 };

/** The table of endpoints and the settings that every hub has. */
export abstract class BaseHub<M, E extends Endpoint<M>> implements Hub<M> {
  protected readonly environment: Environment;
  /** Shared with every connection of the hub, so that a change reaches those that are opening. */
  protected readonly connectionSettings: ConnectionSettings = { ...DEFAULTS };
  readonly #endpoints = new Map<string, E>();

  constructor(options: HubOptions = {}) {
    this.environment = environmentOf(options);
  }

  protected abstract createEndpoint(eva: string): E;

  /** A new endpoint is in the table, so that it can be found. */
  protected endpointOpened(_endpoint: E): void {}

  readonly openEndpoint = (eva: string): E => {
    checkLine(eva, 'The address (EVA) of an endpoint');
    const open = this.#endpoints.get(eva);
    if (open !== undefined && !open.isDestroyed()) return open;
    const endpoint = this.createEndpoint(eva);
    this.#endpoints.set(eva, endpoint);
    endpoint.onDestroy(() => {
      if (this.#endpoints.get(eva) === endpoint) this.#endpoints.delete(eva);
    });
    this.endpointOpened(endpoint);
    return endpoint;
  };

  readonly getEndPoint = (eva: string): E | undefined => {
    const endpoint = this.#endpoints.get(eva);
    return endpoint?.isDestroyed() ? undefined : endpoint;
  };

  /** Watches the actors of this hub and of those below it, from now on. @internal */
  attachInspector(inspect: Inspector): void {
    const { environment } = this;
    // Hubs on top may share their parent, and their inspector.
    if (!environment.inspect.includes(inspect)) environment.inspect = [...environment.inspect, inspect];
  }

  setEstablishConnectionTimeout(ms = DEFAULTS.establishTimeoutMs): void {
    checkDuration(ms, 'The timeout of setEstablishConnectionTimeout');
    this.connectionSettings.establishTimeoutMs = ms;
  }

  setRetryConnectAfterDelay(ms = DEFAULTS.retryDelayMs): void {
    checkDuration(ms, 'The delay of setRetryConnectAfterDelay');
    this.connectionSettings.retryDelayMs = ms;
  }

  setOpenConnectionRetries(retries = DEFAULTS.retries): void {
    checkCount(retries, 'The count of setOpenConnectionRetries');
    this.connectionSettings.retries = retries;
  }
}
