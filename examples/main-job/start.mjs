// The main job: a broker and two peers, each a process of its own. The peers find each other in the broker's
// registry and talk over WebRTC.
//
//   npm start             leaves the broker running until Ctrl-C
//   npm start -- --once   ends after the conversation: exit code 0, or 1 where a step failed

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildIfNeeded } from './build.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { once } = readFlags();
const startedAt = performance.now();
const children = new Set();

function readFlags() {
  try {
    return parseArgs({ options: { once: { type: 'boolean', default: false } } }).values;
  } catch (error) {
    console.error(`${error.message}\nUsage: npm start [-- --once]`);
    process.exit(2);
  }
}

/** Starts a Node process, and shows each of its lines with its name and the time. */
function run(name, script, args, onLine = () => {}) {
  const child = spawn(process.execPath, [here(script), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(3).padStart(7);
      console.log(`${seconds} s  ${name.padEnd(6)} ${line}`);
      onLine(line);
    });
  }
  const ended = new Promise((resolve) => {
    child.on('close', (code, signal) => {
      children.delete(child);
      resolve(code ?? signal);
    });
  });
  return { child, ended };
}

function startBroker() {
  return new Promise((resolve, reject) => {
    const { child, ended } = run('broker', '../../dist/broker/cli.js', ['--port', '0'], (line) => {
      const url = /^vnf broker listening on (\S+)$/.exec(line)?.[1];
      if (url !== undefined) resolve({ url, child, ended });
    });
    ended.then((code) => reject(new Error(`the broker ended with ${code} before it listened`)));
  });
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    for (const child of children) child.kill('SIGTERM');
  });
}

await buildIfNeeded();
const broker = await startBroker();
const peers = [
  ['alice', 'bob'],
  ['bob', 'alice'],
].map(([eva, other]) => run(eva, './peer.mjs', [broker.url, eva, other]));
for (const { ended } of peers) {
  ended.then((code) => {
    // The other one would wait for it until its patience ends.
    if (code !== 0) for (const { child } of peers) child.kill('SIGTERM');
  });
}
const failed = (await Promise.all(peers.map(({ ended }) => ended))).filter((code) => code !== 0);

console.log(
  failed.length === 0
    ? 'The main job is done.'
    : `The main job failed: a peer ended with ${failed.join(', ')}.`,
);
if (once) broker.child.kill('SIGTERM');
else console.log(`The broker stays at ${broker.url} until Ctrl-C.`);
const brokerCode = await broker.ended;
process.exitCode = failed.length === 0 && brokerCode === 0 ? 0 : 1;
