/** What the peers of one stack have done, and what has become of it. */
export interface Counts {
  opens: number;
  connected: number;
  failed: number;
  closed: number;
  lost: number;
  interruptions: number;
  sent: number;
  received: number;
  /** UTF-16 units of what was sent. */
  units: number;
}

/** Nothing yet. */
export const NOTHING: Readonly<Counts> = {
  opens: 0,
  connected: 0,
  failed: 0,
  closed: 0,
  lost: 0,
  interruptions: 0,
  sent: 0,
  received: 0,
  units: 0,
};

export function sumOf(all: readonly Counts[]): Counts {
  const sum = { ...NOTHING };
  for (const counts of all) {
    for (const key of Object.keys(sum) as (keyof Counts)[]) sum[key] += counts[key];
  }
  return sum;
}
