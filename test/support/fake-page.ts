import { observedPage } from '../../src/core/page-life.ts';
import type { VirtualClock } from '../../src/testing/virtual-clock.ts';

/** A page whose life a test makes up. */
export function fakePage(clock: VirtualClock) {
  const heard = new Set<{ wake: () => void; leave: () => void }>();
  const pageLife = observedPage(clock, (wake, leave) => {
    const events = { wake, leave };
    heard.add(events);
    return () => heard.delete(events);
  });
  return {
    pageLife,
    /** How many sets of listeners the page has. */
    get listening(): number {
      return heard.size;
    },
    wake(): void {
      for (const { wake } of heard) wake();
    },
    leave(): void {
      for (const { leave } of heard) leave();
    },
  };
}
