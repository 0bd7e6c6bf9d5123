import {
  type ConnectionEmitted,
  type ConnectionEvent,
  type ConnectionSettings,
  type ConnectionState,
  type ConnectionTransport,
  connectionMachine,
} from '../../machines/connection.machine.ts';
import { MachineActor } from './actors.ts';
import type { ConnectionView } from './contracts.ts';
import { reasonOf } from './errors.ts';
import type { CreateLink, Link, LinkPort } from './link.ts';
import { about, log } from './logger.ts';
import type { Environment } from './options.ts';

/** What an endpoint does with what its connections tell. */
export interface ConnectionOwner<M> {
  readonly eva: string;
  connectionChanged(connection: Connection<M>, event: ConnectionEmitted): void;
  /** It is over, before anyone is told. */
  connectionEnded(connection: Connection<M>): void;
  messageArrived(connection: Connection<M>, message: M): void;
}

/** One connection of an endpoint: the actor that decides and the link that moves bytes, and nothing between them. */
export class Connection<M> implements ConnectionView, LinkPort<M> {
  readonly targetEva: string;
  readonly link: Link<M>;
  readonly #owner: ConnectionOwner<M>;
  readonly #actor: MachineActor<typeof connectionMachine>;

  constructor(
    owner: ConnectionOwner<M>,
    targetEva: string,
    settings: ConnectionSettings,
    createLink: CreateLink<M>,
    environment: Environment,
  ) {
    this.targetEva = targetEva;
    this.#owner = owner;
    this.link = createLink(this);
    const input = { transport: this.#guard(this.link), settings };
    this.#actor = new MachineActor(connectionMachine, input, environment, this, {
      told: (event) => owner.connectionChanged(this, event),
      ended: () => owner.connectionEnded(this),
    }).start();
  }

  get eva(): string {
    return this.#owner.eva;
  }

  get state(): ConnectionState {
    // Before the first event nothing has been published; the connection is about to connect.
    return this.#actor.getSnapshot().context.published ?? 'connecting';
  }

  /** Whether messages pass: the gate of the data path. */
  get isConnected(): boolean {
    const { value } = this.#actor.getSnapshot();
    return value === 'CONNECTED' || (typeof value === 'object' && 'reconnecting' in value);
  }

  report(event: ConnectionEvent): void {
    this.#actor.send(event);
  }

  deliver(message: M): void {
    if (this.isConnected) this.#owner.messageArrived(this, message);
  }

  /** A link reaches into the hub below, which may be an application's own and throw. */
  #guard(link: Link<M>): ConnectionTransport {
    const run = (command: () => void, failed?: (reason: string) => void) => {
      try {
        command();
      } catch (error) {
        log.error('a hub threw', { ...about(this, error), error });
        failed?.(reasonOf(error));
      }
    };
    return {
      connect: (attempt) =>
        run(
          () => link.connect(attempt),
          (reason) => this.report({ type: 'link.down', attempt, reason }),
        ),
      abandon: (attempt) => run(() => link.abandon(attempt)),
      verify: () =>
        run(
          () => link.verify(),
          (reason) => this.report({ type: 'link.unverified', reason }),
        ),
      release: () => run(() => link.release()),
      disconnect: () => run(() => link.disconnect()),
    };
  }
}
