import { type LogDetails, log } from './logger.ts';
import { setNewest } from './newest.ts';

/** How many different reasons of one peer are warnings: what a hostile one makes up beyond is not. */
const MOST_REASONS = 16;

/** How many peers are remembered; a warning about one that was forgotten comes again. */
const MOST_PEERS = 1000;

/**
 * Warns of what may come in floods, such as malformed frames and attempts that fail: each reason once for each peer, and from then on at
 * `debug`. So nobody can fill a log from outside.
 */
export class RepeatLog {
  readonly #reasons = new Map<string | undefined, Set<string>>();

  warn(text: string, details: LogDetails & { reason: string }): void {
    const { peer, reason } = details;
    const reasons = this.#reasons.get(peer) ?? new Set();
    const news = `${text}: ${reason}`;
    if (reasons.has(news) || reasons.size >= MOST_REASONS) {
      log.debug(text, details);
      return;
    }
    setNewest(this.#reasons, peer, reasons.add(news), MOST_PEERS);
    log.warn(text, details);
  }

  /** What happens to this peer from now on is news again. */
  forget(peer: string | undefined): void {
    this.#reasons.delete(peer);
  }
}
