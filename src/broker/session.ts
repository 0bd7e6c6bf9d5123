import {
  type BrokerSessionEmitted,
  type BrokerSessionLogins,
  type BrokerSessionTransport,
  brokerSessionMachine,
} from '../../machines/broker-session.machine.ts';
import { MachineActor } from '../core/actors.ts';
import { log } from '../core/logger.ts';
import { RepeatLog } from '../core/repeat-log.ts';
import { encodeResult } from '../protocol/rpc.ts';
import { BROKER, type BrokerConfig } from './options.ts';
import type { RoutedSession, Router } from './router.ts';

/** What a broker asks of a socket. Nothing of this may throw. */
export interface BrokerSocket extends BrokerSessionTransport {
  /** Where the other side is, for the log. */
  readonly remote: string;
  send(frame: string): void;
  /** How many bytes have been given to `send` and have not left. */
  getBufferedBytes(): number;
}

/** What a socket tells its session. */
export interface SocketListener {
  message(frame: string): void;
  pong(): void;
  /** Something came that no broker understands; it was dropped. */
  malformed(reason: string): void;
  closed(reason: string): void;
}

/** What a session tells its broker. */
export interface SessionOwner {
  frameArrived(session: Session, frame: string): void;
  /** Its EVA, where it had one, and its entries are to be freed. */
  sessionEnded(session: Session): void;
  sessionClosed(session: Session): void;
}

/** One socket of the broker: the actor that decides, the socket that moves bytes, and nothing between them. */
export class Session implements RoutedSession, SocketListener {
  readonly #socket: BrokerSocket;
  readonly #router: Router<Session>;
  readonly #owner: SessionOwner;
  readonly #maxBufferedBytes: number;
  readonly #actor: MachineActor<typeof brokerSessionMachine>;
  readonly #warnings = new RepeatLog();

  constructor(socket: BrokerSocket, router: Router<Session>, owner: SessionOwner, config: BrokerConfig) {
    this.#socket = socket;
    this.#router = router;
    this.#owner = owner;
    this.#maxBufferedBytes = config.maxBufferedBytes;
    const logins: BrokerSessionLogins = {
      isFree: (eva) => router.isFree(eva),
      take: (eva) => router.take(eva, this),
      challenge: (eva) => router.claim(eva, this),
    };
    const input = { transport: socket, logins, settings: config };
    const names = { eva: BROKER, targetEva: socket.remote };
    this.#actor = new MachineActor(brokerSessionMachine, input, config.environment, names, {
      told: (event) => this.#told(event),
    }).start();
  }

  /** The EVA that this session holds, or held to its end. */
  get eva(): string | undefined {
    return this.#actor.getSnapshot().context.eva;
  }

  /** Whether what the client sends is still the client's to send. */
  get isOpen(): boolean {
    return this.#actor.getSnapshot().matches('open');
  }

  login(header: string, eva: string): void {
    this.#actor.send({ type: 'login.requested', header, eva });
  }

  send(frame: string): void {
    this.#socket.send(frame);
    if (this.#socket.getBufferedBytes() > this.#maxBufferedBytes)
      this.#actor.send({ type: 'socket.overflowed' });
  }

  challenge(): void {
    this.#actor.send({ type: 'login.challenged' });
  }

  settleClaim(): void {
    this.#actor.send({ type: 'claim.settled' });
  }

  /** Closes the socket, since the broker closes. */
  shutDown(): void {
    this.#actor.send({ type: 'broker.closing' });
  }

  message(frame: string): void {
    if (this.isOpen) this.#owner.frameArrived(this, frame);
  }

  pong(): void {
    this.#actor.send({ type: 'pong.received' });
  }

  malformed(reason: string): void {
    this.#warnings.warn('a malformed frame was dropped', { ...this.#names, reason });
  }

  closed(reason: string): void {
    this.#actor.send({ type: 'socket.closed', reason });
  }

  get #names() {
    return { endpoint: BROKER, peer: this.eva ?? this.#socket.remote };
  }

  #told(event: BrokerSessionEmitted): void {
    switch (event.type) {
      case 'login.answered':
        log.info('LOGIN answered', { ...this.#names, reason: event.result });
        this.send(encodeResult(event.header, event.result));
        return;
      case 'liveness.proved':
        if (this.eva !== undefined) this.#router.settle(this.eva);
        return;
      case 'session.ended':
        this.#ended(event.reason, event.expected);
        return;
      case 'session.closed':
        this.#owner.sessionClosed(this);
        return;
    }
  }

  #ended(reason: string, expected: boolean): void {
    if (expected) log.info('client gone', { ...this.#names, reason });
    else log.warn('client ended', { ...this.#names, reason });
    this.#owner.sessionEnded(this);
  }
}
