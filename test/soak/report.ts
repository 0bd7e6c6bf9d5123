import { type Counts, NOTHING, sumOf } from './counts.ts';
import type { Measure } from './measure.ts';
import { byStack, STACK_NAMES, type StackName } from './stacks.ts';

/** One process, from its start to its end. */
export interface ProcessReport {
  name: string;
  start: Measure;
  end: Measure;
  /** Its exit code, or the signal that ended it. */
  exit: number | string;
}

export interface SoakReport {
  seed: number;
  minutes: number;
  /** What went wrong, each with what had happened to that connection before. */
  wrongs: string[];
  counts: Record<StackName, Counts>;
  /** How often each fault of a whole process happened. */
  faults: Record<string, number>;
  /** How long it took from the last fault until both sides of everything agreed, in ms. */
  settledMs: number;
  processes: ProcessReport[];
}

const inMiB = (bytes: number) => (bytes / 2 ** 20).toFixed(1);

/**
 * How much larger a heap may be at its end than at its start, in bytes: what V8 learns of code that runs for long. One
 * session that is never let go of takes about 20 kB, and a process has hundreds a minute.
 */
export const HEAP_MARGIN = 4 * 2 ** 20;

/** What a process holds at its end that it did not hold at its start; nothing where all is well. */
export function leftoversOf({ name, start, end, exit }: ProcessReport): string[] {
  const grown = end.heap - start.heap;
  return [
    ...(grown > HEAP_MARGIN ? [`${name}: the heap has grown by ${inMiB(grown)} MiB`] : []),
    ...(namesOf(start.resources) === namesOf(end.resources)
      ? []
      : [`${name}: ${namesOf(end.resources)} are open`]),
    ...(exit === 0 ? [] : [`${name}: ended with ${exit}`]),
  ];
}

/** What keeps a process alive, in one line. */
export function namesOf(resources: Measure['resources']): string {
  return Object.entries(resources)
    .map(([name, count]) => `${count} ${name}`)
    .sort()
    .join(', ');
}

/** The counts of all processes together. */
export function countsOf(processes: { counts: SoakReport['counts'] }[]): SoakReport['counts'] {
  return byStack((name) => sumOf(processes.map(({ counts }) => counts[name])));
}

export function progressOf(
  minute: number,
  minutes: number,
  counts: SoakReport['counts'],
  faults: SoakReport['faults'],
): string {
  const { sent, received, units, connected, closed, lost } = sumOf(Object.values(counts));
  const happened = Object.entries(faults).map(([name, count]) => `${count} × ${name}`);
  return (
    `minute ${minute} of ${minutes}: ${sent} messages sent (${inMiB(units)} Mi units), ${received} received, ` +
    `${connected} sides connected, ${closed} closed, ${lost} lost; ${happened.join(', ')}`
  );
}

function table(head: string[], rows: (string | number)[][]): string {
  const lines = [head, ...rows.map((row) => row.map(String))];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function summaryOf({
  seed,
  minutes,
  wrongs,
  counts,
  faults,
  settledMs,
  processes,
}: SoakReport): string {
  const keys = Object.keys(NOTHING) as (keyof Counts)[];
  const stacks = STACK_NAMES.map((name) => [name, ...keys.map((key) => counts[name][key])]);
  const held = processes.map(({ name, start, end, exit }) => [
    name,
    `${inMiB(start.heap)} → ${inMiB(end.heap)}`,
    `${inMiB(start.rss)} → ${inMiB(end.rss)}`,
    `${namesOf(start.resources)} → ${namesOf(end.resources)}`,
    exit,
  ]);
  return [
    `A soak of ${minutes} minutes, --seed ${seed}: ${wrongs.length} wrongs; settled after ${(settledMs / 1000).toFixed(1)} s`,
    table(['stack', ...keys], stacks),
    table(['fault', 'times'], Object.entries(faults)),
    table(['process', 'heap MiB', 'RSS MiB', 'open', 'exit'], held),
  ].join('\n\n');
}
