import type {
  ConnectionEmitted,
  ConnectionSettings,
  ConnectionState,
} from '../../machines/connection.machine.ts';
import { checkFunction, checkLine } from './checks.ts';
import { Connection, type ConnectionOwner } from './connection.ts';
import type {
  ConnectionStateEvent,
  ConnectionView,
  Endpoint,
  MessageEvent,
  OpenConnectionEvent,
} from './contracts.ts';
import { describe, VnfError } from './errors.ts';
import type { Link, LinkPort } from './link.ts';
import { Listeners } from './listeners.ts';
import { log, runSafely } from './logger.ts';
import { LoopbackLink } from './loopback-link.ts';
import { setNewest } from './newest.ts';
import type { Environment } from './options.ts';
import { RepeatLog } from './repeat-log.ts';
import { TaskQueue } from './task.ts';

/** How many ended connections an endpoint remembers the last state of; the oldest are forgotten first. */
const REMEMBERED_ENDS = 1000;

type OpenCallback<M> = (event: OpenConnectionEvent<M>) => unknown;

/**
 * What the endpoints of all hubs share: the table of connections, the application's listeners, and the checks of
 * what an application passes in. A hub adds how its links are made.
 */
export abstract class BaseEndpoint<M = string> implements Endpoint<M>, ConnectionOwner<M> {
  readonly eva: string;
  onMessage: ((event: MessageEvent<M>) => unknown) | undefined | null;

  /** @internal */
  readonly warnings = new RepeatLog();
  protected readonly environment: Environment;
  readonly #settings: ConnectionSettings;
  readonly #connections = new Map<string, Connection<M>>();
  readonly #callbacks = new Map<Connection<M>, OpenCallback<M>>();
  readonly #ends = new Map<string, ConnectionState>();
  readonly #openListeners = new Listeners<[string]>('onConnectionOpen listener');
  readonly #lostListeners = new Listeners<[string]>('onConnectionLost listener');
  readonly #stateListeners = new Listeners<[ConnectionStateEvent]>('onConnectionStateChange listener');
  readonly #drainListeners = new Listeners<[string]>('onDrain listener');
  readonly #destroyListeners = new Listeners<[]>('onDestroy listener');
  readonly #unobserve: () => void;
  #destroyed = false;

  constructor(eva: string, settings: ConnectionSettings, environment: Environment) {
    this.eva = eva;
    this.environment = environment;
    this.#settings = settings;
    this.#unobserve = environment.pageLife.observe({ wake: () => this.wake(), leave: this.destroy });
  }

  /** @internal */
  get highWaterMark(): number {
    return this.environment.highWaterMark;
  }

  /** @internal */
  get controlsCongestion(): boolean {
    return true;
  }

  /** Makes this hub's side of a connection to another endpoint. */
  protected abstract createLink(port: LinkPort<M>): Link<M>;

  /** Makes the link of the endpoint to itself. */
  protected createLoopback(port: LinkPort<M>): Link<M> {
    return new LoopbackLink(port, new TaskQueue());
  }

  /** Throws where this hub cannot carry the message. */
  protected abstract checkMessage(message: M): void;

  /** The machine of a connection that the application wants has done its first step. */
  protected openRequested(): void {}

  /** Frees what the endpoint of this hub holds besides its connections; called once. */
  protected release(): void {}

  readonly openConnection = (targetEva: string, callback: OpenCallback<M>): void => {
    this.#checkAlive('openConnection');
    checkLine(targetEva, 'The target of openConnection');
    checkFunction(callback, 'The callback of openConnection');
    const connection = this.#connections.get(targetEva) ?? this.#addConnection(targetEva);
    if (connection.isConnected) {
      this.#answer(connection, callback, 'CONNECTED');
      return;
    }
    this.#callbacks.set(connection, callback);
    connection.report({ type: 'open' });
    this.openRequested();
  };

  readonly isConnected = (targetEva: string): boolean =>
    this.#connections.get(targetEva)?.isConnected ?? false;

  readonly send = (targetEva: string, message: M): boolean => {
    this.#checkAlive('send');
    const connection = this.#connections.get(targetEva);
    // One that there is a connection with has been checked.
    if (connection === undefined) checkLine(targetEva, 'The target of send');
    this.checkMessage(message);
    if (!connection?.isConnected) {
      throw new VnfError(
        'ERR_NOT_CONNECTED',
        `send needs an established connection, but the one from ${describe(this.eva)} to ${describe(targetEva)} is ` +
          `${this.getConnectionState(targetEva) ?? 'not there'}: call openConnection and wait for CONNECTED.`,
      );
    }
    return connection.send(message);
  };

  readonly bufferedAmount = (targetEva: string): number =>
    this.#connections.get(targetEva)?.link.getBufferedAmount() ?? 0;

  readonly onDrain = (listener: (targetEva: string) => unknown): void => {
    this.#drainListeners.add(listener);
  };

  /** @internal */
  readonly requestDrain = (targetEva: string, amount: number): void =>
    this.#connections.get(targetEva)?.requestDrain(amount);

  readonly closeConnection = (targetEva: string): void => {
    this.#connections.get(targetEva)?.report({ type: 'close' });
  };

  readonly onConnectionOpen = (listener: (targetEva: string) => unknown): void => {
    this.#openListeners.add(listener);
  };

  readonly onConnectionLost = (listener: (targetEva: string) => unknown): void => {
    this.#lostListeners.add(listener);
  };

  readonly onConnectionStateChange = (listener: (event: ConnectionStateEvent) => unknown): void => {
    this.#stateListeners.add(listener);
  };

  readonly getConnectionState = (targetEva: string): ConnectionState | undefined =>
    this.#connections.get(targetEva)?.state ?? this.#ends.get(targetEva);

  readonly getSendCapacity = (targetEva: string): number =>
    this.#connections.get(targetEva)?.link.getSendCapacity() ?? 0;

  /** @internal */
  readonly getReceivedPieces = (targetEva: string): number =>
    this.#connections.get(targetEva)?.link.getReceivedPieces?.() ?? 0;

  readonly getConnection = (targetEva: string): ConnectionView | undefined =>
    this.#connections.get(targetEva);

  readonly getConnections = (): ConnectionView[] => [...this.#connections.values()];

  readonly onDestroy = (listener: () => unknown): void => {
    this.#destroyListeners.add(listener);
  };

  readonly destroy = (): void => {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#unobserve();
    for (const connection of [...this.#connections.values()]) connection.report({ type: 'close' });
    this.release();
    this.#destroyListeners.emit({ endpoint: this.eva });
  };

  readonly isDestroyed = (): boolean => this.#destroyed;

  /** The page acts again: nothing waits any longer. */
  protected wake(): void {
    for (const connection of [...this.#connections.values()]) connection.report({ type: 'wake' });
  }

  /** The connection to `targetEva`, made where there is none, for a peer that begins to open one. */
  protected acceptConnection(targetEva: string): Connection<M> {
    const connection = this.#connections.get(targetEva) ?? this.#addConnection(targetEva);
    connection.report({ type: 'peer.opening' });
    return connection;
  }

  /** The connection to `targetEva` that is open or opening. */
  protected findConnection(targetEva: string): Connection<M> | undefined {
    return this.#connections.get(targetEva);
  }

  protected openConnections(): Iterable<Connection<M>> {
    return this.#connections.values();
  }

  /** @internal */
  messageArrived(connection: Connection<M>, message: M): void {
    const details = { endpoint: this.eva, peer: connection.targetEva };
    if (this.onMessage == null) {
      this.warnings.warn('a message was dropped', { ...details, reason: 'the endpoint has no onMessage' });
      return;
    }
    const event = { sourceEva: connection.targetEva, message, endpoint: this };
    runSafely('onMessage', details, this.onMessage, event);
  }

  /** @internal */
  connectionDrained({ targetEva }: Connection<M>): void {
    this.#drainListeners.emit({ endpoint: this.eva, peer: targetEva }, targetEva);
  }

  /** @internal */
  connectionChanged(connection: Connection<M>, event: ConnectionEmitted): void {
    const { targetEva } = connection;
    const details = { endpoint: this.eva, peer: targetEva };
    switch (event.type) {
      case 'state.changed': {
        const { state, previous, reason } = event;
        if (state === 'CONNECTED') this.warnings.forget(targetEva);
        // A hub on top may try to reach a peer that is away for as long as it likes.
        if (state === 'lost') this.warnings.warn('connection lost', { ...details, reason });
        else log.info(`connection ${state}`, { ...details, reason });
        this.#stateListeners.emit(details, { targetEva, state, previous });
        return;
      }
      case 'connection.opened':
        this.#openListeners.emit(details, targetEva);
        this.#answerOpener(connection, 'CONNECTED');
        return;
      case 'connection.failed':
        this.#answerOpener(connection, 'FAILED');
        return;
      case 'connection.ended':
        this.#lostListeners.emit(details, targetEva);
        return;
    }
  }

  /** @internal A listener that opens the connection again gets a new one. */
  connectionEnded(connection: Connection<M>): void {
    const { targetEva, state, link } = connection;
    if (this.#connections.get(targetEva) === connection) this.#connections.delete(targetEva);
    setNewest(this.#ends, targetEva, state, REMEMBERED_ENDS);
    link.dispose();
  }

  #addConnection(targetEva: string): Connection<M> {
    const createLink = (port: LinkPort<M>) =>
      targetEva === this.eva ? this.createLoopback(port) : this.createLink(port);
    const connection = new Connection(this, targetEva, this.#settings, createLink, this.environment);
    this.#connections.set(targetEva, connection);
    return connection;
  }

  #answerOpener(connection: Connection<M>, status: 'CONNECTED' | 'FAILED'): void {
    const callback = this.#callbacks.get(connection);
    this.#callbacks.delete(connection);
    if (callback !== undefined) this.#answer(connection, callback, status);
  }

  #answer({ targetEva }: Connection<M>, callback: OpenCallback<M>, status: 'CONNECTED' | 'FAILED'): void {
    const details = { endpoint: this.eva, peer: targetEva };
    runSafely('openConnection callback', details, callback, { status, targetEva, endpoint: this });
  }

  #checkAlive(method: string): void {
    if (this.#destroyed) {
      throw new VnfError(
        'ERR_DESTROYED',
        `${method} needs a living endpoint, but ${describe(this.eva)} was destroyed: open it again with openEndpoint.`,
      );
    }
  }
}
