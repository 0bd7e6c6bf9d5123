import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { until } from '../../src/testing/peers.ts';
import { livePages } from '../support/live-pages.ts';
import type { StackName } from '../support/live-peer.ts';
import { captureLog } from '../support/log.ts';

captureLog();

const { connect } = livePages();

const SECONDS = 120;
const TEXTS = Array.from({ length: SECONDS }, (_, second) => `${second}`);

/** Stacks of which a frozen page gets everything later. */
const KEEPING: StackName[] = [
  'RtcHub(WebSocketHub)',
  'ReliableHub(WebSocketHub)',
  'MarshallerHub(ReliableRtcHub(WebSocketHub))',
];

/** Freezes a page of this stack for two minutes, in which it is sent a text each second. */
async function freeze(stack: StackName): Promise<void> {
  const eva = `node of ${stack}`;
  const { life, node } = await connect(stack, { lostTimeoutMs: 300_000, eva });
  await life.freeze();
  for (const text of TEXTS) {
    node.endpoint.send(`page of ${eva}`, text);
    await sleep(1000);
  }
  await life.thaw();
  const isConnected = async () =>
    node.states.at(-1) === 'CONNECTED' && (await life.states()).at(-1) === 'CONNECTED';
  await until(isConnected, `the end of the interruption of ${stack}`, 2000);
  await life.send(eva, 'awake');
  await until(() => node.messages.includes('awake'), `a message through ${stack}`, 2000);
  node.endpoint.send(`page of ${eva}`, 'good morning');
  await until(
    async () => (await life.messages()).at(-1) === 'good morning',
    `its answer through ${stack}`,
    2000,
  );
  // Chromium sometimes closes the sockets of a page that it freezes, and nobody else learns of it until it wakes.
  if (KEEPING.includes(stack)) expect(await life.messages()).toEqual([...TEXTS, 'good morning']);
  expect([...node.states, ...(await life.states())]).not.toContain('lost');
}

// All at once: what takes two minutes here is the waiting.
test('[PL11] a page that was frozen for two minutes goes on, in every stack', {
  timeout: 180_000,
}, async () => {
  await Promise.all((['WebSocketHub', ...KEEPING] satisfies StackName[]).map(freeze));
});
