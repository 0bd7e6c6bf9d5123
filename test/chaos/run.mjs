// Plays two peers under faults for as many runs as one likes: npm run test:chaos -- --runs 100000 [--seed N]
// A failure prints what plays its run again: --model NAME --seed N --path PATH
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: `${Date.now() % 2 ** 31}` },
    model: { type: 'string' },
    path: { type: 'string' },
  },
});
for (const name of ['runs', 'seed']) {
  if (/^[1-9]\d*$/.test(values[name])) continue;
  console.error(`--${name} must be a whole number above 0, not ${values[name]}.`);
  process.exit(2);
}
const env = { ...process.env, VNF_CHAOS_RUNS: values.runs, VNF_CHAOS_SEED: values.seed };
if (values.model !== undefined) env.VNF_CHAOS_MODEL = values.model;
if (values.path !== undefined) env.VNF_CHAOS_PATH = values.path;
const { status } = spawnSync('npx', ['vitest', 'run', 'test/chaos/two-peers.test.ts'], {
  env,
  stdio: 'inherit',
});
process.exit(status ?? 1);
