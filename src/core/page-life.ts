import { type Clock, systemClock } from './clock.ts';
import { runSafely } from './logger.ts';
import { listenToPage } from './page-life.node.ts';

/** Who wants to hear what becomes of the page. @public */
export interface PageObserver {
  /** The page acts again, or its network is back: whatever is open may have died meanwhile. */
  wake?(): void;
  /** The page is about to be gone for good: what has to be said to others is said inside the call. */
  leave?(): void;
  /** Everybody has said it: nothing may stay open. */
  release?(): void;
}

/**
 * The life of the page that the library runs in. Applications pass one of their own where the platform has other
 * words for it than a browser.
 *
 * @public
 */
export interface PageLife {
  /** Returns what removes the observer again. */
  observe(observer: PageObserver): () => void;
}

/** What a page's own events come down to. */
export interface PageEvents {
  wake(): void;
  leave(): void;
}

/** A page that wakes does so with several events at once, and a restless one with many: all are told once in this time. */
const BURST_MS = 1000;

/** One set of listeners for everybody who wants to hear of a page, and only while somebody does. */
export class ObservedPage implements PageLife {
  readonly #clock: Clock;
  readonly #listen: (events: PageEvents) => () => void;
  readonly #observers = new Set<PageObserver>();
  #stop: (() => void) | undefined;
  #wokenAt = Number.NEGATIVE_INFINITY;
  #timer: unknown;

  constructor(clock: Clock, listen: (events: PageEvents) => () => void) {
    this.#clock = clock;
    this.#listen = listen;
  }

  observe(observer: PageObserver): () => void {
    this.#observers.add(observer);
    this.#stop ??= this.#listen({ wake: this.#wake, leave: this.#leave });
    return () => {
      this.#observers.delete(observer);
      if (this.#observers.size > 0) return;
      this.#clock.clearTimeout(this.#timer);
      this.#stop?.();
      this.#stop = undefined;
    };
  }

  /** The first of a burst counts at once; the last one too, since the network may have come back with it. */
  readonly #wake = (): void => {
    this.#clock.clearTimeout(this.#timer);
    const now = this.#clock.now();
    const wait = this.#wokenAt + BURST_MS - now;
    if (wait > 0) {
      this.#timer = this.#clock.setTimeout(this.#wake, wait);
      return;
    }
    this.#wokenAt = now;
    this.#tell('wake', [...this.#observers]);
  };

  readonly #leave = (): void => {
    // The newest first: the endpoint of a hub is younger than the one below it, which carries its goodbye.
    this.#tell('leave', [...this.#observers].reverse());
    this.#tell('release', [...this.#observers]);
  };

  #tell(what: keyof PageObserver, observers: PageObserver[]): void {
    for (const observer of observers) runSafely(`the ${what} of a page`, {}, () => observer[what]?.());
  }
}

/** The page of the platform; in Node one to which nothing happens. */
export const systemPage: PageLife = new ObservedPage(systemClock, listenToPage);
