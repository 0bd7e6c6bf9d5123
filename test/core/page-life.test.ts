import { describe, expect, test, vi } from 'vitest';
import { listenToPage } from '../../src/core/page-life.browser.ts';
import { fakePage } from '../support/fake-page.ts';
import { captureLog } from '../support/log.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

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

describe('ObservedPage', () => {
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

  test('[PL9] lets the newest say goodbye first, and then everybody who is left release', () => {
    const { page, told, observe } = start();
    observe('below');
    const stop = page.pageLife.observe({ leave: () => stop(), release: () => told.push('never') });
    observe('on top');
    page.leave();
    expect(told).toEqual(['on top leaves', 'below leaves', 'below releases', 'on top releases']);
  });

  test('[PL9] logs what one of them throws, and tells the others', () => {
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
  /** A window with a document, as far as the library listens to them. */
  function startPage({ hasDocument = true } = {}) {
    const [window, document] = [
      new EventTarget(),
      Object.assign(new EventTarget(), { visibilityState: 'hidden' }),
    ];
    vi.stubGlobal('addEventListener', window.addEventListener.bind(window));
    vi.stubGlobal('document', hasDocument ? document : undefined);
    const told: string[] = [];
    const stop = listenToPage({ wake: () => told.push('wake'), leave: () => told.push('leave') });
    vi.unstubAllGlobals();
    const say = (target: EventTarget, type: string, properties = {}) => {
      told.length = 0;
      target.dispatchEvent(Object.assign(new Event(type), properties));
      return [...told];
    };
    return { window, document, say, stop };
  }

  test('[PL1] it wakes when it is shown, thawed or restored, and when its network is back', () => {
    const { window, document, say } = startPage();
    expect(say(window, 'online')).toEqual(['wake']);
    expect(say(document, 'resume')).toEqual(['wake']);
    expect(say(window, 'pageshow', { persisted: true })).toEqual(['wake']);
    expect(say(window, 'pageshow', { persisted: false })).toEqual([]);
    expect(say(document, 'visibilitychange')).toEqual([]);
    document.visibilityState = 'visible';
    expect(say(document, 'visibilitychange')).toEqual(['wake']);
  });

  test('[PL9, PL11] it is left when it is hidden for good, and not when the browser may keep it', () => {
    const { window, say } = startPage();
    expect(say(window, 'pagehide', { persisted: true })).toEqual([]);
    expect(say(window, 'pagehide', { persisted: false })).toEqual(['leave']);
  });

  test('[PL2] nothing is heard any more once nobody listens', () => {
    const { window, document, say, stop } = startPage();
    stop();
    expect([...say(window, 'online'), ...say(document, 'resume')]).toEqual([]);
  });

  test('[PL1] a worker, which has no document, hears that its network is back', () => {
    const { window, say } = startPage({ hasDocument: false });
    expect(say(window, 'online')).toEqual(['wake']);
  });

  test('[PL1] a platform without events of its own is no page', () => {
    expect(() => listenToPage({ wake: () => {}, leave: () => {} })()).not.toThrow();
  });
});
