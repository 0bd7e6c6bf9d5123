import { log } from '../core/logger.ts';
import { ENDPOINT_MESSAGE, encodeAddressed, encodePush } from '../protocol/rpc.ts';

/** What the router needs of a client's session. */
export interface RoutedSession {
  send(frame: string): void;
  /** Another session wants the EVA of this one. */
  challenge(): void;
  /** The holder of the EVA that this one wants is gone, or lives. */
  settleClaim(): void;
}

/** Who holds which EVA, who waits for it, and the way from one to the other. */
export class Router<S extends RoutedSession> {
  readonly #holders = new Map<string, S>();
  readonly #claimants = new Map<string, Set<S>>();

  isFree(eva: string): boolean {
    return !this.#holders.has(eva);
  }

  take(eva: string, session: S): void {
    this.#holders.set(eva, session);
  }

  /**
   * Puts `session` down for an EVA that is held. The holder proves that it lives, or is gone, within a second: one that
   * gives up before simply doesn't listen any more.
   */
  claim(eva: string, session: S): void {
    const claimants = this.#claimants.get(eva) ?? new Set();
    this.#claimants.set(eva, claimants.add(session));
    this.#holders.get(eva)?.challenge();
  }

  /** The session that holds `eva` is over: the one that has waited longest may have it. */
  release(eva: string): void {
    this.#holders.delete(eva);
    this.settle(eva);
  }

  /** It is known whether the holder of `eva` lives. */
  settle(eva: string): void {
    const claimants = this.#claimants.get(eva) ?? [];
    this.#claimants.delete(eva);
    for (const claimant of claimants) claimant.settleClaim();
  }

  /** Sends `body` to the client `target`, as a message of `source`; false where nobody has that EVA. */
  relay(source: string, target: string, body: string): boolean {
    const session = this.#holders.get(target);
    if (session === undefined) {
      log.debug('a message has no recipient', { endpoint: source, peer: target });
      return false;
    }
    session.send(encodePush(ENDPOINT_MESSAGE, encodeAddressed(source, body)));
    return true;
  }
}
