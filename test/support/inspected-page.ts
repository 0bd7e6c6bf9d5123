import { InBrowserHub } from '../../src/hubs/in-browser-hub.ts';
import { createInspector, throughWindow } from '../../src/inspect/index.ts';

/** What a test calls in the page. */
export interface InspectedPage {
  /** Two connected endpoints, which are shown to every viewer of the origin, or to the window at `viewer`. */
  watchPeers(viewer?: string): void;
}

const watched: InspectedPage = {
  watchPeers(viewer) {
    const target = viewer === undefined ? undefined : window.open(viewer);
    const channel = target == null ? {} : { channel: throughWindow(target) };
    const { inspect } = createInspector({ name: 'a page', ...channel });
    const hub = new InBrowserHub({ inspect });
    const bob = hub.openEndpoint('bob');
    hub.openEndpoint('alice').openConnection(bob.eva, () => {});
  },
};
Object.assign(window, watched);
