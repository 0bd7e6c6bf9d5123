import { expect, test } from 'vitest';
import type { Measure } from './measure.ts';
import { HEAP_MARGIN, leftoversOf } from './report.ts';

const START: Measure = { heap: 10, rss: 100, resources: { PipeWrap: 3, descriptor: 29, thread: 15 } };

/** What a process that ended like this is blamed for. */
const leftovers = (end: Partial<Measure>, exit: number | string = 0) =>
  leftoversOf({ name: 'peers 0', start: START, end: { ...START, ...end }, exit });

test('[SK2] finds nothing left where everything is as it was, or the heap a little larger', () => {
  expect(leftovers({})).toEqual([]);
  expect(leftovers({ heap: START.heap + HEAP_MARGIN, rss: 200 })).toEqual([]);
});

test.each<[what: string, end: Partial<Measure>, exit: number | string]>([
  ['a socket', { resources: { ...START.resources, TCPSocketWrap: 1 } }, 0],
  ['a thread', { resources: { ...START.resources, thread: 16 } }, 0],
  ['a file descriptor', { resources: { ...START.resources, descriptor: 30 } }, 0],
  ['more of the heap', { heap: START.heap + HEAP_MARGIN + 1 }, 0],
  ['a crash', {}, 'SIGSEGV'],
])('[SK2] finds %s at the end', (_what, end, exit) => {
  expect(leftovers(end, exit)).toHaveLength(1);
});
