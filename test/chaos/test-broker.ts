import { Commands } from '../../src/broker/commands.ts';
import { type BrokerConfig, brokerConfigOf } from '../../src/broker/options.ts';
import { RegistryStore } from '../../src/broker/registry-store.ts';
import { Router } from '../../src/broker/router.ts';
import {
  type BrokerSocket,
  Session,
  type SessionOwner,
  type SocketListener,
} from '../../src/broker/session.ts';
import type { Process } from './process.ts';

/** The broker's engine, with a test's sockets in the place of `ws`. */
export class TestBroker implements SessionOwner {
  readonly process: Process;
  readonly #config: BrokerConfig;
  readonly #router = new Router<Session>();
  readonly #store: RegistryStore;
  readonly #commands: Commands<Session>;
  readonly #sessions = new Set<Session>();

  constructor(process: Process) {
    this.process = process;
    this.#config = { ...brokerConfigOf(), environment: process.environment };
    this.#store = new RegistryStore(this.#config);
    this.#commands = new Commands(this.#router, this.#store);
  }

  readonly accept = (socket: BrokerSocket): SocketListener => {
    const session = new Session(socket, this.#router, this, this.#config);
    this.#sessions.add(session);
    return session;
  };

  shutDown(): void {
    for (const session of [...this.#sessions]) session.shutDown();
  }

  frameArrived(session: Session, frame: string): void {
    this.#commands.dispatch(session, frame);
  }

  sessionEnded({ eva }: Session): void {
    if (eva === undefined) return;
    this.#store.release(eva);
    this.#router.release(eva);
  }

  sessionClosed(session: Session): void {
    this.#sessions.delete(session);
  }
}
