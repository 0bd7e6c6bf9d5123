import { beforeAll, describe, expect, test } from 'vitest';
import { leftoversOf, type SoakReport, summaryOf } from './report.ts';
import { soak } from './soak.ts';

/** `npm run soak` sets both. */
const MINUTES = Number(process.env['VNF_SOAK_MINUTES'] ?? 2);
const SEED = Number(process.env['VNF_SOAK_SEED'] ?? Date.now() % 2 ** 31);

/** What it may take besides: to warm up, to settle, and to let go. */
const OTHER_MINUTES = 8;

describe(`50 peers for ${MINUTES} minutes, --seed ${SEED}`, () => {
  let report: SoakReport;

  beforeAll(
    async () => {
      report = await soak({ minutes: MINUTES, seed: SEED, log: (line) => console.info(line) });
      console.info(summaryOf(report));
    },
    (MINUTES + OTHER_MINUTES) * 60_000,
  );

  test('[SK1] loses nothing, repeats nothing, keeps the order, and agrees on every connection in the end', () => {
    expect(report.wrongs).toEqual([]);
    for (const { sent } of Object.values(report.counts)) expect(sent).toBeGreaterThan(0);
  });

  test('[SK2] ends with heap and open handles back at their start, and every process by itself', () => {
    expect(report.processes.flatMap(leftoversOf)).toEqual([]);
  });
});
