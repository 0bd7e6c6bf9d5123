import { withPage } from './harness/chromium.ts';
import type { Measure } from './harness/result.ts';
import { repeat } from './harness/rounds.ts';

/** A message in memory, in a page. */
export const measure: Measure = ({ short }) =>
  withPage(async (page) => [
    await repeat(
      { case: 'InBrowserHub one way, Chromium', unit: 'ms', goal: { atMost: 0.1 }, rounds: short ? 5 : 15 },
      () => page.evaluate((count) => bench.oneWay(count), short ? 200 : 1000),
    ),
  ]);
