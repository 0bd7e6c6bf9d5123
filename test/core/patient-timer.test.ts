import { describe, expect, test } from 'vitest';
import { PatientTimer } from '../../src/core/clock.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

function start(ms: number) {
  const clock = new VirtualClock();
  const fired: number[] = [];
  const timer = new PatientTimer(clock, () => fired.push(clock.now()), ms);
  return { clock, fired, timer };
}

describe('PatientTimer', () => {
  test('[PL8] comes in its time', () => {
    const { clock, fired } = start(500);
    clock.advance(499);
    expect(fired).toEqual([]);
    clock.advance(1000);
    expect(fired).toEqual([500]);
  });

  test('[PL8] waits 100 ms more, once, where it comes over 1 s late', () => {
    const { clock, fired } = start(500);
    clock.sleep(1501);
    clock.advance(0);
    expect(fired).toEqual([]);
    clock.sleep(5000);
    clock.advance(0);
    expect([fired, clock.pending]).toEqual([[6501], 0]);
  });

  test('[PL8] does not wait where it is 1 s late at most', () => {
    const { clock, fired } = start(500);
    clock.sleep(1500);
    clock.advance(0);
    expect(fired).toEqual([1500]);
  });

  test.each([0, 10_000])('[PL8] can be stopped, also while it waits (asleep for %d ms)', (asleep) => {
    const { clock, fired, timer } = start(500);
    clock.sleep(asleep);
    clock.advance(0);
    expect(clock.pending).toBe(1);
    timer.stop();
    clock.advance(10_000);
    expect([fired, clock.pending]).toEqual([[], 0]);
  });
});
