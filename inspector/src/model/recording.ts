import type { InspectMessage } from '../../../src/inspect/messages.ts';
import { RECORDING_FORMAT, type Recording } from '../../../src/inspect/recording.ts';
import type { Actor, Store } from './store.ts';

/** The session as a file: every step that is kept, as the messages that told of it. */
export function exportSession(store: Store): Recording {
  const told = new Set<Actor>();
  const messages = store.allEntries().flatMap(({ actor, kind, text }): InspectMessage[] => {
    const { sessionId, id, source, chart } = actor;
    const register = (state: string): InspectMessage => ({
      type: 'service.register',
      sessionId,
      id,
      source,
      machine: JSON.stringify(chart),
      state,
    });
    // Where the beginning was dropped, the first state that is left stands for it.
    if (kind === 'start' || (kind === 'state' && !told.has(actor))) {
      told.add(actor);
      return [register(text)];
    }
    if (!told.has(actor)) return [];
    if (kind === 'event') return [{ type: 'service.event', sessionId, event: text }];
    if (kind === 'state') return [{ type: 'service.state', sessionId, state: text }];
    return [{ type: 'service.stop', sessionId }];
  });
  return { format: RECORDING_FORMAT, recordedAt: new Date().toISOString(), messages };
}
