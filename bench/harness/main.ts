import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { line, writeResults } from './report.ts';
import { isFarOff, type Result } from './result.ts';

// node main.mjs short|full|some GROUP…: all groups, or for a look some of them.
const [form = 'full', ...groups] = process.argv.slice(2);
const results: Result[] = [];
for (const name of groups) {
  for (const result of await runGroup(name)) {
    results.push(result);
    console.log(line(result));
  }
}
if (form === 'full') writeResults(results);
if (form === 'short') {
  const bad = results.filter(isFarOff);
  for (const result of bad) console.error(`Far from its goal: ${line(result)}`);
  if (bad.length > 0) process.exitCode = 1;
}

/** Each group has a process of its own: its heap, its compiler and what it breaks are its own, too. */
function runGroup(name: string): Promise<Result[]> {
  const worker = fork(fileURLToPath(new URL('./worker.mjs', import.meta.url)), [name, form], {
    execArgv: ['--expose-gc', ...(process.env['VNF_BENCH_NODE_FLAGS']?.split(' ') ?? [])],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  return new Promise((resolve, reject) => {
    worker.once('message', (found) => resolve(found as Result[]));
    worker.once('exit', (code, signal) =>
      reject(new Error(`The group ${name} has ended: ${signal ?? code}.`)),
    );
  });
}
