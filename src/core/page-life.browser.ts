import type { PageEvents } from './page-life.ts';

/** Listens to the page that the library runs in; a worker hears of its network alone. Returns what ends it. */
export function listenToPage({ wake, leave }: PageEvents): () => void {
  const listening = new AbortController();
  const on = (
    target: EventTarget | undefined,
    type: string,
    listener: (event: PageTransitionEvent) => void,
  ) => target?.addEventListener?.(type, listener as EventListener, { signal: listening.signal });
  // A worker has none.
  const page = globalThis.document as Document | undefined;
  on(globalThis, 'online', wake);
  // A page that the browser may keep (its back-forward cache) is not left: where it comes back, `pageshow` says so.
  on(globalThis, 'pagehide', ({ persisted }) => persisted || leave());
  on(globalThis, 'pageshow', ({ persisted }) => persisted && wake());
  on(page, 'resume', wake);
  on(page, 'visibilitychange', () => page?.visibilityState === 'visible' && wake());
  return () => listening.abort();
}
