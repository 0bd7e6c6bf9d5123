import { Commands } from './commands.ts';
import { DemoPage } from './demo-page.ts';
import { HttpHost } from './http-host.ts';
import { type BrokerConfig, type BrokerOptions, brokerConfigOf } from './options.ts';
import { RegistryStore } from './registry-store.ts';
import { Router } from './router.ts';
import { type BrokerSocket, Session, type SessionOwner, type SocketListener } from './session.ts';
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

/** The rooms of a broker, and the doors between them. */
class BrokerServer implements Broker, SessionOwner {
  readonly #config: BrokerConfig;
  readonly #host: HttpHost;
  readonly #router = new Router<Session>();
  readonly #store: RegistryStore;
  readonly #commands: Commands<Session>;
  readonly #sessions = new Set<Session>();
  #closing: Promise<void> | undefined;
  #allClosed: (() => void) | undefined;

  constructor(config: BrokerConfig, host: HttpHost) {
    this.#config = config;
    this.#host = host;
    this.#store = new RegistryStore(config);
    this.#commands = new Commands(this.#router, this.#store);
    host.onUpgrade(
      config.path,
      webSocketUpgrades(config.maxFrameBytes, (socket) => this.#accept(socket)),
    );
  }

  get url(): string {
    return `${this.#host.origin}${this.#config.path}`;
  }

  readonly close = (): Promise<void> => {
    this.#closing ??= this.#close();
    return this.#closing;
  };

  frameArrived(session: Session, frame: string): void {
    this.#commands.dispatch(session, frame);
  }

  sessionEnded(session: Session): void {
    const { eva } = session;
    if (eva === undefined) return;
    // The entries first: whoever has waited for the EVA must not find its predecessor's.
    this.#store.release(eva);
    this.#router.release(eva);
  }

  sessionClosed(session: Session): void {
    this.#sessions.delete(session);
    if (this.#sessions.size === 0) this.#allClosed?.();
  }

  #accept(socket: BrokerSocket): SocketListener {
    const session = new Session(socket, this.#router, this, this.#config);
    this.#sessions.add(session);
    return session;
  }

  async #close(): Promise<void> {
    this.#host.stopAccepting();
    const allClosed = new Promise<void>((resolve) => {
      this.#allClosed = resolve;
    });
    if (this.#sessions.size === 0) this.#allClosed?.();
    for (const session of [...this.#sessions]) session.shutDown();
    await allClosed;
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
  const host = await HttpHost.open(config, config.demo ? new DemoPage(config.path).answer : undefined);
  return new BrokerServer(config, host);
}
