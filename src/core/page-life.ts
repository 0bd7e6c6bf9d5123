import { type Clock, systemClock } from './clock.ts';
import { runSafely } from './logger.ts';
import { listenToPage } from './page-life.node.ts';

/** Who wants to hear what becomes of the page. */
export interface PageObserver {
  /** The page acts again, or its network is back: whatever is open may have died meanwhile. */
  wake?(): void;
  /** The page is about to be gone for good: what has to be said to others is said inside the call. */
  leave?(): void;
  /** Everybody has said it: nothing may stay open. */
  release?(): void;
}

/** The life of the page that the library runs in. */
export interface PageLife {
  /** Returns what removes the observer again. */
  observe(observer: PageObserver): () => void;
}

/** Calls what a page's own events come down to; returns what ends that. */
export type ListenToPage = (wake: () => void, leave: () => void) => () => void;

/** A page that wakes does so with several events at once, a restless one with many: all are told once in this time. */
const BURST_MS = 1000;

/** One set of listeners for everybody who wants to hear of a page, and only while somebody does. */
export function observedPage(clock: Clock, listen: ListenToPage): PageLife {
  const observers = new Set<PageObserver>();
  let stop: (() => void) | undefined;
  let wokenAt = Number.NEGATIVE_INFINITY;
  let timer: unknown;

  const tell = (what: keyof PageObserver, whom: PageObserver[]) => {
    for (const observer of whom) runSafely(`${what} of a page`, {}, () => observer[what]?.());
  };
  // The first of a burst counts at once; the last one too, since the network may have come back with it.
  const wake = () => {
    clock.clearTimeout(timer);
    const wait = wokenAt + BURST_MS - clock.now();
    if (wait > 0) {
      timer = clock.setTimeout(wake, wait);
      return;
    }
    wokenAt = clock.now();
    tell('wake', [...observers]);
  };
  const leave = () => {
    // The newest first: the endpoint of a hub is younger than the one below it, which carries its goodbye.
    tell('leave', [...observers].reverse());
    tell('release', [...observers]);
  };

  return {
    observe(observer) {
      observers.add(observer);
      stop ??= listen(wake, leave);
      return () => {
        observers.delete(observer);
        if (observers.size > 0) return;
        clock.clearTimeout(timer);
        stop?.();
        stop = undefined;
      };
    },
  };
}

/** The page of the platform; in Node one to which nothing happens. */
export const systemPage = observedPage(systemClock, listenToPage);
