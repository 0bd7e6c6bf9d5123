import type { Browser, CDPSession, Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { type Broker, createBroker } from '../../src/broker/broker.ts';
import { until } from '../../src/testing/peers.ts';
import { type Engine, launchBrowser } from './browsers.ts';
import { openPeer, type Peer, type PeerOptions, type StackName } from './live-peer.ts';
import { servePages } from './pages.ts';

const host = '127.0.0.1';

/** A browser for the tests of a file, and for each test a broker; what a test opens is closed after it. */
export function livePages(engine: Engine = 'chromium') {
  let browser: Browser;
  let pages: Awaited<ReturnType<typeof servePages>>;
  let broker: Broker;
  const nodes: Peer[] = [];

  beforeAll(async () => {
    [browser, pages] = await Promise.all([launchBrowser(engine), servePages()]);
  });

  afterAll(async () => {
    await browser?.close();
    await pages?.close();
  });

  beforeEach(async () => {
    broker = await createBroker({ host, port: 0 });
  });

  afterEach(async () => {
    for (const { endpoint } of nodes.splice(0)) endpoint.destroy();
    const open = await browser.pages();
    await Promise.all(open.filter((page) => page.url().startsWith(pages.url)).map((page) => page.close()));
    await broker.close();
  });

  /** A page with a peer in it. */
  async function openPage(options: Omit<PeerOptions, 'brokerUrl'>) {
    const page = await browser.newPage();
    const warnings: string[] = [];
    page.on('console', (message) => warnings.push(message.text()));
    await page.goto(pages.url);
    let session: Promise<CDPSession> | undefined;
    const setState = async (state: 'frozen' | 'active') => {
      // Firefox has none.
      session ??= page.createCDPSession();
      await (await session).send('Page.setWebLifecycleState', { state });
    };
    await page.evaluate(
      (all) => {
        globalThis.peer = vnf.openPeer(all);
      },
      { ...options, brokerUrl: broker.url },
    );
    return {
      page,
      /** What the library has written to the page's console. */
      warnings,
      open: (target: string) => page.evaluate((eva) => peer.open(eva), target),
      send: (target: string, text: string) =>
        page.evaluate((eva, message) => peer.endpoint.send(eva, message), target, text),
      states: () => page.evaluate(() => peer.states),
      messages: () => page.evaluate(() => peer.messages),
      isLoggedIn: () => page.evaluate(() => peer.isLoggedIn()),
      freeze: () => setState('frozen'),
      thaw: () => setState('active'),
    };
  }

  /** A page and a peer in Node, connected. */
  async function connect(
    stack: StackName,
    { lostTimeoutMs, eva = 'node' }: { lostTimeoutMs?: number; eva?: string } = {},
  ): Promise<{ life: LivePage; node: Peer }> {
    const patience = lostTimeoutMs === undefined ? {} : { lostTimeoutMs };
    const node = openPeer({ stack, eva, brokerUrl: broker.url, ...patience });
    nodes.push(node);
    await until(node.isLoggedIn, 'the LOGIN of the peer in Node');
    const life = await openPage({ stack, eva: `page of ${eva}` });
    expect(await life.open(eva)).toBe('CONNECTED');
    await until(() => node.endpoint.isConnected(`page of ${eva}`), 'the connection of the peer in Node');
    return { life, node };
  }

  return {
    openPage,
    connect,
    get url(): string {
      return pages.url;
    },
    get brokerUrl(): string {
      return broker.url;
    },
    /** Ends the broker, and starts another one at its address. */
    async restartBroker(meanwhile: () => void): Promise<void> {
      const port = Number(new URL(broker.url).port);
      await broker.close();
      meanwhile();
      broker = await createBroker({ host, port });
    },
  };
}

export type LivePage = Awaited<ReturnType<ReturnType<typeof livePages>['openPage']>>;

/** As a user does; the page is gone some time after the call of puppeteer's. */
export async function closeTab(page: Page): Promise<void> {
  const isClosed = new Promise((resolve) => page.once('close', resolve));
  await page.close({ runBeforeUnload: true });
  await isClosed;
}
