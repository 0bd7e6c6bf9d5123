import { afterEach, describe, expect, test, vi } from 'vitest';
import { listenToPage } from '../../src/core/page-life.browser.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { fakePage } from '../support/fake-page.ts';
import { captureLog } from '../support/log.ts';

const log = captureLog();

function start() {
  const clock = new VirtualClock();
  const page = fakePage(clock);
  const told: string[] = [];
  const observe = (name: string) =>
    page.pageLife.observe({
      wake: () => told.push(`${name} wakes at ${clock.now()}`),
      leave: () => told.push(`${name} leaves`),
      release: () => told.push(`${name} releases`),
    });
  return { clock, page, told, observe };
}

describe('observedPage', () => {
  test('[PL2] listens once for all, and only while somebody does', () => {
    const { page, observe } = start();
    expect(page.listening).toBe(0);
    const first = observe('a');
    const second = observe('b');
    expect(page.listening).toBe(1);
    first();
    first();
    expect(page.listening).toBe(1);
    second();
    expect(page.listening).toBe(0);
    observe('c');
    expect(page.listening).toBe(1);
  });

  test('[PL1] tells of a burst twice: of its first event at once, of all others a second later', () => {
    const { clock, page, told, observe } = start();
    observe('a');
    page.wake();
    expect(told).toEqual(['a wakes at 0']);
    page.wake();
    clock.advance(400);
    page.wake();
    clock.advance(599);
    expect(told).toHaveLength(1);
    clock.advance(10_000);
    expect(told).toEqual(['a wakes at 0', 'a wakes at 1000']);
    page.wake();
    expect(told.at(-1)).toBe('a wakes at 10999');
  });

  test('[PL1] tells of a page that never rests once a second: 11 times in 10 s', () => {
    const { clock, page, told, observe } = start();
    observe('a');
    for (let event = 0; event < 1000; event += 1) {
      page.wake();
      clock.advance(10);
    }
    expect(told).toHaveLength(11);
  });

  test('[PL1] leaves no timer when nobody listens any more', () => {
    const { clock, page, observe } = start();
    const stop = observe('a');
    page.wake();
    page.wake();
    expect(clock.pending).toBe(1);
    stop();
    expect(clock.pending).toBe(0);
  });

  test('[PL8] lets the newest say goodbye first, and then everybody who is left release', () => {
    const { page, told, observe } = start();
    observe('below');
    const stop = page.pageLife.observe({ leave: () => stop(), release: () => told.push('never') });
    observe('on top');
    page.leave();
    expect(told).toEqual(['on top leaves', 'below leaves', 'below releases', 'on top releases']);
  });

  test('[PL8] logs what one of them throws, and tells the others', () => {
    const { page, told, observe } = start();
    observe('a');
    page.pageLife.observe({
      leave() {
        throw new Error('a fault');
      },
    });
    page.leave();
    expect(told).toEqual(['a leaves', 'a releases']);
    expect(log).toMatchObject([{ level: 'error', reason: 'a fault' }]);
  });
});

describe('the events of a page', () => {
  /** A window, as far as the library listens to it. Events of the document pass through it. */
  function startPage() {
    const window = new EventTarget();
    const document = { hidden: true };
    vi.stubGlobal('addEventListener', window.addEventListener.bind(window));
    vi.stubGlobal('removeEventListener', window.removeEventListener.bind(window));
    vi.stubGlobal('document', document);
    const told: string[] = [];
    const stop = listenToPage(
      () => told.push('wake'),
      () => told.push('leave'),
    );
    const say = (type: string, properties = {}) => {
      told.length = 0;
      window.dispatchEvent(Object.assign(new Event(type), properties));
      return [...told];
    };
    return { document, say, stop };
  }

  afterEach(() => {
    vi.unstubAllGlobals();
  });

  test('[PL1] it wakes when it is shown, thawed or restored, and when its network is back', () => {
    const { document, say } = startPage();
    expect(say('online')).toEqual(['wake']);
    expect(say('resume')).toEqual(['wake']);
    expect(say('pageshow', { persisted: true })).toEqual(['wake']);
    expect(say('pageshow', { persisted: false })).toEqual([]);
    expect(say('visibilitychange')).toEqual([]);
    document.hidden = false;
    expect(say('visibilitychange')).toEqual(['wake']);
  });

  test('[PL8, PL10] it is left when it is hidden for good, and not when the browser may keep it', () => {
    const { say } = startPage();
    expect(say('pagehide', { persisted: true })).toEqual([]);
    expect(say('pagehide', { persisted: false })).toEqual(['leave']);
  });

  // What Firefox may end is the listener that waits; no other platform has to.
  test.each([
    ['Firefox, after 200 ms', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 200],
    ['any other browser, at once', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0', 0],
  ])('[PL14] it is left once: in %s', (_name, userAgent, ms) => {
    vi.stubGlobal('navigator', { userAgent });
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now++);
    const { say } = startPage();
    expect(say('pagehide', { persisted: true })).toEqual([]);
    expect(now).toBe(0);
    expect(say('pagehide', { persisted: false })).toEqual(['leave']);
    expect(now).toBe(ms === 0 ? 0 : ms + 1);
  });

  test('[PL2] nothing is heard any more once nobody listens', () => {
    const { say, stop } = startPage();
    stop();
    expect([...say('online'), ...say('resume')]).toEqual([]);
  });

  test('[PL1] a platform without events of its own is no page', () => {
    const nothing = () => {};
    expect(() => listenToPage(nothing, nothing)()).not.toThrow();
  });
});
