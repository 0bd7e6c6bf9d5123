import { afterAll, expect, test } from 'vitest';
import { explore } from './chaos.ts';
import { MODELS } from './models.ts';

/** `npm run test:chaos` sets these. In CI the seed is fixed, so that a red run tells of the change alone. */
const RUNS = Number(process.env['VNF_CHAOS_RUNS'] ?? 2000);
const SEED = Number(process.env['VNF_CHAOS_SEED'] ?? 1);
const PATH = process.env['VNF_CHAOS_PATH'];
const MODEL = process.env['VNF_CHAOS_MODEL'];

/** A run takes 2 ms; on a machine that is busy with other things it may take much longer, and only a hang is a fault. */
const LONGEST_RUN_MS = 200;

const lines: string[] = [];

const models = Object.entries(MODELS).filter(([name]) => MODEL === undefined || MODEL === name);

test.each(models)(
  '[CH1, CH2, CH3, CH4] whatever happens between the peers of the %s model, they come to agree, and nothing is lost',
  { timeout: RUNS * LONGEST_RUN_MS + 30_000 },
  async (name, { model, work }) => {
    const begin = performance.now();
    const tally = await explore(model, { runs: RUNS, seed: SEED, path: PATH });
    const ms = (performance.now() - begin) / RUNS;
    lines.push(`${name}: ${RUNS} runs of ${ms.toFixed(1)} ms, seed ${SEED}: ${tally}`);
    if (RUNS >= 2000) expect(tally.missing(...work)).toEqual([]);
  },
);

afterAll(() => console.info(lines.join('\n')));
