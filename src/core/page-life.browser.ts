import type { ListenToPage } from './page-life.ts';

/** What a page that acts again says, and one that is left. A worker says `online` alone. */
const EVENTS = ['online', 'pageshow', 'resume', 'visibilitychange', 'pagehide'];

/** So that events of the document come here too. */
const CAPTURE = { capture: true };

/** Within so long of `pagehide` Firefox ends a script, or does not (measured: 0 to 22 ms, on a busy machine up to 142). */
const CUT_MS = 200;

/** Listens to the page that the library runs in. */
export const listenToPage: ListenToPage = (wake, leave) => {
  const listener = ({ type, persisted }: { type: string; persisted?: boolean }) => {
    // A page that the browser may keep (its back-forward cache) is not left: `pageshow` says where it comes back.
    if (type === 'pagehide') {
      if (persisted) return;
      if (globalThis.navigator?.userAgent?.includes('Firefox/')) awaitCut();
      leave();
    } else if (type === 'visibilitychange' ? !document.hidden : persisted !== false) wake();
  };
  // Platforms that are no browsers may have no events.
  for (const type of EVENTS) globalThis.addEventListener?.(type, listener, CAPTURE);
  return () => {
    for (const type of EVENTS) globalThis.removeEventListener?.(type, listener, CAPTURE);
  };
};

/**
 * Where the process of a page ends with its tab, Firefox ends the script that runs a few milliseconds after `pagehide`,
 * wherever it is and past every `finally`, once (its preference `dom.abort_script_on_child_shutdown`). A goodbye would be
 * cut in the middle. It ends no more than one listener, so that one with nothing to lose is there for it.
 */
function awaitCut(): void {
  const end = performance.now() + CUT_MS;
  const victim = new EventTarget();
  victim.addEventListener('cut', () => {
    while (performance.now() < end);
  });
  victim.dispatchEvent(new Event('cut'));
}
