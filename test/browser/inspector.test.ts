import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { InBrowserHub } from '../../src/hubs/in-browser-hub.ts';
import { ReliableHub } from '../../src/hubs/reliable-hub.ts';
import { WebSocketHub } from '../../src/hubs/websocket-hub.ts';
import { createInspector, parseRecording, throughWebSocket } from '../../src/inspect/index.ts';
import { connect, until } from '../../src/testing/peers.ts';
import { replayRecording } from '../../src/testing/replay.ts';
import { WebSocketFactory } from '../../src/websocket/websocket-factory.ts';
import type { InspectedPage } from '../support/inspected-page.ts';
import { TOKEN, useInspectorPages } from '../support/inspector-pages.ts';
import { captureLog } from '../support/log.ts';

captureLog();
const pages = useInspectorPages();
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Two peers of this process, each with a stack and an inspector of its own, attached through the broker. */
async function attachedPeers(origin: string) {
  const address = origin.replace('http', 'ws');
  const peerOf = (name: string) => {
    const socket = {
      newWebSocket: () => new WebSocket(`${address}/inspector/attach?token=${encodeURIComponent(TOKEN)}`),
    };
    const inspector = createInspector({ name, channel: throughWebSocket(socket) });
    const webSocketHub = new WebSocketHub(new WebSocketFactory(`${address}/vnf-ws`));
    const hub = new ReliableHub(webSocketHub, { inspect: inspector.inspect });
    hub.setHeartbeatInterval(200);
    const endpoint = hub.openEndpoint(name);
    ends.push(() => {
      endpoint.destroy();
      inspector.close();
    });
    return { endpoint, webSocketHub };
  };
  const [alice, bob] = [peerOf('alice'), peerOf('bob')];
  await connect(alice.endpoint, bob.endpoint);
  return { alice, bob };
}

const inspectorOf = (origin: string) =>
  pages.openPage(`${origin}/inspector#token=${encodeURIComponent(TOKEN)}`);

/** The first actor of this machine that belongs to the endpoint. */
function actorOf(page: Page, endpoint: string, machine: string) {
  const group = page.locator('.group', { has: page.locator('h2', { hasText: new RegExp(`^${endpoint} `) }) });
  return group.locator('.actor', { hasText: machine }).first();
}

const choose = (page: Page, endpoint: string, machine: string) => actorOf(page, endpoint, machine).click();

const activeStates = (page: Page) =>
  page
    .locator('#chart-body .state.active')
    .evaluateAll((all) => all.map((each) => each.getAttribute('data-state')));

describe('the inspector, with two peers and a broker attached', () => {
  test('[IP1] says what to do while nothing is attached', async () => {
    const page = await pages.openPage(pages.fileUrl);
    await page.getByText('Nothing is attached yet').waitFor();
    expect(await page.locator('#snippet').textContent()).toContain('createInspector()');
  });

  test('[IP2, IP3] shows every endpoint and machine, and a reconnect in the chart, and steps through it', async () => {
    const { origin } = await pages.serve();
    const page = await inspectorOf(origin);
    const { alice } = await attachedPeers(origin);
    await page.locator('.group h2', { hasText: /^broker / }).waitFor();
    await choose(page, 'alice', 'reliable-session → bob');
    await until(async () => (await activeStates(page)).includes('reliable-session.connected.liveness.live'));
    const seen = page
      .locator('#steps li', { hasText: 'liveness.interrupted' })
      .or(page.locator('#steps li', { hasText: 'interrupted.' }));
    const before = await seen.count();
    alice.webSocketHub.getEndPoint('alice')?.closeConnection('bob');
    await until(async () => (await seen.count()) > before);
    await until(async () => (await activeStates(page)).includes('reliable-session.connected.liveness.live'));
    // Both sides, one beside the other.
    expect([
      await page.locator('#left-name').textContent(),
      await page.locator('#right-name').textContent(),
    ]).toEqual(['alice', 'bob']);
    await page.keyboard.press('ArrowLeft');
    for (let step = 0; step < 100; step += 1) {
      if ((await activeStates(page)).some((id) => id?.includes('interrupted'))) break;
      await page.keyboard.press('ArrowLeft');
    }
    expect(await activeStates(page)).toContain('reliable-session.connected.liveness.interrupted');
    expect(await page.locator('#context').textContent()).toContain('"state"');
    expect(await page.locator('#chart-body .count:not(:empty)').count()).toBeGreaterThan(3);
    await page.keyboard.press('End');
    await until(async () => (await activeStates(page)).includes('reliable-session.connected.liveness.live'));
    // The picture in the README: VNF_SCREENSHOT=docs/inspector.png.
    const path = process.env['VNF_SCREENSHOT'];
    if (path !== undefined) await page.screenshot({ path });
  });

  test('[IP4] filters by what is typed, and is used by the keyboard alone', async () => {
    const { origin } = await pages.serve();
    const page = await inspectorOf(origin);
    await attachedPeers(origin);
    await page.locator('.actor', { hasText: 'reliable-session' }).first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('reliable-session bob');
    const shown = page.locator('.actor:visible');
    await until(async () => (await shown.count()) === 1);
    await page.keyboard.press('Escape');
    await shown.first().focus();
    await page.keyboard.press('Enter');
    expect(await page.locator('#chart-title').textContent()).toBe('reliable-session bob → alice');
    await page.keyboard.press('ArrowLeft');
    expect(await page.locator('#pause').getAttribute('aria-pressed')).toBe('true');
    const look = () => page.locator('html').getAttribute('data-theme');
    const first = await look();
    await page.locator('#theme').click();
    expect(await look()).not.toBe(first);
  });

  test('[IP5] exports a session, and opens it from a file, in a page from a file', async () => {
    const { origin } = await pages.serve();
    const page = await inspectorOf(origin);
    const { alice } = await attachedPeers(origin);
    await page.locator('.actor', { hasText: 'reliable-session' }).first().waitFor();
    alice.endpoint.closeConnection('bob');
    // The processes tell one after the other: what bob has seen the end of, alice may not have told yet.
    const own = actorOf(page, 'alice', 'connection → bob');
    await until(async () => (await own.getAttribute('class'))?.includes('stopped') ?? false);
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#save').click()]);
    const text = await readFile(await download.path(), 'utf8');
    expect(parseRecording(text).messages.length).toBeGreaterThan(20);
    // A bug report is a test: what real sockets did is done again, on virtual time.
    const { steps, difference } = replayRecording(text);
    expect(difference?.message).toBeUndefined();
    expect(steps).toBeGreaterThan(10);
    const other = await pages.openPage(pages.fileUrl);
    await other
      .locator('#file')
      .setInputFiles({ name: 'session.json', mimeType: 'application/json', buffer: Buffer.from(text) });
    await choose(other, 'alice', 'connection → bob');
    expect(await activeStates(other)).toEqual(['connection', 'connection.closed']);
    for (
      let step = 0;
      step < 100 && !(await activeStates(other)).includes('connection.CONNECTED');
      step += 1
    ) {
      await other.keyboard.press('ArrowLeft');
    }
    expect(await activeStates(other)).toEqual(['connection', 'connection.CONNECTED']);
    await other
      .locator('#file')
      .setInputFiles({ name: 'no.json', mimeType: 'application/json', buffer: Buffer.from('{}') });
    await until(async () => (await other.locator('#trouble').textContent())?.includes('format') ?? false);
  });

  test('[IP7] watches pages of its own origin by itself', async () => {
    const page = await pages.openPage(pages.fileUrl);
    await pages.inspectPage(page);
    await page.evaluate(() => (window as unknown as InspectedPage).watchPeers());
    await choose(page, 'alice', 'connection → bob');
    await until(async () => (await activeStates(page)).includes('connection.CONNECTED'));
  });

  test('[IP7] watches the page that has opened it, from any origin', async () => {
    const { origin } = await pages.serve();
    const opener = await pages.openPage('about:blank');
    await pages.inspectPage(opener);
    const opened = opener.waitForEvent('popup');
    await opener.evaluate(
      (url) => (window as unknown as InspectedPage).watchPeers(url),
      `${origin}/inspector`,
    );
    const page = await opened;
    await choose(page, 'bob', 'connection → alice');
    await until(async () => (await activeStates(page)).includes('connection.CONNECTED'));
  });

  test('[IP6] stays smooth with 200 connections and 1000 events a second, and keeps a bounded history', async () => {
    const { origin } = await pages.serve();
    const page = await inspectorOf(origin);
    const socket = {
      newWebSocket: () =>
        new WebSocket(`${origin.replace('http', 'ws')}/inspector/attach?token=${encodeURIComponent(TOKEN)}`),
    };
    const inspector = createInspector({ name: 'many', channel: throughWebSocket(socket) });
    ends.push(inspector.close);
    const hub = new InBrowserHub({ inspect: inspector.inspect });
    const server = hub.openEndpoint('server');
    const clients = Array.from({ length: 100 }, (_, index) => hub.openEndpoint(`client ${index}`));
    for (const client of clients) await connect(client, server);
    await page.locator('.group').nth(100).waitFor({ state: 'attached' });
    await page.evaluate(() => {
      const frames: number[] = [];
      let last = performance.now();
      const tick = (now: number) => {
        frames.push(now - last);
        last = now;
        requestAnimationFrame(tick);
      };
      requestAnimationFrame(tick);
      Object.assign(window, { frames });
    });
    // A connection that is closed and opened again makes some ten events.
    const began = performance.now();
    let rounds = 0;
    while (performance.now() - began < 5000) {
      const client = clients[rounds % clients.length];
      if (client !== undefined) {
        client.closeConnection('server');
        client.openConnection('server', () => {});
      }
      rounds += 1;
      await new Promise((resolve) =>
        setTimeout(resolve, Math.max(0, began + rounds * 10 - performance.now())),
      );
    }
    const frames = await page.evaluate(() =>
      (window as unknown as { frames: number[] }).frames.toSorted((a, b) => a - b),
    );
    const typical = frames[Math.floor(frames.length / 2)] ?? Number.NaN;
    const worst = frames[Math.floor(frames.length * 0.99)] ?? Number.NaN;
    console.info(
      `frames: median ${typical.toFixed(1)} ms, 99 % within ${worst.toFixed(1)} ms, ${rounds} rounds, ${inspector.dropped} dropped`,
    );
    expect(typical).toBeLessThan(50);
    expect(inspector.dropped).toBe(0);
    const kept = /(\d+) of (\d+) steps kept/.exec((await page.locator('#sources').textContent()) ?? '');
    expect(Number(kept?.[1])).toBeGreaterThan(1000);
    expect(Number(kept?.[1])).toBeLessThanOrEqual(Number(kept?.[2]));
  });
});
