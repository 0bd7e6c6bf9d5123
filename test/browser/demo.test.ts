import { randomBytes } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import { OCCUPANTS } from '../../src/demo/occupants.ts';
import {
  MarshallerHub,
  ReliableRtcHub,
  WebSocketFactory,
  WebSocketHub,
  WebSocketRegistryClient,
} from '../../src/index.ts';
import type { Engine } from '../support/browsers.ts';
import { useDemoPages } from '../support/demo-pages.ts';
import type { PlaywrightTab } from '../support/demo-tabs.ts';
import { type DemoUser, digest } from '../support/demo-user.ts';
import { captureLog } from '../support/log.ts';

captureLog();

const ENGINES: Engine[] = ['chromium', 'firefox'];

const { startBroker, openPage } = useDemoPages(ENGINES);

/** Ada and Bob, who are connected, each in a browser of one engine. */
async function meet(
  url: string,
  adasEngine: Engine,
  bobsEngine: Engine = adasEngine,
): Promise<[ada: DemoUser, bob: DemoUser]> {
  const [ada, bob] = await Promise.all([openPage(adasEngine, url), openPage(bobsEngine, url)]);
  await Promise.all([ada.enter('Ada'), bob.enter('Bob')]);
  await Promise.all([ada.isConnectedTo('Bob'), bob.isConnectedTo('Ada')]);
  return [ada, bob];
}

/** Ada sends a file, and Bob saves it. */
async function send(ada: DemoUser, bob: DemoUser, name: string, content: Buffer): Promise<void> {
  await ada.offer('Bob', name, content);
  await bob.press(`Accept ${name}`);
  expect(await bob.save(name)).toEqual({ name, size: content.length, sha256: digest(content) });
}

describe.each(ENGINES)('two pages in %s', (engine) => {
  test('[DM5, DM7, DM8] meet through the list of rooms, and talk', async () => {
    const { url } = await startBroker();
    const [ada, bob] = await Promise.all([openPage(engine, url), openPage(engine, url)]);
    await ada.enter('Ada');
    await bob.sees('#rooms a', 'Ada');
    await bob.join('Bob');
    await Promise.all([ada.isConnectedTo('Bob'), bob.isConnectedTo('Ada')]);
    await ada.say('How are you?');
    await bob.hears('How are you?');
    await ada.hears('Sent to Bob');
    await bob.say('I am good!');
    await ada.hears('I am good!');
  });

  test('[DM6] meet through a link, and leave with the way back', async () => {
    const { url } = await startBroker();
    const ada = await openPage(engine, url);
    await ada.enter('Ada', 'a room & a half');
    await ada.sees('#room-title', 'a room & a half');
    const bob = await openPage(engine, ada.tab.url());
    await bob.isConnectedTo('Ada');
    await ada.tab.back();
    await ada.sees('#enter', 'Join');
    await bob.hears('Ada left.');
  });

  test('[DM18] go on while the broker is away, and others can join once it is back', async () => {
    const broker = await startBroker();
    const [ada, bob] = await meet(broker.url, engine);
    await broker.kill();
    await ada.sees('[role=alert]', "can't be reached");
    await ada.say('Who needs a broker?');
    await bob.hears('Who needs a broker?');
    await ada.isConnectedTo('Bob');
    await broker.restart();
    await ada.misses('[role=alert]');
    const cleo = await openPage(engine, broker.url);
    await cleo.enter('Cleo');
    await Promise.all([cleo.isConnectedTo('Ada'), cleo.isConnectedTo('Bob'), bob.isConnectedTo('Cleo')]);
    await ada.isConnectedTo('Bob');
  });

  test('[DM9] see a tab that is closed leave', async () => {
    const { url } = await startBroker();
    const [ada, bob] = await meet(url, engine);
    await bob.tab.close();
    await ada.hears('Bob left.');
    await ada.sees('#nobody', 'Nobody else is here.');
  });

  test('[DM12, DM13, DM14] send a file of 50 MB, whose connection is cut twice on its way', async () => {
    const { url } = await startBroker();
    const [ada, bob] = await meet(url, engine);
    const content = randomBytes(50_000_000);
    await ada.offer('Bob', 'cat.jpg', content);
    await bob.press('Accept cat.jpg');
    await Promise.all([ada.hasArrived(10e6), bob.hasArrived(10e6)]);
    expect(await ada.cutConnections()).toBe(1);
    await bob.hasArrived(25e6);
    expect(await bob.cutConnections()).toBe(1);
    const saved = { name: 'cat.jpg', size: 50_000_000, sha256: digest(content) };
    expect(await bob.save('cat.jpg')).toEqual(saved);
    await ada.hears('Bob has all of cat.jpg.');
  }, 90_000);

  test('[DM15] decline a file, and cancel one', async () => {
    const { url } = await startBroker();
    const [ada, bob] = await meet(url, engine);
    await ada.offer('Bob', 'one.txt', Buffer.from('x'));
    await bob.press('Decline one.txt');
    await ada.hears('one.txt: The other side cancelled it.');
    await ada.offer('Bob', 'two.txt', Buffer.from('x'));
    await bob.sees('#files', 'two.txt');
    await ada.press('Cancel two.txt');
    await bob.hears('two.txt: The other side cancelled it.');
  });

  test('[DM17] end a file that has changed on the disk since it was offered', async () => {
    const { url } = await startBroker();
    const [ada, bob] = await meet(url, engine);
    const change = await ada.offer('Bob', 'cat.txt', Buffer.from('a'.repeat(1000)));
    await bob.sees('#files', 'cat.txt');
    await change(Buffer.from('b'.repeat(1000)));
    await bob.press('Accept cat.txt');
    await Promise.all([ada.sees('#files', 'has changed'), bob.sees('#files', 'has changed')]);
    await bob.misses('[data-save]');
  });

  test('[DM10, DM21] show what a hostile peer says as text, and ignore what is malformed', async () => {
    const { url } = await startBroker();
    const ada = await openPage(engine, url);
    await ada.enter('Ada');
    await ada.sees('#nobody', 'Nobody else is here.');
    const socketUrl = new URL('/vnf-ws', url.replace('http', 'ws')).href;
    const webSocketHub = new WebSocketHub(new WebSocketFactory(socketUrl));
    const mallory = new MarshallerHub(new ReliableRtcHub(webSocketHub)).openEndpoint('mallory');
    const registry = new WebSocketRegistryClient(webSocketHub.openEndpoint('mallory').getWebSocketRpc());
    onTestFinished(() => {
      registry.destroy();
      mallory.destroy();
    });
    const markup = '<img src=x onerror=alert(1)>';
    const name = `\u202e${markup}`;
    const sha256 = digest(Buffer.of());
    mallory.onConnectionOpen((eva) => {
      mallory.send(eva, 'nonsense');
      mallory.send(eva, { type: 'hello', room: 'kitchen', name, files: [] });
      mallory.send(eva, { type: 'chat', text: `${markup}!` });
      mallory.send(eva, { type: 'file-offer', id: '1', name: `../${markup}`, size: 10, sha256 });
      mallory.send(eva, { type: 'file-chunk', id: '1', offset: 0, data: {} });
    });
    mallory.onMessage = () => {};
    await registry.createEntry({ collection: OCCUPANTS, name: 'mallory' }, { room: 'kitchen', name });
    await ada.hears(`${markup}!`);
    await ada.isConnectedTo(markup);
    await ada.sees('#people', '2 of its messages ignored');
    await ada.hears(`${markup} offers you __img src=x onerror=alert(1)_, 10 B.`);
    expect(await ada.tab.read(() => document.querySelectorAll('img').length, undefined)).toBe(0);
  });

  test('[DM19] are used with the keyboard alone', async () => {
    const { url } = await startBroker();
    const bob = await openPage('chromium', url);
    const ada = await openPage(engine, url);
    await ada.tabTo('Room');
    await ada.tab.type('kitchen');
    await ada.tab.press('Enter');
    await bob.sees('#rooms a', 'kitchen');
    await bob.join('Bob');
    await ada.isConnectedTo('Bob');
    // The message is in focus as soon as the room is entered.
    await ada.tab.type('Hello');
    await ada.tab.press('Enter');
    await bob.hears('Hello');
    await ada.tabTo('Send a file to Bob', 'Shift+Tab');
    await ada.pick('cat.jpg', Buffer.from('miau'), () => ada.tab.press('Enter'));
    await bob.press('Decline cat.jpg');
    await ada.tabTo('Dismiss cat.jpg');
    await ada.tab.press('Enter');
    await ada.misses('#files-section');
    expect(await ada.tab.read(() => document.activeElement?.id, undefined)).toBe('room-title');
    const adasName = await bob.tab.read(
      () => document.querySelector('#people bdi')?.textContent ?? '',
      undefined,
    );
    await bob.offer(adasName, 'dog.jpg', Buffer.from('wuff'));
    await ada.sees('#files', 'dog.jpg');
    await ada.tabTo('Accept dog.jpg');
    await ada.tab.press('Enter');
    await ada.sees('[data-save]', 'Save');
    await ada.tabTo('Save dog.jpg');
    const { content } = await ada.tab.download(() => ada.tab.press('Enter'));
    expect(content.toString()).toBe('wuff');
    await ada.tabTo('Leave', 'Shift+Tab');
    await ada.tab.press('Enter');
    await bob.hears(`${adasName} left.`);
    await ada.sees('#rooms a', 'kitchen');
    await ada.tabTo('kitchenBob');
    await ada.tab.press('Enter');
    await ada.isConnectedTo('Bob');
  });

  test('[DM20] fit a window of 360 pixels, whatever people write', async () => {
    const { url } = await startBroker();
    const [ada, bob] = await Promise.all([openPage(engine, url, 360), openPage(engine, url, 360)]);
    await ada.enter('A'.repeat(40), 'k'.repeat(60));
    await bob.sees('#rooms a', 'kkk');
    expect(await bob.width()).toBeLessThanOrEqual(360);
    await bob.join('B'.repeat(40), 'k'.repeat(60));
    await ada.isConnectedTo('B'.repeat(40));
    await bob.say('w'.repeat(500));
    await ada.hears('w'.repeat(500));
    await ada.offer('B'.repeat(40), `${'f'.repeat(200)}.txt`, Buffer.from('x'));
    await bob.sees('#files', 'fff');
    for (const user of [ada, bob]) expect(await user.width()).toBeLessThanOrEqual(360);
  });

  test('[DM6, DM22] say what is wrong with the address, and go on', async () => {
    const { url } = await startBroker();
    const ada = await openPage(engine, `${url}?stun=no%20host#room=${'x'.repeat(10_000)}`);
    await ada.sees('[role=alert]', 'names a room with 10000 characters');
    await ada.sees('[role=alert]', '?stun= in this page');
    const bob = await openPage(engine, url);
    await Promise.all([ada.enter('Ada'), bob.enter('Bob')]);
    await ada.isConnectedTo('Bob');
  });

  test('[DM21] take no name in which nothing can be seen', async () => {
    const { url } = await startBroker();
    const ada = await openPage(engine, url);
    await ada.enter('Ada', '\u200b\u202e');
    await ada.tab.until(
      () => document.querySelector<HTMLInputElement>('#room-name')?.validationMessage.includes('be seen'),
      undefined,
    );
    await ada.enter('Ada', '\u202ekitchen');
    await ada.sees('#room-title', 'kitchen');
    expect(new URL(ada.tab.url()).hash).toBe('#room=kitchen');
  });
});

describe('a page in Chromium and one in Firefox', () => {
  test('[DM12] send files to each other', async () => {
    const { url } = await startBroker();
    const [ada, bob] = await meet(url, 'chromium', 'firefox');
    await send(ada, bob, 'cat.jpg', randomBytes(5_000_000));
    await bob.offer('Ada', 'dog.jpg', randomBytes(5_000_000));
    await ada.press('Accept dog.jpg');
    await bob.hears('Ada has all of dog.jpg.');
  });
});

describe('two pages in Chromium', () => {
  test('[DM9] see a tab that crashes leave', async () => {
    const { url } = await startBroker();
    const [ada, bob] = await meet(url, 'chromium');
    await (bob.tab as PlaywrightTab).page.goto('chrome://crash').catch(() => {});
    await ada.seesState('Bob', 'reconnecting');
    await ada.hears('Bob left.');
  });

  test('[DM14] go on with a file where it was when the connection was lost', async () => {
    const { url } = await startBroker();
    const [ada, bob] = await meet(url, 'chromium');
    const content = randomBytes(20_000_000);
    await ada.offer('Bob', 'cat.jpg', content);
    await bob.press('Accept cat.jpg');
    await ada.hasArrived(3e6);
    // Bob's page stands still, as on a phone that sleeps, until Ada's has given it up.
    const { page } = bob.tab as PlaywrightTab;
    const debug = await page.context().newCDPSession(page);
    await debug.send('Debugger.enable');
    await debug.send('Debugger.pause');
    // After 15 s of silence; `lost` is soon followed by another attempt.
    await ada.hears('cat.jpg is interrupted.', 40_000);
    await ada.sees('#people', "Bob can't be reached.");
    await debug.send('Debugger.resume');
    await debug.detach();
    const saved = { name: 'cat.jpg', size: 20_000_000, sha256: digest(content) };
    expect(await bob.save('cat.jpg')).toEqual(saved);
    await bob.hears('cat.jpg is interrupted.');
  }, 120_000);
});
