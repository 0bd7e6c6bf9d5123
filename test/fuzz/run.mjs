// Runs the fuzzer for as long as one likes: npm run fuzz -- --minutes 10 [--seed N]
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' } },
});
const minutes = Number(values.minutes);
if (!(minutes > 0)) {
  console.error(`--minutes must be a number above 0, not ${values.minutes}.`);
  process.exit(2);
}
const env = { ...process.env, VNF_FUZZ_SECONDS: String(minutes * 60) };
if (values.seed !== undefined) env.VNF_FUZZ_SEED = values.seed;
const { status } = spawnSync('npx', ['vitest', 'run', 'test/fuzz'], { env, stdio: 'inherit' });
process.exit(status ?? 1);
