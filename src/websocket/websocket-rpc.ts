import {
  type WebSocketLinkEmitted,
  type WebSocketLinkEvent,
  type WebSocketLinkSettings,
  type WebSocketLinkTransport,
  websocketLinkMachine,
} from '../../machines/websocket-link.machine.ts';
import { MachineActor } from '../core/actors.ts';
import { checkCount, checkDuration, checkFunction, checkLine, checkString } from '../core/checks.ts';
import { describe } from '../core/errors.ts';
import { Global } from '../core/global.ts';
import { checkRoom } from '../core/limits.ts';
import { Listeners } from '../core/listeners.ts';
import { log, runSafely } from '../core/logger.ts';
import { environmentOf } from '../core/options.ts';
import { RepeatLog } from '../core/repeat-log.ts';
import { type Command, decodeServerFrame, type ServerFrame } from '../protocol/rpc.ts';
import {
  type Call,
  type CallOwner,
  CallTable,
  callUnits,
  checkFits,
  requestOf,
  UNHEARD,
} from './call-table.ts';
import { CurrentSocket } from './current-socket.ts';
import {
  type CallResult,
  type InvokeOptions,
  type LinkObserver,
  MAX_FRAME_BYTES,
  type PushEvent,
  type WebSocketRpcOptions,
} from './rpc-contracts.ts';
import { checkSource, type WebSocketSource } from './web-socket.ts';

/**
 * A client of a broker: calls with answers, and pushes, over one WebSocket that is replaced whenever it fails
 * (PROTOCOL §1). It connects at once, and until it is destroyed. Every method works detached from its object.
 *
 * @public
 */
export class WebSocketRpc {
  /** The address that it logs in with. */
  readonly eva: string;
  /** @internal */
  readonly maxFrameBytes: number;
  /** By default 20 s, 5 min and 30 s (PROTOCOL §1). */
  readonly #settings: WebSocketLinkSettings = {
    busyIntervalMs: 20_000,
    idleIntervalMs: 300_000,
    loginIntervalMs: 30_000,
  };
  readonly #warnings = new RepeatLog();
  readonly #maxBufferedAmount: number;
  readonly #calls = new CallTable();
  readonly #pushHandlers = new Map<string, Set<(event: PushEvent) => unknown>>();
  readonly #openListeners = new Listeners<[]>('onConnectionOpen listener');
  readonly #observers = new Set<LinkObserver>();
  readonly #socket: CurrentSocket;
  readonly #actor: MachineActor<typeof websocketLinkMachine>;
  readonly #unobserve: () => void;
  /** Why the broker is out of reach, as it was logged last. */
  #warnedReason: string | undefined;
  #reservedUnits = 0;
  #usages = 0;
  /** The wish; the machine, which may be in the middle of a step, follows. */
  #destroyed = false;

  /**
   * @param eva - the address to log in with
   * @param webSocketFactory - an object with `newWebSocket()`
   * @throws VnfError `ERR_INVALID_ARGUMENT`
   */
  constructor(
    eva: string,
    webSocketFactory: WebSocketSource,
    { maxFrameBytes = MAX_FRAME_BYTES, ...options }: WebSocketRpcOptions = {},
  ) {
    checkLine(eva, 'The address (EVA) of WebSocketRpc');
    checkSource(webSocketFactory, 'WebSocketRpc');
    checkCount(maxFrameBytes, 'The option maxFrameBytes of WebSocketRpc', 1);
    this.eva = eva;
    this.maxFrameBytes = maxFrameBytes;
    this.#socket = new CurrentSocket(
      webSocketFactory,
      (event) => this.#report(event),
      (data) => this.#receive(data),
    );
    const environment = environmentOf(options);
    const { random, maxBufferedAmount } = environment;
    this.#maxBufferedAmount = maxBufferedAmount;
    const input = { transport: this.#transport, traffic: this.#calls, settings: this.#settings, random };
    this.#actor = new MachineActor(
      websocketLinkMachine,
      input,
      environment,
      { eva },
      {
        told: (event) => this.#linkChanged(event),
      },
    );
    this.#actor.start();
    this.#unobserve = environment.pageLife.observe({ wake: this.verifyConnection, release: this.destroy });
  }

  /**
   * Calls a command of the broker. Before LOGIN and during an outage the call waits.
   *
   * @returns the result; rejects with the broker's reason, `REJECTED_BY_TIMEOUT` where the socket is replaced
   *   before the answer, or `INSTANCE_DESTROYED`
   * @throws VnfError `ERR_INVALID_ARGUMENT` (for one, a command with an end of line), `ERR_MESSAGE_TOO_LARGE`,
   *   `ERR_BUFFER_FULL`
   */
  readonly invoke = (command: string, argument?: string, options?: InvokeOptions): Promise<CallResult> =>
    this.invokeFuture(command, argument, options).promise;

  /** As {@link invoke}, for a call that may be cancelled: its promise then stays open, and an answer is ignored. */
  readonly invokeFuture = (
    command: string,
    argument?: string,
    { retryResend = false }: InvokeOptions = {},
  ): { promise: Promise<CallResult>; cancel: () => void } => {
    checkLine(command, 'The command of invoke');
    if (argument != null) checkString(argument, 'The argument of invoke');
    checkFits(command, argument ?? '', this.maxFrameBytes);
    checkRoom('the broker', callUnits(argument ?? ''), this.getSendCapacity());
    let cancel = () => {};
    const promise = new Promise<CallResult>((resolve, reject) => {
      const call = this.addCall(command, argument ?? undefined, retryResend, {
        answered: ({ id }, data) => resolve({ data, command, callId: id }),
        failed: (_call, reason) => reject(reason),
      });
      this.sendCall(call);
      cancel = () => this.cancelCall(call);
    });
    return { promise, cancel };
  };

  /** Calls `handler` for every push of this type; several handlers may share one. Returns what removes it again. */
  readonly registerPushHandler = (type: string, handler: (event: PushEvent) => unknown): (() => void) => {
    checkLine(type, 'The type of registerPushHandler');
    checkFunction(handler, 'The handler of registerPushHandler');
    const handlers = this.#pushHandlers.get(type) ?? new Set();
    this.#pushHandlers.set(type, handlers.add(handler));
    return () => {
      handlers.delete(handler);
    };
  };

  /** The listener hears of every LOGIN that succeeds, the first one and each after a reconnect. */
  readonly onConnectionOpen = (listener: () => unknown): void => this.#openListeners.add(listener);

  /** Whether calls pass: the socket is open and logged in. */
  readonly isConnected = (): boolean => !this.#destroyed && this.#actor.getSnapshot().hasTag('ready');

  /** Makes sure of the socket now: one that does not answer within 5 s is replaced; a pause between two ends at once. */
  readonly verifyConnection = (): void => this.#report({ type: 'verify' });

  /** How often calls without an answer check that responses come: 20 000 ms by default. The check that runs begins anew. */
  readonly setBusyTimerInterval = (ms: number): void => {
    checkDuration(ms, 'The interval of setBusyTimerInterval');
    this.#changeSettings({ busyIntervalMs: ms });
  };

  /** How long it is quiet before a PING: 300 000 ms by default. */
  readonly setIdleTimerInterval = (ms: number): void => {
    checkDuration(ms, 'The interval of setIdleTimerInterval');
    this.#changeSettings({ idleIntervalMs: ms });
  };

  /** The pause after a refused LOGIN, and the patience for its answer: 30 000 ms by default. */
  readonly setLoginRecreateInterval = (ms: number): void => {
    checkDuration(ms, 'The interval of setLoginRecreateInterval');
    this.#changeSettings({ loginIntervalMs: ms });
  };

  /** One more user needs this client. */
  readonly allocateUsage = (): void => {
    this.#usages += 1;
  };

  /** A user is done with it: the last one destroys it. */
  readonly releaseUsage = (): void => {
    this.#usages -= 1;
    if (this.#usages <= 0) this.destroy();
  };

  /** Closes the socket and rejects what is pending with `INSTANCE_DESTROYED`. A second call does nothing. */
  readonly destroy = (): void => {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#unobserve();
    this.#report({ type: 'destroy' });
    // Observers first, so that connections end as closed on purpose and not as lost with their calls.
    this.#tell((observer) => observer.destroyed?.());
    for (const call of this.#calls.all()) this.#fail(call, Global.INSTANCE_DESTROYED);
  };

  readonly isDestroyed = (): boolean => this.#destroyed;

  /** How many UTF-16 units of calls can wait for their answers before `ERR_BUFFER_FULL`. @internal */
  readonly getSendCapacity = (): number =>
    Math.max(0, this.#maxBufferedAmount - this.#calls.units - this.#reservedUnits);

  /** Counts units that a user keeps of its own until it can make calls of them; negative ones give them back. @internal */
  reserve(units: number): void {
    this.#reservedUnits += units;
  }

  /** Makes a call, for `sendCall`; its owner has looked at the capacity where it is an application's. @internal */
  addCall(command: string, argument: string | undefined, retryResend: boolean, owner: CallOwner): Call {
    return this.#calls.add(command, argument, retryResend, owner);
  }

  /** Apart from `addCall`, since the socket may throw: the owner then has the call already, to cancel it. @internal */
  sendCall(call: Call): void {
    const snapshot = this.#actor.getSnapshot();
    if (this.#destroyed) this.#fail(call, Global.INSTANCE_DESTROYED);
    else if (snapshot.hasTag('ready') && this.#calls.has(call)) this.#transmit(call);
    if (snapshot.hasTag('idle')) this.#report({ type: 'call.made' });
  }

  /** The call's owner hears no more of it; an answer is ignored. @internal */
  cancelCall(call: Call): void {
    this.#calls.remove(call);
  }

  /** Returns what removes the observer again. @internal */
  observe(observer: LinkObserver): () => void {
    this.#observers.add(observer);
    return () => {
      this.#observers.delete(observer);
    };
  }

  readonly #transport: WebSocketLinkTransport = {
    open: (socket) => this.#socket.open(socket),
    close: () => this.#socket.close(),
    login: (socket) => {
      const refused = (reason: string) =>
        this.#report({ type: 'login.refused', socket, reason: `LOGIN was refused: ${reason}` });
      const login = this.#calls.add('LOGIN' satisfies Command, this.eva, false, {
        answered: (_call, data) => {
          if (data === Global.OK) this.#report({ type: 'login.accepted', socket });
          else refused(data ?? 'an empty answer');
        },
        failed: (_call, reason) => refused(reason),
      });
      this.#transmit(login);
    },
    ping: () => this.#transmit(this.#calls.add('PING' satisfies Command, undefined, false, UNHEARD)),
  };

  #changeSettings(settings: Partial<WebSocketLinkSettings>): void {
    Object.assign(this.#settings, settings);
    this.#report({ type: 'settings.changed' });
  }

  #report(event: WebSocketLinkEvent): void {
    this.#actor.send(event);
  }

  #linkChanged(event: WebSocketLinkEmitted): void {
    const details = { endpoint: this.eva };
    switch (event.type) {
      case 'link.ready': {
        log.info('logged in to the broker', details);
        this.#warnedReason = undefined;
        const waiting = this.#calls.all();
        this.#tell((observer) => observer.restoring?.());
        // The socket may fail on the way: what is left waits for the next one.
        for (const call of waiting) if (this.isConnected() && this.#calls.has(call)) this.#transmit(call);
        this.#tell((observer) => observer.ready?.());
        this.#openListeners.emit(details);
        return;
      }
      case 'link.down': {
        const { reason } = event;
        // Each reason of an outage once: every trial after it would say the same.
        if (reason !== this.#warnedReason) log.warn('the broker is out of reach', { ...details, reason });
        this.#warnedReason = reason;
        for (const call of this.#calls.all()) {
          if (!call.retryResend) this.#fail(call, Global.REJECTED_BY_TIMEOUT);
        }
        this.#tell((observer) => observer.down?.(reason));
        return;
      }
    }
  }

  #fail(call: Call, reason: string): void {
    if (this.#calls.remove(call)) this.#run(() => call.owner.failed(call, reason));
  }

  #tell(hear: (observer: LinkObserver) => void): void {
    for (const observer of [...this.#observers]) this.#run(() => hear(observer));
  }

  /** Nothing that a hub or a registry throws may stop the others. */
  #run(callback: () => void): void {
    runSafely('a user of WebSocketRpc', { endpoint: this.eva }, callback);
  }

  #transmit(call: Call): void {
    this.#socket.send(requestOf(call));
  }

  #receive(data: unknown): void {
    if (typeof data !== 'string') {
      this.#drop('not a text frame');
      return;
    }
    const frame = decodeServerFrame(data);
    if (frame.kind === 'push') this.#push({ command: frame.type, data: frame.payload });
    else if (frame.kind === 'malformed') this.#drop(frame.reason);
    else this.#respond(frame);
  }

  #respond(frame: Extract<ServerFrame, { header: string }>): void {
    const call = this.#calls.respond(frame.header);
    if (call === undefined) {
      const details = { endpoint: this.eva, reason: describe(frame.header) };
      log.debug('an answer to no call was ignored', details);
    } else if (frame.kind === 'result') this.#run(() => call.owner.answered(call, frame.data));
    else this.#run(() => call.owner.failed(call, frame.reason));
  }

  #push(event: PushEvent): void {
    const handlers = this.#pushHandlers.get(event.command);
    if (!handlers?.size) {
      this.#drop(`nobody handles pushes of type ${describe(event.command)}`);
      return;
    }
    for (const handler of [...handlers]) {
      runSafely('push handler', { endpoint: this.eva }, handler, event);
    }
  }

  #drop(reason: string): void {
    this.#warnings.warn('a frame from the broker was dropped', { endpoint: this.eva, reason });
  }
}
