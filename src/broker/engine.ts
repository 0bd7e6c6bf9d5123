import { Commands } from './commands.ts';
import type { BrokerConfig } from './options.ts';
import { RegistryStore } from './registry-store.ts';
import { Router } from './router.ts';
import { type BrokerSocket, Session, type SessionOwner, type SocketListener } from './session.ts';

/** The rooms of a broker, and the doors between them; where its sockets come from is not its affair. */
export class BrokerEngine implements SessionOwner {
  readonly #config: BrokerConfig;
  readonly #router = new Router<Session>();
  readonly #store: RegistryStore;
  readonly #commands: Commands<Session>;
  readonly #sessions = new Set<Session>();
  #allClosed: (() => void) | undefined;

  constructor(config: BrokerConfig) {
    this.#config = config;
    this.#store = new RegistryStore(config);
    this.#commands = new Commands(this.#router, this.#store);
  }

  /** Takes a socket that has just opened; returns who hears what it does. */
  readonly accept = (socket: BrokerSocket): SocketListener => {
    const session = new Session(socket, this.#router, this, this.#config);
    this.#sessions.add(session);
    return session;
  };

  /** Closes every socket; resolves when all are. */
  async close(): Promise<void> {
    const allClosed = new Promise<void>((resolve) => {
      this.#allClosed = resolve;
    });
    if (this.#sessions.size === 0) this.#allClosed?.();
    for (const session of [...this.#sessions]) session.shutDown();
    await allClosed;
  }

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
}
