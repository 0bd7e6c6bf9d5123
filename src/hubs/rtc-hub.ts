import type { ConnectionSettings } from '../../machines/connection.machine.ts';
import { checkFunction, checkString } from '../core/checks.ts';
import type { ParentEndpoint, ParentHub } from '../core/contracts.ts';
import { describe, reasonOf } from '../core/errors.ts';
import type { LinkPort } from '../core/link.ts';
import { log } from '../core/logger.ts';
import { setNewest } from '../core/newest.ts';
import type { Environment, HubOptions } from '../core/options.ts';
import { ProxyEndpoint } from '../core/proxy-endpoint.ts';
import { ProxyHub } from '../core/proxy-hub.ts';
import { decodeRtcSignal, type RtcOffer, type RtcSignal } from '../protocol/rtc-signaling.ts';
import { findPeerConnection } from '../rtc/peer-connection.node.ts';
import type { RtcAttempt } from '../rtc/rtc-attempt.ts';
import type { RtcPeerConnectionClass } from '../rtc/rtc-peer.ts';
import { RtcLink, type RtcLinkOwner } from './rtc-link.ts';

/** Signaling hubs have a peer found in a fraction of it; a whole attempt of ours has to fit several of theirs. */
const SIGNALING_TIMEOUT_MS = 1500;

/** A signaling connection that no connection has used for so long is closed: the other side may be gone for good. */
const SIGNALING_IDLE_MS = 30_000;

/** How many peers an endpoint remembers the last offer of; the oldest are forgotten first. */
const REMEMBERED_OFFERS = 1000;

/** What an {@link RtcHub} can be given. @public */
export interface RtcHubOptions extends HubOptions {
  /** The class of the peer connections. @default the platform's; in Node, that of `@roamhq/wrtc` */
  RTCPeerConnection?: RtcPeerConnectionClass;
  /** What the peer connections are made with: STUN and TURN servers above all. @default nothing: direct ways only */
  rtcConfiguration?: RTCConfiguration;
}

/** The retries are the connection's; each attempt has its own time, since only it knows when it begins anew. */
function retriesOf(settings: ConnectionSettings): ConnectionSettings {
  return {
    establishTimeoutMs: Number.POSITIVE_INFINITY,
    get retryDelayMs() {
      return settings.retryDelayMs;
    },
    get retries() {
      return settings.retries;
    },
  };
}

/** One end of any number of WebRTC connections. @public */
export class RtcEndpoint extends ProxyEndpoint {
  readonly #owner: RtcLinkOwner;
  /** What has ended here and still has to leave, by the address of the other side. */
  readonly #leaving = new Map<string, RtcAttempt>();
  /** The timers of the signaling connections that no connection uses. */
  readonly #idle = new Map<string, unknown>();
  /** The date of each peer's last offer: what repeats it is for an attempt that is over. */
  readonly #offers = new Map<string, number>();
  #lastDate = 0;

  /** @internal */
  constructor(
    parent: ParentEndpoint,
    eva: string,
    settings: ConnectionSettings,
    environment: Environment,
    createPeerConnection: () => RTCPeerConnection,
  ) {
    super(parent, eva, retriesOf(settings), environment);
    this.#owner = {
      parent,
      environment,
      settings,
      createPeerConnection,
      closeSignaling: (targetEva) => this.#closeSignaling(targetEva),
      nextDate: () => {
        this.#lastDate = Math.max(environment.clock.date?.() ?? Date.now(), this.#lastDate + 1);
        return this.#lastDate;
      },
      offerDeferred: (sourceEva, offer) => this.#accept(sourceEva, offer),
      linkEnded: (targetEva, rest) => this.#linkEnded(targetEva, rest),
    };
  }

  /** The RTCPeerConnection of a connection that is open or opening; `undefined` where there is none. */
  readonly getRtcConnection = (targetEva: string): RTCPeerConnection | undefined =>
    this.#findLink(targetEva)?.connection;

  protected override checkMessage(message: string): void {
    checkString(message, 'A message through RtcHub');
  }

  protected override createLink(port: LinkPort): RtcLink {
    const { targetEva } = port;
    // Whoever opens again does not wait for what is left of the connection before.
    this.#leaving.get(targetEva)?.tell({ type: 'terminate' });
    this.#leaving.delete(targetEva);
    this.#stopIdleTimer(targetEva);
    return new RtcLink(port, this.#owner);
  }

  protected override parentEnded(targetEva: string): void {
    this.#findLink(targetEva)?.signalingLost();
  }

  protected override parentMessage(sourceEva: string, text: string): void {
    const signal = decodeRtcSignal(text);
    if (signal.kind === 'malformed') {
      const { reason } = signal;
      const details = { endpoint: this.eva, peer: sourceEva, reason };
      this.warnings.warn('a malformed signaling message was dropped', details);
    } else if (signal.kind === 'unknown') {
      this.#ignore(sourceEva, `its type is ${describe(signal.type)}`);
    } else {
      this.#route(sourceEva, signal);
    }
  }

  protected override release(): void {
    for (const timer of this.#idle.values()) this.environment.clock.clearTimeout(timer);
    this.#idle.clear();
    super.release();
  }

  #route(sourceEva: string, signal: RtcSignal): void {
    const isOffer = signal.kind === 'early-offer' || signal.kind === 'offer';
    const isRepeated = isOffer && this.#noteOffer(sourceEva, signal);
    if (this.#findLink(sourceEva)?.receive(signal)) return;
    if (!isOffer) this.#ignore(sourceEva, `its attempt is over: ${signal.kind}`);
    else if (isRepeated) this.#ignore(sourceEva, 'its attempt is over');
    else this.#accept(sourceEva, signal);
  }

  /** Answers an offer that no attempt of ours is there for. */
  #accept(sourceEva: string, offer: RtcOffer): void {
    if (this.isDestroyed() || sourceEva === this.eva) return;
    const { link } = this.acceptConnection(sourceEva);
    // A listener that heard of the connection may have closed it, or opened it: then that attempt has it.
    if (link instanceof RtcLink && link === this.#findLink(sourceEva) && !link.receive(offer)) {
      link.answer(offer);
    }
  }

  /** Whether the peer has sent this offer before; one of version 0.2.1 never does, but may reuse a date. */
  #noteOffer(sourceEva: string, { date, features }: RtcOffer): boolean {
    if (features.length === 0) return false;
    const isRepeated = this.#offers.get(sourceEva) === date;
    setNewest(this.#offers, sourceEva, date, REMEMBERED_OFFERS);
    return isRepeated;
  }

  #linkEnded(targetEva: string, rest: RtcAttempt | undefined): void {
    if (rest !== undefined) this.#leaving.set(targetEva, rest);
    this.#stopIdleTimer(targetEva);
    const release = () => {
      this.#idle.delete(targetEva);
      this.#leaving.delete(targetEva);
      this.#closeSignaling(targetEva);
    };
    this.#idle.set(targetEva, this.environment.clock.setTimeout(release, SIGNALING_IDLE_MS));
  }

  #stopIdleTimer(targetEva: string): void {
    this.environment.clock.clearTimeout(this.#idle.get(targetEva));
    this.#idle.delete(targetEva);
  }

  #closeSignaling(targetEva: string): void {
    try {
      this.parent.closeConnection(targetEva);
    } catch (error) {
      const details = { endpoint: this.eva, peer: targetEva, reason: reasonOf(error) };
      log.warn('the signaling connection stays', details);
    }
  }

  #findLink(targetEva: string): RtcLink | undefined {
    const link = this.findConnection(targetEva)?.link;
    return link instanceof RtcLink ? link : undefined;
  }

  #ignore(peer: string, reason: string): void {
    log.debug('a signaling message was ignored', { endpoint: this.eva, peer, reason });
  }
}

/**
 * A hub of WebRTC data channels, from peer to peer, which two sides set up through a signaling hub. Messages are
 * texts of up to 16 MiB of UTF-8; of up to what its channel takes at once (256 KiB in most browsers) to a peer of
 * version 0.2.1.
 *
 * @public
 */
export class RtcHub extends ProxyHub<string, RtcEndpoint> {
  readonly #createPeerConnection: () => RTCPeerConnection;

  /**
   * @param signalingHub - any hub that carries text; its connect timeout is set to 1500 ms
   * @throws VnfError `ERR_INVALID_ARGUMENT`, `ERR_MISSING_DEPENDENCY`
   */
  constructor(signalingHub: ParentHub, options: RtcHubOptions = {}) {
    const { RTCPeerConnection = findPeerConnection(), rtcConfiguration } = options;
    checkFunction(RTCPeerConnection, 'The option RTCPeerConnection of RtcHub');
    super(signalingHub, options);
    this.#createPeerConnection = () => new RTCPeerConnection(rtcConfiguration);
    signalingHub.setEstablishConnectionTimeout?.(SIGNALING_TIMEOUT_MS);
  }

  protected override createEndpoint(eva: string): RtcEndpoint {
    return new RtcEndpoint(
      this.parentHub.openEndpoint(eva),
      eva,
      this.connectionSettings,
      this.environment,
      this.#createPeerConnection,
    );
  }
}
