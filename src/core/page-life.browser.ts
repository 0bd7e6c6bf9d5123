import type { ListenToPage } from './page-life.ts';

/** What a page that acts again says, and one that is left. A worker says `online` alone. */
const EVENTS = ['online', 'pageshow', 'resume', 'visibilitychange', 'pagehide'];

/** So that events of the document come here too. */
const CAPTURE = { capture: true };

/** Listens to the page that the library runs in. */
export const listenToPage: ListenToPage = (wake, leave) => {
  const listener = ({ type, persisted }: { type: string; persisted?: boolean }) => {
    // A page that the browser may keep (its back-forward cache) is not left: `pageshow` says where it comes back.
    if (type === 'pagehide') persisted || leave();
    else if (type === 'visibilitychange' ? !document.hidden : persisted !== false) wake();
  };
  // Platforms that are no browsers may have no events.
  for (const type of EVENTS) globalThis.addEventListener?.(type, listener, CAPTURE);
  return () => {
    for (const type of EVENTS) globalThis.removeEventListener?.(type, listener, CAPTURE);
  };
};
