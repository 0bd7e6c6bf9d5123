import { type ConnectionSettings, PEER_ATTEMPT } from '../../machines/connection.machine.ts';
import { checkCount, checkDuration, checkString } from '../core/checks.ts';
import { BaseEndpoint } from '../core/endpoint.ts';
import { describe } from '../core/errors.ts';
import { BaseHub } from '../core/hub.ts';
import type { LinkPort } from '../core/link.ts';
import { log } from '../core/logger.ts';
import { setNewest } from '../core/newest.ts';
import type { Environment, HubOptions } from '../core/options.ts';
import { type Command, decodeAddressed, ENDPOINT_MESSAGE, encodeAddressed } from '../protocol/rpc.ts';
import { decodeBody, encodeBody, type WebSocketHubFrame } from '../protocol/websocket-hub.ts';
import { callUnits, UNHEARD } from '../websocket/call-table.ts';
import { MAX_FRAME_BYTES } from '../websocket/rpc-contracts.ts';
import { checkSource, type WebSocketSource } from '../websocket/web-socket.ts';
import { WebSocketRpc } from '../websocket/websocket-rpc.ts';
import { WebSocketLink } from './websocket-link.ts';

/** Of many messages for a connection that is not there, one in this time is answered: the others crossed the answer. */
const TELL_AGAIN_MS = 1000;

/** How many peers an endpoint remembers that it has told; the oldest may be told again at once. */
const REMEMBERED_ENDS = 1000;

/** What a {@link WebSocketHub} can be given. @public */
export interface WebSocketHubOptions extends HubOptions {
  /**
   * The largest frame, in bytes, that the broker takes: a message that needs a larger one throws
   * `ERR_MESSAGE_TOO_LARGE`. `Infinity` leaves it to the broker, which may close the socket. @default 1 MiB
   */
  maxFrameBytes?: number;
}

/** One end of any number of connections through a broker. @public */
export class WebSocketEndpoint extends BaseEndpoint {
  readonly #rpc: WebSocketRpc;
  readonly #detach: (() => void)[];
  /** When each peer was told last that there is no connection. */
  readonly #told = new Map<string, number>();

  /** @internal */
  constructor(rpc: WebSocketRpc, settings: ConnectionSettings, environment: Environment) {
    super(rpc.eva, settings, environment);
    this.#rpc = rpc;
    rpc.allocateUsage();
    this.#detach = [
      rpc.registerPushHandler(ENDPOINT_MESSAGE, ({ data }) => this.#receive(data)),
      rpc.observe({
        ready: () => this.#restored(),
        down: (reason) => this.#suspended(reason),
        destroyed: () => this.destroy(),
      }),
    ];
  }

  /** The client that carries this endpoint's frames, for calls of one's own and for a WebSocketRegistryClient. */
  readonly getWebSocketRpc = (): WebSocketRpc => this.#rpc;

  protected override checkMessage(message: string): void {
    checkString(message, 'A message through WebSocketHub');
  }

  protected override createLink(port: LinkPort): WebSocketLink {
    return new WebSocketLink(port, this.#rpc, () => this.#tellClosed(port.targetEva));
  }

  protected override release(): void {
    for (const detach of this.#detach) detach();
    this.#rpc.releaseUsage();
  }

  #suspended(reason: string): void {
    // One that is still opening keeps its HANDSHAKE call, which is sent again.
    for (const { link, isConnected } of [...this.openConnections()]) {
      if (isConnected && link instanceof WebSocketLink) link.suspend(reason);
    }
  }

  #restored(): void {
    for (const connection of [...this.openConnections()]) connection.report({ type: 'link.restored' });
  }

  #receive(payload: string): void {
    const addressed = decodeAddressed(payload);
    const frame = addressed && decodeBody(addressed.body);
    if (addressed === undefined || frame === undefined) {
      const text = addressed?.body ?? payload;
      this.#drop(addressed?.eva, `it has none of the forms of a hub's frame: ${describe(text)}`);
      return;
    }
    const { eva: sourceEva } = addressed;
    if (sourceEva === this.eva) {
      this.#drop(sourceEva, 'it claims to be our own');
      return;
    }
    if (frame.type === 'HANDSHAKE') {
      const connection = this.acceptConnection(sourceEva);
      // First, so that it leaves before whatever the application sends at once.
      (connection.link as WebSocketLink).accept();
      connection.report({ type: 'link.up', attempt: PEER_ATTEMPT });
      return;
    }
    const link = this.findConnection(sourceEva)?.link as WebSocketLink | undefined;
    if (link !== undefined) link.receive(frame);
    else this.#refuse(sourceEva, frame);
  }

  /** The other side holds on to a connection that is not there (any more). */
  #refuse(sourceEva: string, { type }: WebSocketHubFrame): void {
    log.debug(`a ${type} was dropped`, { endpoint: this.eva, peer: sourceEva, reason: 'no connection' });
    if (type === 'CLOSE-CONNECTION') return;
    const toldAt = this.#told.get(sourceEva) ?? Number.NEGATIVE_INFINITY;
    if (this.environment.clock.now() - toldAt >= TELL_AGAIN_MS) this.#tellClosed(sourceEva);
  }

  #tellClosed(targetEva: string): void {
    setNewest(this.#told, targetEva, this.environment.clock.now(), REMEMBERED_ENDS);
    const argument = encodeAddressed(targetEva, encodeBody({ type: 'CLOSE-CONNECTION' }));
    // It outlives its connection where it waits for the socket, so that it must not go past the bound. Nobody is left
    // to hear what became of it.
    if (callUnits(argument) > this.#rpc.getSendCapacity()) return;
    this.#rpc.sendCall(this.#rpc.addCall('SEND_TO_ENDPOINT' satisfies Command, argument, true, UNHEARD));
  }

  #drop(peer: string | undefined, reason: string): void {
    this.warnings.warn('a malformed frame was dropped', { endpoint: this.eva, peer, reason });
  }
}

/**
 * A hub over a broker: endpoints anywhere that log in to the same broker reach each other. While the broker's
 * socket is down, connections are `reconnecting`, and what is sent waits.
 *
 * @public
 */
export class WebSocketHub extends BaseHub<string, WebSocketEndpoint> {
  readonly #factory: WebSocketSource;
  readonly #maxFrameBytes: number;
  /** By address. A client outlives its endpoint while a registry uses it, and serves the address's next one. */
  readonly #rpcs = new Map<string, WebSocketRpc>();
  /** What was set on the hub, for the clients to come. */
  readonly #rpcSettings = new Map<RpcSetting, number>();

  /**
   * @param webSocketFactory - an object with `newWebSocket()`
   * @throws VnfError `ERR_INVALID_ARGUMENT`
   */
  constructor(
    webSocketFactory: WebSocketSource,
    { maxFrameBytes = MAX_FRAME_BYTES, ...options }: WebSocketHubOptions = {},
  ) {
    super(options);
    checkSource(webSocketFactory, 'WebSocketHub');
    checkCount(maxFrameBytes, 'The option maxFrameBytes of WebSocketHub', 1);
    this.#factory = webSocketFactory;
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** How often a client whose calls wait checks that responses come, in ms; 20 000 by default. */
  setRpcBusyTimerInterval(ms: number): void {
    this.#setRpcs('setBusyTimerInterval', ms, 'setRpcBusyTimerInterval');
  }

  /** How long it is quiet before a client sends a PING, in ms; 300 000 by default. */
  setRpcIdleTimerInterval(ms: number): void {
    this.#setRpcs('setIdleTimerInterval', ms, 'setRpcIdleTimerInterval');
  }

  /** The pause after a refused LOGIN, in ms; 30 000 by default. */
  setRpcLoginRecreateInterval(ms: number): void {
    this.#setRpcs('setLoginRecreateInterval', ms, 'setRpcLoginRecreateInterval');
  }

  protected override createEndpoint(eva: string): WebSocketEndpoint {
    const rpc = this.#rpcs.get(eva) ?? this.#createRpc(eva);
    return new WebSocketEndpoint(rpc, this.connectionSettings, this.environment);
  }

  #createRpc(eva: string): WebSocketRpc {
    const options = { ...this.environment, maxFrameBytes: this.#maxFrameBytes };
    const rpc = new WebSocketRpc(eva, this.#factory, options);
    this.#rpcs.set(eva, rpc);
    rpc.observe({ destroyed: () => this.#rpcs.delete(eva) });
    for (const [set, ms] of this.#rpcSettings) rpc[set](ms);
    return rpc;
  }

  #setRpcs(set: RpcSetting, ms: number, name: string): void {
    checkDuration(ms, `The interval of ${name}`);
    this.#rpcSettings.set(set, ms);
    for (const rpc of this.#rpcs.values()) rpc[set](ms);
  }
}

type RpcSetting = 'setBusyTimerInterval' | 'setIdleTimerInterval' | 'setLoginRecreateInterval';
