import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createBroker } from '../../src/broker/broker.ts';
import { captureLog } from '../support/log.ts';
import { mutate, seeded } from './mutate.ts';
import { TARGETS, type Target } from './targets.ts';

captureLog();

/** How long all targets together run; `npm run fuzz` sets it. */
const SECONDS = Number(process.env['VNF_FUZZ_SECONDS'] ?? 30);
const SEED = Number(process.env['VNF_FUZZ_SEED'] ?? Date.now() % 2 ** 32);

/** No input may keep a page or a broker busy for longer, in ms. */
const LONGEST = 50;

/** What a corpus grows to: what was accepted is worth changing again. */
const MOST_TEXTS = 2000;

/** How long one input takes, in ms: of several tries the fastest, since others use the machine too. */
function timeOf(target: Target, input: string): number {
  let fastest = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < 5; tries += 1) {
    const begin = performance.now();
    target.run(input);
    fastest = Math.min(fastest, performance.now() - begin);
  }
  return fastest;
}

/** Feeds a target until the time is up. @returns how many inputs that were */
function fuzz(target: Target, seconds: number, seed: number): number {
  const choose = seeded(seed);
  const corpus = [...target.seeds];
  const end = performance.now() + seconds * 1000;
  let runs = 0;
  for (let now = performance.now(); now < end; ) {
    const input = mutate(corpus, choose);
    const show = `VNF_FUZZ_SEED=${seed}, run ${runs} of ${target.name}: ${JSON.stringify(input).slice(0, 2000)}`;
    let complaint: string | undefined;
    try {
      complaint = target.run(input);
    } catch (error) {
      throw new Error(`It threw ${error}. ${show}`, { cause: error });
    }
    if (complaint !== undefined) throw new Error(`${complaint}. ${show}`);
    const after = performance.now();
    if (after - now > LONGEST && timeOf(target, input) > LONGEST)
      throw new Error(`It took too long. ${show}`);
    if (corpus.length < MOST_TEXTS && input.length < 100_000) corpus.push(input);
    runs += 1;
    now = after;
  }
  return runs;
}

const share = (SECONDS * 0.8) / TARGETS.length;

test.each(TARGETS.map((make) => make()).map((target) => [target.name, target] as const))(
  '[FZ1] nothing crashes %s, or keeps it busy for over 50 ms',
  { timeout: SECONDS * 2000 + 10_000 },
  (_name, target) => {
    const before = process.memoryUsage().heapUsed;
    expect(fuzz(target, share, SEED)).toBeGreaterThan(0);
    globalThis.gc?.();
    // A target keeps a message at most; the corpus is the largest thing here.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(512 * 2 ** 20);
  },
);

test('[FZ2] the garbage of one socket never reaches another, or ends the broker', {
  timeout: SECONDS * 2000 + 10_000,
}, async () => {
  const broker = await createBroker({ host: '127.0.0.1', port: 0 });
  const choose = seeded(SEED);
  const seeds = TARGETS.flatMap((make) => make().seeds);
  const healthy = await openSocket(broker.url);
  const received: string[] = [];
  healthy.onmessage = ({ data }) => received.push(String(data));
  healthy.send('1 LOGIN\nhealthy');
  const end = performance.now() + SECONDS * 200;
  let sockets = 0;
  while (performance.now() < end) {
    const socket = await openSocket(broker.url);
    sockets += 1;
    if (choose(2) === 0) socket.send(`1 LOGIN\nevil ${sockets % 5}`);
    for (let frames = choose(50); frames > 0 && socket.readyState === WebSocket.OPEN; frames -= 1) {
      const frame = mutate(seeds, choose).replaceAll('healthy', 'nobody');
      socket.send(choose(10) === 0 ? new TextEncoder().encode(frame) : frame);
    }
    socket.close();
  }
  healthy.send('2 PING');
  await expect.poll(() => received.at(-1), { timeout: 10_000 }).toMatch(/^2 PING/);
  expect(received).toHaveLength(2);
  expect(sockets).toBeGreaterThan(0);
  healthy.close();
  await broker.close();
});

async function openSocket(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  return socket;
}
