import { describe, expect, test } from 'vitest';
import { DueScan } from '../../src/core/due-scan.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';

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

  test('[RB29] tells for how long it was held up, but for the first second', () => {
    const { clock, scan } = start(1000);
    const held: [number, number][] = [];
    scan.add({ checkDue: (now, heldUpMs) => held.push([now, heldUpMs]) });
    clock.sleep(1100);
    clock.advance(0);
    clock.sleep(16_000);
    clock.advance(100);
    expect(held).toEqual([
      [1100, 0],
      [17_100, 14_900],
      [17_200, 0],
    ]);
  });

  test('[RB30] catches up at once where it is held up, and looks no more often for that', () => {
    const { clock, scan, seen, item } = start(1000);
    scan.catchUp();
    scan.add(item);
    clock.sleep(1100);
    scan.catchUp();
    expect(seen).toEqual([]);
    clock.sleep(1);
    scan.catchUp();
    scan.catchUp();
    expect([seen, clock.pending]).toEqual([[1101], 1]);
    clock.advance(100);
    expect(seen).toEqual([1101, 1201]);
  });
});
