import { bench, describe } from 'vitest';
import type { Endpoint } from '../src/core/contracts.ts';
import { InBrowserHub } from '../src/hubs/in-browser-hub.ts';
import { MarshallerHub } from '../src/hubs/marshaller-hub.ts';
import { ReliableHub } from '../src/hubs/reliable-hub.ts';

const MESSAGES = 1000;
const TEXT = 'x'.repeat(100);

/** Sends a burst from alice to bob and resolves when all of it has arrived. */
async function burst(hub: { openEndpoint(eva: string): unknown }): Promise<() => Promise<void>> {
  const alice = hub.openEndpoint('alice') as Endpoint<string>;
  const bob = hub.openEndpoint('bob') as Endpoint<string>;
  await new Promise((resolve) => alice.openConnection('bob', resolve));
  return () =>
    new Promise<void>((resolve) => {
      let missing = MESSAGES;
      bob.onMessage = () => {
        missing -= 1;
        if (missing === 0) resolve();
      };
      for (let count = 0; count < MESSAGES; count += 1) alice.send('bob', TEXT);
    });
}

const inBrowser = await burst(new InBrowserHub());
const reliable = await burst(new ReliableHub(new InBrowserHub()));
const marshalled = await burst(new MarshallerHub(new ReliableHub(new InBrowserHub())));

describe(`${MESSAGES} messages of ${TEXT.length} B in memory`, () => {
  // The yardstick: what a hub with a timer a message would cost at least.
  bench('one setTimeout(0) a message', async () => {
    await new Promise<void>((resolve) => {
      let missing = MESSAGES;
      for (let count = 0; count < MESSAGES; count += 1) {
        setTimeout(() => {
          missing -= 1;
          if (missing === 0) resolve();
        }, 0);
      }
    });
  });
  bench('InBrowserHub', inBrowser);
  bench('ReliableHub(InBrowserHub)', reliable);
  bench('MarshallerHub(ReliableHub(InBrowserHub))', marshalled);
});
