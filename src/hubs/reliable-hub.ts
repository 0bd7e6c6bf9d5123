import { checkDuration, checkLine, checkString } from '../core/checks.ts';
import type { ParentEndpoint } from '../core/contracts.ts';
import { DueScan } from '../core/due-scan.ts';
import { invalidArgument } from '../core/errors.ts';
import type { LinkPort } from '../core/link.ts';
import type { Environment } from '../core/options.ts';
import { ProxyEndpoint, UNTIMED } from '../core/proxy-endpoint.ts';
import { ProxyHub } from '../core/proxy-hub.ts';
import { TaskQueue } from '../core/task.ts';
import { announceExtensions } from '../protocol/reliable.ts';
import { type LinkHost, ReliableLink } from './reliable-link.ts';
import { type PeerHost, ReliablePeer } from './reliable-peer.ts';
import type { ReliableSession, ReliableSettings } from './reliable-session.ts';

/** An endpoint of a {@link ReliableHub}. @public */
export class ReliableEndpoint extends ProxyEndpoint {
  /** By the other sides' addresses: whoever there is a session with. */
  readonly #peers = new Map<string, ReliablePeer>();
  readonly #host: PeerHost & LinkHost;
  #id = announceExtensions(randomText());
  #sessions = 0;

  /** @internal */
  constructor(parent: ParentEndpoint, eva: string, settings: ReliableSettings, environment: Environment) {
    super(parent, eva, UNTIMED, environment);
    parent.onDrain?.((targetEva) => this.#peers.get(targetEva)?.parentDrained());
    this.#host = {
      eva,
      warnings: this.warnings,
      parent,
      environment,
      settings,
      scan: new DueScan(environment.clock, () =>
        Math.min(settings.heartbeatIntervalMs, settings.invalidateIntervalMs, settings.lostTimeoutMs),
      ),
      queue: new TaskQueue(),
      nextSessionId: () => this.#nextSessionId(),
      acceptSession: (targetEva) => this.#acceptSession(targetEva),
      peerOf: (targetEva) => this.#peerOf(targetEva),
      peerReleased: (peer) => this.#peers.delete(peer.targetEva),
    };
  }

  /**
   * Fixes what the session ids of this endpoint begin with, from the next session on; a random text by default.
   *
   * Use no text twice, not even after a restart: where the new session has the id of an old one that the other side
   * still holds, its HANDSHAKE is taken for a late one of the old session, and nobody answers until the other side
   * has given that one up (15 s of silence).
   *
   * @param id - any text without a space and an end of line
   * @throws VnfError `ERR_INVALID_ARGUMENT`
   */
  readonly setEndpointId = (id: string): void => {
    checkLine(id, 'The id of setEndpointId');
    if (id.includes(' ')) throw invalidArgument('The id of setEndpointId must have no space', id);
    this.#id = id;
  };

  protected override createLink(port: LinkPort): ReliableLink {
    return new ReliableLink(port, this.#host);
  }

  protected override checkMessage(message: string): void {
    checkString(message, 'A message through ReliableHub');
  }

  protected override parentConnected(targetEva: string): void {
    this.#peers.get(targetEva)?.parentConnected();
  }

  protected override parentSuspended(targetEva: string): void {
    this.#peers.get(targetEva)?.parentInterrupted();
  }

  protected override parentResumed(targetEva: string): void {
    this.#peers.get(targetEva)?.parentConnected();
  }

  protected override parentEnded(targetEva: string): void {
    this.#peers.get(targetEva)?.parentInterrupted();
  }

  protected override parentMessage(sourceEva: string, message: string): void {
    this.#host.scan.catchUp();
    const known = this.#peers.get(sourceEva);
    if (known !== undefined) {
      known.receive(message);
      return;
    }
    const stranger = this.#peerOf(sourceEva);
    stranger.receive(message);
    // A stray frame leaves nothing behind.
    if (stranger.isIdle) this.#peers.delete(sourceEva);
  }

  protected override wake(): void {
    super.wake();
    for (const peer of this.#peers.values()) peer.wake();
  }

  protected override release(): void {
    for (const peer of this.#peers.values()) peer.dispose();
    this.#peers.clear();
    super.release();
  }

  #peerOf(targetEva: string): ReliablePeer {
    const peer = this.#peers.get(targetEva) ?? new ReliablePeer(targetEva, this.#host);
    this.#peers.set(targetEva, peer);
    return peer;
  }

  #nextSessionId(): string {
    this.#sessions += 1;
    return `${this.#id}-${this.#sessions}`;
  }

  #acceptSession(targetEva: string): ReliableSession | undefined {
    if (this.isDestroyed()) return undefined;
    return (this.acceptConnection(targetEva).link as ReliableLink).openSession();
  }
}

const DEFAULTS: Readonly<ReliableSettings> = {
  heartbeatIntervalMs: 1000,
  invalidateIntervalMs: 5000,
  lostTimeoutMs: 15_000,
};

/** 128 random bits: no two endpoints ever have the same id. */
function randomText(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Makes every connection of another hub reliable: each message arrives once and in its order, also when the
 * connection below loses messages, breaks and comes back. What is sent meanwhile waits (up to `maxBufferedAmount`
 * and 2²⁰ messages a connection, then `ERR_BUFFER_FULL`). The wire is that of PROTOCOL §4. The parent may
 * be any hub that carries text.
 *
 * @public
 */
export class ReliableHub extends ProxyHub<string, ReliableEndpoint> {
  readonly #settings: ReliableSettings = { ...DEFAULTS };

  /**
   * How often the frame that fits a session's state is repeated, give or take 30 %.
   *
   * @param ms - 1000 by default; 0 repeats at every scan (5 ms), `Infinity` never
   * @throws VnfError `ERR_INVALID_ARGUMENT`
   */
  setHeartbeatInterval(ms = DEFAULTS.heartbeatIntervalMs): void {
    checkDuration(ms, 'The interval of setHeartbeatInterval');
    this.#settings.heartbeatIntervalMs = ms;
  }

  /**
   * How long nothing may be heard before the parent connection is closed and opened again.
   *
   * @param ms - 5000 by default; `Infinity`, or more than the lost timeout, never does it
   * @throws VnfError `ERR_INVALID_ARGUMENT`
   */
  setConnectionInvalidateInterval(ms = DEFAULTS.invalidateIntervalMs): void {
    checkDuration(ms, 'The interval of setConnectionInvalidateInterval');
    this.#settings.invalidateIntervalMs = ms;
  }

  /**
   * How long nothing may be heard before the connection is lost.
   *
   * @param ms - 15000 by default; `Infinity` never gives a connection up, nor forgets one that was closed
   * @throws VnfError `ERR_INVALID_ARGUMENT`
   */
  setConnectionLostTimeout(ms = DEFAULTS.lostTimeoutMs): void {
    checkDuration(ms, 'The timeout of setConnectionLostTimeout');
    this.#settings.lostTimeoutMs = ms;
  }

  protected override createEndpoint(eva: string): ReliableEndpoint {
    return new ReliableEndpoint(this.parentHub.openEndpoint(eva), eva, this.#settings, this.environment);
  }
}
