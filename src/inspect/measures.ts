/** What the plain code behind a machine's interfaces may know. */
interface Interfaces {
  transport?: { getBufferedAmount?(): number; getBufferedBytes?(): number };
  timing?: {
    roundTripMs?: number;
    reorderAllowanceMs?: number;
    askIntervalMs?: number;
    untilProbeMs?(probes: number): number;
  };
  traffic?: { outstanding?: number; responses?: number };
  probes?: number;
}

/**
 * The numbers of a machine's interfaces at this moment: what a viewer shows beside the state, and what decided where
 * the context did not. Names are those of the interfaces; all are ms, UTF-16 units or counts.
 */
export function measuresOf(context: unknown): Record<string, number> {
  const { transport, timing, traffic, probes = 0 } = (context ?? {}) as Interfaces;
  const measures = {
    bufferedAmount: transport?.getBufferedAmount?.(),
    bufferedBytes: transport?.getBufferedBytes?.(),
    roundTripMs: timing?.roundTripMs,
    reorderAllowanceMs: timing?.reorderAllowanceMs,
    askIntervalMs: timing?.askIntervalMs,
    untilProbeMs: timing?.untilProbeMs?.(probes),
    outstanding: traffic?.outstanding,
    responses: traffic?.responses,
  };
  const known = Object.entries(measures).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number' && Number.isFinite(entry[1]),
  );
  return Object.fromEntries(known);
}
