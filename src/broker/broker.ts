import { BrokerEngine } from './engine.ts';
import { HttpHost } from './http-host.ts';
import { InspectorRelay } from './inspector-relay.ts';
import { type BrokerConfig, type BrokerOptions, brokerConfigOf } from './options.ts';
import { WebPages } from './web-pages.ts';
import { webSocketUpgrades } from './ws-server.ts';

/** A broker that runs. @public */
export interface Broker {
  /**
   * Where clients connect, `ws://HOST:PORT/vnf-ws`.
   *
   * @throws VnfError ERR_NOT_CONNECTED while a server of yours that it is attached to does not listen yet.
   */
  readonly url: string;
  /**
   * Closes every client's socket with code 1001, cuts those that have not agreed after a second, and frees the address.
   * Resolves when all of it is done; twice is fine.
   */
  close(): Promise<void>;
}

/** A broker's engine behind a server. */
class BrokerServer implements Broker {
  readonly #config: BrokerConfig;
  readonly #host: HttpHost;
  readonly #engine: BrokerEngine;
  readonly #relay: InspectorRelay | undefined;
  #closing: Promise<void> | undefined;

  constructor(config: BrokerConfig, host: HttpHost, relay: InspectorRelay | undefined) {
    this.#config = config;
    this.#relay = relay;
    this.#host = host;
    this.#engine = new BrokerEngine(config);
    host.onUpgrade(config.path, webSocketUpgrades(config.maxFrameBytes, this.#engine.accept));
  }

  get url(): string {
    return `${this.#host.origin}${this.#config.path}`;
  }

  readonly close = (): Promise<void> => {
    this.#closing ??= this.#close();
    return this.#closing;
  };

  async #close(): Promise<void> {
    this.#host.stopAccepting();
    this.#relay?.close();
    await this.#engine.close();
    await this.#host.close();
  }
}

/**
 * Starts a broker: clients find each other there by their EVAs, send each other messages, and keep entries in its
 * registry (PROTOCOL §1). A client's EVA and entries are free when its socket closes, or is found dead.
 *
 * @param options - all have defaults; see {@link BrokerOptions}.
 * @returns when it listens; with `options.server`, when it is attached.
 * @throws VnfError (the promise rejects) ERR_INVALID_ARGUMENT for a wrong option or a place where nobody can listen,
 *   ERR_ADDRESS_IN_USE for a port that is taken.
 * @public
 */
export async function createBroker(options?: BrokerOptions): Promise<Broker> {
  const config = brokerConfigOf(options);
  const { path, demo, inspectToken, environment } = config;
  const inspector = inspectToken !== undefined;
  const pages = demo || inspector ? new WebPages({ path, demo, inspector }) : undefined;
  const host = await HttpHost.open(config, pages?.answer);
  if (inspectToken === undefined) return new BrokerServer(config, host, undefined);
  const relay = new InspectorRelay(host, inspectToken, config);
  environment.inspect = [...environment.inspect, relay.inspect];
  return new BrokerServer(config, host, relay);
}
