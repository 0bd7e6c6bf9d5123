import type { PageEvents } from './page-life.ts';

/** Listens to the page that the library runs in: in Node there is none. */
export function listenToPage(_events: PageEvents): () => void {
  return () => {};
}
