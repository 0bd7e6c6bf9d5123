import {
  type ConnectionEmitted,
  type ConnectionEvent,
  type ConnectionSettings,
  type ConnectionState,
  type ConnectionTransport,
  connectionMachine,
} from '../../machines/connection.machine.ts';
import { type ActorListener, MachineActor } from './actors.ts';
import type { ConnectionView } from './contracts.ts';
import { reasonOf } from './errors.ts';
import type { CreateLink, Link, LinkPort } from './link.ts';
import { about, log } from './logger.ts';
import type { Environment } from './options.ts';

/** What an endpoint does with what its connections tell. */
export interface ConnectionOwner<M> {
  readonly eva: string;
  /** From this amount on, `send` returns false. */
  readonly highWaterMark: number;
  connectionChanged(connection: Connection<M>, event: ConnectionEmitted): void;
  /** It is over, before anyone is told. */
  connectionEnded(connection: Connection<M>): void;
  messageArrived(connection: Connection<M>, message: M): void;
  /** Who has sent too much may send again. */
  connectionDrained(connection: Connection<M>): void;
}

/** One connection of an endpoint: the actor that decides and the link that moves bytes, and nothing between them. */
export class Connection<M>
  implements ConnectionView, LinkPort<M>, ConnectionTransport, ActorListener<typeof connectionMachine>
{
  readonly targetEva: string;
  readonly link: Link<M>;
  readonly maxBufferedAmount: number;
  readonly #owner: ConnectionOwner<M>;
  readonly #actor: MachineActor<typeof connectionMachine>;
  /** Where somebody waits for it, how much may be left when that is told; else negative. */
  #drainAt = -1;

  constructor(
    owner: ConnectionOwner<M>,
    targetEva: string,
    settings: ConnectionSettings,
    createLink: CreateLink<M>,
    environment: Environment,
  ) {
    this.targetEva = targetEva;
    this.maxBufferedAmount = environment.maxBufferedAmount;
    this.#owner = owner;
    this.link = createLink(this);
    const input = { transport: this, settings };
    this.#actor = new MachineActor(connectionMachine, input, environment, this, this).start();
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

  /** Whether more may follow at once; where not, `connectionDrained` tells when it may. */
  send(message: M): boolean {
    const mark = this.#owner.highWaterMark;
    if (this.link.send(message) !== false && this.#isBelow(mark)) return true;
    this.requestDrain(mark / 2);
    return false;
  }

  #isBelow(amount: number): boolean {
    return this.link.isBelow?.(amount) ?? this.link.getBufferedAmount() < amount;
  }

  /** Asks for `connectionDrained`, once, as soon as no more than `amount` is left. */
  requestDrain(amount: number): void {
    // Where it is told before that, whoever wants less asks again.
    if (this.#drainAt >= 0) return;
    this.#drainAt = amount;
    this.link.requestDrain?.(amount);
  }

  drained(): void {
    const amount = this.#drainAt;
    if (amount < 0 || !this.isConnected) return;
    if (this.link.getBufferedAmount() > amount) {
      this.link.requestDrain?.(amount);
      return;
    }
    this.#drainAt = -1;
    this.#owner.connectionDrained(this);
  }

  deliver(message: M): void {
    if (this.isConnected) this.#owner.messageArrived(this, message);
  }

  // What the machine tells.

  told(event: ConnectionEmitted): void {
    this.#owner.connectionChanged(this, event);
  }

  ended(): void {
    this.#owner.connectionEnded(this);
  }

  // What the machine asks for, of a link that reaches into the hub below, which may be an application's own and throw.

  connect(attempt: number): void {
    const reason = this.#run(() => this.link.connect(attempt));
    if (reason !== undefined) this.report({ type: 'link.down', attempt, reason });
  }

  abandon(attempt: number): void {
    this.#run(() => this.link.abandon(attempt));
  }

  verify(): void {
    const reason = this.#run(() => this.link.verify());
    if (reason !== undefined) this.report({ type: 'link.unverified', reason });
  }

  release(): void {
    this.#run(() => this.link.release());
  }

  disconnect(): void {
    this.#run(() => this.link.disconnect());
  }

  /** @returns why it failed, if it did */
  #run(command: () => void): string | undefined {
    try {
      command();
      return undefined;
    } catch (error) {
      log.error('a hub threw', { ...about(this, error), error });
      return reasonOf(error);
    }
  }
}
