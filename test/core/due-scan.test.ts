import { describe, expect, test } from 'vitest';
import { DueScan } from '../../src/core/due-scan.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

function start(shortestMs: number) {
  const clock = new VirtualClock();
  const setting = { ms: shortestMs };
  const scan = new DueScan(clock, () => setting.ms);
  const seen: number[] = [];
  const item = { checkDue: (now: number) => seen.push(now) };
  return { clock, setting, scan, seen, item };
}

describe('DueScan', () => {
  test.each([
    [1000, 100],
    [200, 20],
    [10, 5],
    [0, 5],
    [60_000, 100],
    [Number.POSITIVE_INFINITY, 100],
  ])('[RB1] with a shortest time of %d ms, looks every %d ms', (shortest, interval) => {
    const { clock, scan, seen, item } = start(shortest);
    scan.add(item);
    clock.advance(interval * 3);
    expect(seen).toEqual([interval, interval * 2, interval * 3]);
  });

  test('[RB1] a changed time holds from the next look on', () => {
    const { clock, setting, scan, seen, item } = start(1000);
    scan.add(item);
    setting.ms = 100;
    clock.advance(120);
    expect(seen).toEqual([100, 110, 120]);
  });

  test('[RB1] runs only while there is something to look after', () => {
    const { clock, scan, item } = start(1000);
    expect(clock.pending).toBe(0);
    scan.add(item);
    const other = { checkDue: () => {} };
    scan.add(other);
    expect(clock.pending).toBe(1);
    scan.delete(item);
    scan.delete(item);
    expect(clock.pending).toBe(1);
    scan.delete(other);
    expect(clock.pending).toBe(0);
  });

  test('[RB1] an item may end itself and others, and begin new ones, while it is looked at', () => {
    const { clock, scan, seen, item } = start(1000);
    scan.add({
      checkDue() {
        scan.delete(this);
        scan.delete(item);
        scan.add({ checkDue: (now) => seen.push(-now) });
      },
    });
    scan.add(item);
    clock.advance(200);
    expect(seen).toEqual([-200]);
    expect(clock.pending).toBe(1);
  });

  test('[RB29] believes in silence only at the scan after one that was held up', () => {
    const { clock, seen, item } = start(1000);
    let blockedMs = 0;
    const held = new DueScan({ ...clock, now: () => clock.now() + blockedMs }, () => 1000);
    held.add(item);
    clock.advance(99);
    blockedMs = 16_000;
    clock.advance(1);
    expect(seen).toEqual([]);
    clock.advance(100);
    expect(seen).toEqual([16_200]);
  });

  test('[RB29] believes in silence where every scan is held up, as in a page in the background', () => {
    const { clock, seen, item } = start(1000);
    let throttledMs = 0;
    const throttled = {
      now: clock.now,
      setTimeout: (callback: () => void, ms: number) => clock.setTimeout(callback, ms + throttledMs),
      clearTimeout: clock.clearTimeout,
    };
    throttledMs = 59_900;
    new DueScan(throttled, () => 1000).add(item);
    clock.advance(180_000);
    expect(seen).toEqual([120_000, 180_000]);
  });
});
