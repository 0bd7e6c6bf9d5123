// npm run soak -- --minutes 30 [--seed N]
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { minutes: { type: 'string' }, seed: { type: 'string' } } });
const env = { ...process.env };
if (values.minutes !== undefined) env.VNF_SOAK_MINUTES = values.minutes;
if (values.seed !== undefined) env.VNF_SOAK_SEED = values.seed;
const minutes = Number(env.VNF_SOAK_MINUTES ?? 2);
if (!(minutes > 0)) {
  console.error(`--minutes must be a number above 0, not ${env.VNF_SOAK_MINUTES}.`);
  process.exit(2);
}
const { status } = spawnSync('npx', ['vitest', 'run', '--config', 'vitest.soak.config.ts'], {
  env,
  stdio: 'inherit',
});
process.exit(status ?? 1);
