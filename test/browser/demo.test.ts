import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { OCCUPANTS } from '../../src/demo/occupants.ts';
import {
  MarshallerHub,
  ReliableRtcHub,
  WebSocketFactory,
  WebSocketHub,
  WebSocketRegistryClient,
} from '../../src/index.ts';
import { cutConnections, useDemoPages } from '../support/demo-pages.ts';
import { captureLog } from '../support/log.ts';

captureLog();

const { startBroker, openPage } = useDemoPages();

/** What a step waits for: far above what it takes, and below the time of a whole test. */
const PATIENCE = { timeout: 20_000 };

async function enter(page: Page, person: string, room = 'kitchen'): Promise<void> {
  await page.getByLabel('Your name').fill(person);
  await page.getByRole('textbox', { name: 'Room' }).fill(room);
  await page.getByRole('button', { name: 'Join' }).click();
}

/** Ada and Bob, who are connected. */
async function meet(url: string): Promise<[ada: Page, bob: Page]> {
  const [ada, bob] = await Promise.all([openPage(url), openPage(url)]);
  await Promise.all([enter(ada, 'Ada'), enter(bob, 'Bob')]);
  await Promise.all([isConnected(ada, 'Bob'), isConnected(bob, 'Ada')]);
  return [ada, bob];
}

const person = (page: Page, name: string) => page.getByRole('listitem').filter({ hasText: name });
const stateOf = (page: Page, name: string, state: string) =>
  person(page, name).locator(`.badge[data-state="${state}"]`).waitFor(PATIENCE);
const isConnected = (page: Page, name: string) => stateOf(page, name, 'CONNECTED');

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message').fill(text);
  await page.getByRole('button', { name: 'Send', exact: true }).click();
}

const hears = (page: Page, text: string, patience = PATIENCE) =>
  page.getByRole('log').getByText(text, { exact: true }).first().waitFor(patience);

async function offer(page: Page, to: string, name: string, content: Buffer): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'vnf-demo-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, name);
  await writeFile(file, content);
  const picking = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: `Send a file to ${to}` }).click();
  await (await picking).setFiles(file);
}

const arrived = (page: Page, least: number) =>
  page.waitForFunction((least) => (document.querySelector('progress')?.value ?? 0) > least, least, PATIENCE);

const digest = (content: Buffer) => createHash('sha256').update(content).digest('hex');

/** Saves the file that has arrived. @returns its name and its digest */
async function save(page: Page): Promise<{ name: string; sha256: string }> {
  const link = page.getByRole('link', { name: 'Save' });
  await link.waitFor({ timeout: 60_000 });
  const downloading = page.waitForEvent('download');
  await link.click();
  const download = await downloading;
  return { name: download.suggestedFilename(), sha256: digest(await readFile(await download.path())) };
}

describe('two pages', () => {
  test('[DM5, DM7, DM8] meet through the list of rooms, and talk', async () => {
    const { url } = await startBroker();
    const [ada, bob] = await Promise.all([openPage(url), openPage(url)]);
    await enter(ada, 'Ada');
    await bob.getByLabel('Your name').fill('Bob');
    await bob.getByRole('link', { name: /kitchen\s*Ada/ }).click(PATIENCE);
    await Promise.all([isConnected(ada, 'Bob'), isConnected(bob, 'Ada')]);
    await say(ada, 'How are you?');
    await hears(bob, 'How are you?');
    await hears(ada, 'Sent to Bob');
    await say(bob, 'I am good!');
    await hears(ada, 'I am good!');
  });

  test('[DM6] meet through a link, and leave with the way back', async () => {
    const { url } = await startBroker();
    const ada = await openPage(url);
    await enter(ada, 'Ada', 'a room & a half');
    await ada.getByRole('heading', { name: 'a room & a half' }).waitFor();
    const bob = await openPage(ada.url());
    await isConnected(bob, 'Ada');
    await ada.goBack();
    await ada.getByRole('button', { name: 'Join' }).waitFor();
    await hears(bob, 'Ada left.');
  });

  test('[DM18] go on while the broker is away, and others can join once it is back', async () => {
    const broker = await startBroker();
    const [ada, bob] = await meet(broker.url);
    await broker.kill();
    await ada.getByRole('alert').getByText("can't be reached").waitFor(PATIENCE);
    await say(ada, 'Who needs a broker?');
    await hears(bob, 'Who needs a broker?');
    await isConnected(ada, 'Bob');
    await broker.restart();
    await ada.getByRole('alert').waitFor({ ...PATIENCE, state: 'hidden' });
    const cleo = await openPage(broker.url);
    await enter(cleo, 'Cleo');
    await Promise.all([isConnected(cleo, 'Ada'), isConnected(cleo, 'Bob'), isConnected(bob, 'Cleo')]);
    await isConnected(ada, 'Bob');
  });

  test('[DM9] see a tab that is closed leave', async () => {
    const { url } = await startBroker();
    const [ada, bob] = await meet(url);
    await bob.close();
    await hears(ada, 'Bob left.');
    await ada.getByText('Nobody else is here.').waitFor();
  });

  test('[DM9] see a tab that crashes leave', async () => {
    const { url } = await startBroker();
    const [ada, bob] = await meet(url);
    await bob.goto('chrome://crash').catch(() => {});
    await stateOf(ada, 'Bob', 'reconnecting');
    await hears(ada, 'Bob left.');
  });
});

describe('a file', () => {
  test('[DM12] of 50 MB arrives as it was', async () => {
    const { url } = await startBroker();
    const [ada, bob] = await meet(url);
    const content = randomBytes(50_000_000);
    await offer(ada, 'Bob', 'cat.jpg', content);
    await bob.getByRole('button', { name: 'Accept' }).click(PATIENCE);
    await Promise.all([arrived(ada, 1e6), arrived(bob, 1e6)]);
    await bob.getByRole('progressbar', { name: 'Progress of cat.jpg' }).waitFor();
    expect(await save(bob)).toEqual({ name: 'cat.jpg', sha256: digest(content) });
    await hears(ada, 'Bob has all of cat.jpg.');
  }, 90_000);

  test('[DM14] goes on when its channel is cut', async () => {
    const { url } = await startBroker();
    const [ada, bob] = await meet(url);
    const content = randomBytes(20_000_000);
    await offer(ada, 'Bob', 'cat.jpg', content);
    await bob.getByRole('button', { name: 'Accept' }).click(PATIENCE);
    for (const [page, least] of [
      [ada, 3e6],
      [bob, 8e6],
    ] as const) {
      await arrived(bob, least);
      expect(await cutConnections(page)).toBe(1);
    }
    expect(await save(bob)).toEqual({ name: 'cat.jpg', sha256: digest(content) });
  }, 90_000);

  test('[DM14] goes on where it was when the connection was lost', async () => {
    const { url } = await startBroker();
    const [ada, bob] = await meet(url);
    const content = randomBytes(20_000_000);
    await offer(ada, 'Bob', 'cat.jpg', content);
    await bob.getByRole('button', { name: 'Accept' }).click(PATIENCE);
    await arrived(ada, 3e6);
    // Bob's page stands still, as on a phone that sleeps, until Ada's has given it up.
    const debug = await bob.context().newCDPSession(bob);
    await debug.send('Debugger.enable');
    await debug.send('Debugger.pause');
    // After 15 s of silence; `lost` is soon followed by another attempt.
    await hears(ada, 'cat.jpg is interrupted.', { timeout: 40_000 });
    await ada.getByText("Bob can't be reached.").waitFor();
    await debug.send('Debugger.resume');
    await debug.detach();
    expect(await save(bob)).toEqual({ name: 'cat.jpg', sha256: digest(content) });
    await hears(bob, 'cat.jpg is interrupted.');
  }, 120_000);

  test('[DM15] is declined by one, and cancelled by the other', async () => {
    const { url } = await startBroker();
    const [ada, bob] = await meet(url);
    await offer(ada, 'Bob', 'one.txt', Buffer.from('x'));
    await bob.getByRole('button', { name: 'Decline' }).click(PATIENCE);
    await hears(ada, 'one.txt: The other side cancelled it.');
    await offer(ada, 'Bob', 'two.txt', Buffer.from('x'));
    await ada.getByRole('button', { name: 'Cancel' }).click(PATIENCE);
    await hears(bob, 'two.txt: The other side cancelled it.');
  });
});

describe('the page', () => {
  test('[DM10] shows what a hostile peer says as text, and ignores what is malformed', async () => {
    const { url } = await startBroker();
    const ada = await openPage(url);
    await enter(ada, 'Ada');
    const socketUrl = new URL('/vnf-ws', url.replace('http', 'ws')).href;
    const webSocketHub = new WebSocketHub(new WebSocketFactory(socketUrl));
    const mallory = new MarshallerHub(new ReliableRtcHub(webSocketHub)).openEndpoint('mallory');
    const registry = new WebSocketRegistryClient(webSocketHub.openEndpoint('mallory').getWebSocketRpc());
    onTestFinished(() => {
      registry.destroy();
      mallory.destroy();
    });
    const markup = '<img src=x onerror=alert(1)>';
    mallory.onConnectionOpen((eva) => {
      mallory.send(eva, 'nonsense');
      mallory.send(eva, { type: 'hello', room: 'kitchen', name: markup });
      mallory.send(eva, { type: 'chat', text: `${markup}!` });
      mallory.send(eva, { type: 'file-offer', id: '1', name: `../${markup}`, size: 10 });
      mallory.send(eva, { type: 'file-chunk', id: '1', offset: 0, data: {} });
    });
    mallory.onMessage = () => {};
    await registry.createEntry({ collection: OCCUPANTS, name: 'mallory' }, { room: 'kitchen', name: markup });
    await hears(ada, `${markup}!`);
    await ada.getByText('2 of its messages ignored').waitFor(PATIENCE);
    await hears(ada, `${markup} offers you __img src=x onerror=alert(1)_, 10 B.`);
    expect(await ada.locator('img').count()).toBe(0);
  });

  test('[DM19] is used with the keyboard alone', async () => {
    const { url } = await startBroker();
    const [ada, bob] = await Promise.all([openPage(url), openPage(url)]);
    /** Presses Tab until the element with this name has the focus. */
    const tabTo = async (page: Page, name: string | RegExp) => {
      for (let presses = 0; presses < 30; presses += 1) {
        const focused = page.locator(':focus');
        if ((await focused.count()) === 1) {
          const snapshot = await focused.ariaSnapshot();
          if (typeof name === 'string' ? snapshot.includes(`"${name}"`) : name.test(snapshot)) return;
        }
        await page.keyboard.press('Tab');
      }
      throw new Error(`Tab does not lead to ${name}.`);
    };
    await tabTo(ada, 'Your name');
    await ada.keyboard.press('ControlOrMeta+A');
    await ada.keyboard.type('Ada');
    await tabTo(ada, 'Room');
    await ada.keyboard.type('kitchen');
    await ada.keyboard.press('Enter');
    await bob.getByRole('link', { name: /kitchen/ }).waitFor(PATIENCE);
    await tabTo(bob, /kitchen/);
    await bob.keyboard.press('Enter');
    await Promise.all([ada.getByRole('log').getByText('is here').waitFor(PATIENCE), isConnected(bob, 'Ada')]);
    // The message is in focus as soon as the room is entered.
    await ada.keyboard.type('Hello');
    await ada.keyboard.press('Enter');
    await hears(bob, 'Hello');
    // Before the way to the button, since the driver takes a moment to be ready for it.
    const picking = ada.waitForEvent('filechooser');
    await tabTo(ada, /Send a file to/);
    await ada.keyboard.press('Enter');
    await (await picking).setFiles({ name: 'cat.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('miau') });
    await bob.getByRole('button', { name: 'Accept' }).waitFor(PATIENCE);
    await tabTo(bob, 'Accept cat.jpg');
    await bob.keyboard.press('Enter');
    await bob.getByRole('link', { name: 'Save' }).waitFor(PATIENCE);
    const downloading = bob.waitForEvent('download');
    await tabTo(bob, 'Save cat.jpg');
    await bob.keyboard.press('Enter');
    await downloading;
    await tabTo(bob, 'Dismiss cat.jpg');
    await bob.keyboard.press('Enter');
    await bob.getByRole('heading', { name: 'Files' }).waitFor({ ...PATIENCE, state: 'hidden' });
    expect(await bob.locator(':focus').count()).toBe(1);
    await tabTo(bob, 'Leave');
    await bob.keyboard.press('Enter');
    await hears(ada, `${await bob.getByLabel('Your name').inputValue()} left.`);
  });

  test('[DM20] fits a window of 360 pixels, whatever people write', async () => {
    const { url } = await startBroker();
    const phone = { viewport: { width: 360, height: 640 } };
    const [ada, bob] = await Promise.all([openPage(url, phone), openPage(url, phone)]);
    const fits = async (page: Page) =>
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    await enter(ada, 'A'.repeat(40), 'k'.repeat(60));
    await bob.getByRole('link', { name: /kkk/ }).waitFor(PATIENCE);
    await fits(bob);
    await bob.getByRole('link', { name: /kkk/ }).click();
    await isConnected(bob, 'AAA');
    await say(bob, 'w'.repeat(500));
    await hears(ada, 'w'.repeat(500));
    await offer(ada, await bobsName(ada), `${'f'.repeat(200)}.txt`, Buffer.from('x'));
    await bob.getByRole('button', { name: 'Accept' }).waitFor(PATIENCE);
    await Promise.all([fits(ada), fits(bob)]);
  });
});

/** The name that the page has given to somebody who gave none. */
async function bobsName(page: Page): Promise<string> {
  return (await page.locator('#people [data-name]').first().textContent()) ?? '';
}
