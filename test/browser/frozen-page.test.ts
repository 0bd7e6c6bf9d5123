import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { livePages } from '../support/live-pages.ts';
import type { StackName } from '../support/live-peer.ts';
import { captureLog } from '../support/log.ts';
import { until } from '../support/peers.ts';

captureLog();

const { connect } = livePages();

const SECONDS = 120;
const TEXTS = Array.from({ length: SECONDS }, (_, second) => `${second}`);

/** Freezes a page of this stack for two minutes, and tells how long after that everything is as before. */
async function freeze(stack: StackName): Promise<void> {
  const eva = `node of ${stack}`;
  const { life, node } = await connect(stack, { lostTimeoutMs: 300_000, eva });
  await life.freeze();
  for (const text of TEXTS) {
    node.endpoint.send(`page of ${eva}`, text);
    await sleep(1000);
  }
  expect(node.states).not.toContain('lost');
  await life.thaw();
  await until(async () => (await life.messages()).length === SECONDS, 'every message', 2000);
  await until(() => node.states.at(-1) === 'CONNECTED', 'the end of the interruption', 2000);
  expect(await life.messages()).toEqual(TEXTS);
  expect(await life.states()).not.toContain('lost');
  expect((await life.states()).at(-1)).toBe('CONNECTED');
}

// All at once: what takes two minutes here is the waiting.
test('[PL11] a page that was frozen for two minutes goes on, in every stack', {
  timeout: 180_000,
}, async () => {
  await Promise.all(
    (
      [
        'WebSocketHub',
        'RtcHub(WebSocketHub)',
        'ReliableHub(WebSocketHub)',
        'MarshallerHub(ReliableRtcHub(WebSocketHub))',
      ] satisfies StackName[]
    ).map(freeze),
  );
});
