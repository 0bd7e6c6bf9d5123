import type { Page } from 'puppeteer-core';
import { describe, expect, test } from 'vitest';
import { until } from '../../src/testing/peers.ts';
import { WebSocketFactory } from '../../src/websocket/websocket-factory.ts';
import { WebSocketRpc } from '../../src/websocket/websocket-rpc.ts';
import { closeTab, type LivePage, livePages } from '../support/live-pages.ts';
import { BROKER_STACKS, type StackName } from '../support/live-peer.ts';
import { captureLog } from '../support/log.ts';

captureLog();

const FIVE_MINUTES = 300_000;

const RELIABLE: StackName[] = ['ReliableHub(WebSocketHub)', 'MarshallerHub(ReliableRtcHub(WebSocketHub))'];

const world = livePages();
const { connect, openPage } = world;

describe('a page that is left', () => {
  const ways: [string, (page: Page) => Promise<unknown>][] = [
    ['closing its tab', closeTab],
    ['loading it anew', (page) => page.reload()],
  ];

  describe.each(BROKER_STACKS)('%s', (stack) => {
    test.each(ways)('[PL9] %s tells the other side within 2 s', async (_name, leave) => {
      const { life, node } = await connect(stack);
      await life.send('node', 'last words');
      await leave(life.page);
      await until(() => node.states.at(-1) === 'closed', 'the end', 2000);
      expect([node.states, node.messages]).toEqual([['connecting', 'CONNECTED', 'closed'], ['last words']]);
    });
  });

  test('[PL9] tells the other side also where that is a page', async () => {
    const stack = 'MarshallerHub(ReliableRtcHub(WebSocketHub))';
    const [life, other] = [await openPage({ stack, eva: 'a' }), await openPage({ stack, eva: 'b' })];
    expect(await life.open('b')).toBe('CONNECTED');
    await closeTab(life.page);
    await until(async () => (await other.states()).at(-1) === 'closed', 'the end', 2000);
  });

  test('[PL10] ends nothing where the browser keeps the page and gives it back', async () => {
    const { page } = await openPage({ stack: 'InBrowserHub', eva: 'a' });
    await page.evaluate(async () => {
      await peer.open('a');
    });
    await page.goto(`${world.url}elsewhere`);
    await page.goBack();
    expect(await page.evaluate(() => globalThis.peer?.states)).toEqual(['connecting', 'CONNECTED']);
  });
});

describe.each(RELIABLE)('a page that was frozen: %s', (stack) => {
  test('[PL11] goes on where the other side was patient, with everything in order', async () => {
    const { life, node } = await connect(stack, { lostTimeoutMs: FIVE_MINUTES });
    await life.freeze();
    for (let index = 0; index < 20; index += 1) node.endpoint.send('page of node', `${index}`);
    // The other side has closed the parent connection, and cannot open it again.
    await until(() => node.states.at(-1) === 'reconnecting');
    for (let index = 20; index < 40; index += 1) node.endpoint.send('page of node', `${index}`);
    await life.thaw();
    await until(async () => (await life.messages()).length === 40);
    expect(await life.messages()).toEqual(Array.from({ length: 40 }, (_, index) => `${index}`));
    await life.send('node', 'here again');
    await until(() => node.messages.includes('here again') && node.states.at(-1) === 'CONNECTED');
    expect([...node.states, ...(await life.states())]).not.toContain('lost');
  });

  test('[PL12] hears within 2 s of waking that the other side has given up, and can connect again', async () => {
    const { life, node } = await connect(stack, { lostTimeoutMs: 1000 });
    await life.freeze();
    await until(() => node.states.at(-1) === 'lost');
    await life.thaw();
    await until(async () => (await life.states()).at(-1) === 'closed', 'the end', 2000);
    expect(await life.open('node')).toBe('CONNECTED');
    await life.send('node', 'again');
    await until(() => node.messages.includes('again'));
  });

  test('[PL13] comes back by itself where the broker restarted meanwhile', async () => {
    const { life, node } = await connect(stack, { lostTimeoutMs: FIVE_MINUTES });
    await life.freeze();
    await world.restartBroker(() => node.endpoint.send('page of node', 'meanwhile'));
    await until(node.isLoggedIn);
    await life.thaw();
    await until(async () => (await life.messages()).length === 1);
    await until(async () => (await life.states()).at(-1) === 'CONNECTED');
    expect([...node.states, ...(await life.states())]).not.toContain('lost');
  });
});

describe('a page whose client waits', () => {
  const ways: [string, (life: LivePage) => Promise<unknown>][] = [
    [
      'its network is back',
      async ({ page }) => {
        await page.setOfflineMode(true);
        await page.setOfflineMode(false);
      },
    ],
    [
      'it is shown again',
      async ({ page }) => {
        await (await openPage({ stack: 'InBrowserHub', eva: 'other' })).page.bringToFront();
        await until(() => page.evaluate(() => document.visibilityState === 'hidden'));
        await page.bringToFront();
      },
    ],
  ];

  test.each(ways)('[PL3] tries again at once when %s', async (_name, wake) => {
    const holder = new WebSocketRpc('taken', new WebSocketFactory(world.brokerUrl));
    await until(() => holder.isConnected());
    const life = await openPage({ stack: 'WebSocketHub', eva: 'taken' });
    // Refused, it waits for 30 s.
    await until(() => life.warnings.some((text) => text.includes('out of reach')), 'the refusal');
    holder.destroy();
    await wake(life);
    await until(life.isLoggedIn, 'the LOGIN', 5000);
  });
});
