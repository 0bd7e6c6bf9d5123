import { Vnf } from '../src/index.ts';
import type { Measure, Result } from './harness/result.ts';
import { compare } from './harness/rounds.ts';
import { connectPair, throughput } from './scenarios/stacks.ts';

const MESSAGE = 'x'.repeat(100);

/** Messages of 100 B in memory, beside what a hub with a timer for each would cost at least. */
export const measure: Measure = async ({ short }) => {
  const count = short ? 2000 : 10_000;
  const rounds = short ? 5 : 15;
  const stacks = [
    { name: 'InBrowserHub', atLeast: 5, hub: new Vnf.InBrowserHub() },
    { name: 'ReliableHub(InBrowserHub)', atLeast: 2, hub: new Vnf.ReliableHub(new Vnf.InBrowserHub()) },
    {
      name: 'MarshallerHub(ReliableHub(InBrowserHub))',
      atLeast: 1.5,
      hub: new Vnf.MarshallerHub<string>(new Vnf.ReliableHub(new Vnf.InBrowserHub())),
    },
  ];
  const results: Result[] = [];
  for (const { name, atLeast, hub } of stacks) {
    const pair = await connectPair(hub);
    const row = { case: `${name}, 100 B, Node`, unit: 'msg/s', goal: { atLeast }, rounds };
    results.push(
      await compare(
        row,
        () => timerLoop(count),
        () => throughput(pair, { message: MESSAGE, count }),
      ),
    );
  }
  return results;
};

/** One `setTimeout(0)` a message, a second. */
async function timerLoop(count: number): Promise<number> {
  const begin = performance.now();
  await new Promise<void>((resolve) => {
    let missing = count;
    for (let sent = 0; sent < count; sent += 1) {
      setTimeout(() => {
        missing -= 1;
        if (missing === 0) resolve();
      }, 0);
    }
  });
  return count / ((performance.now() - begin) / 1000);
}
