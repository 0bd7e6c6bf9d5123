import { describe, expect, test } from 'vitest';
import { setPatientTimeout } from '../../src/core/clock.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';

function start(ms: number) {
  const clock = new VirtualClock();
  const fired: number[] = [];
  const clear = setPatientTimeout(clock, () => fired.push(clock.now()), ms);
  return { clock, fired, clear };
}

describe('setPatientTimeout', () => {
  test('[PL7] comes in its time', () => {
    const { clock, fired } = start(500);
    clock.advance(499);
    expect(fired).toEqual([]);
    clock.advance(1000);
    expect(fired).toEqual([500]);
  });

  test('[PL7] waits 100 ms more, once, where it comes over 1 s late', () => {
    const { clock, fired } = start(500);
    clock.sleep(1501);
    clock.advance(0);
    expect(fired).toEqual([]);
    clock.sleep(5000);
    clock.advance(0);
    expect([fired, clock.pending]).toEqual([[6501], 0]);
  });

  test('[PL7] does not wait where it is 1 s late at most', () => {
    const { clock, fired } = start(500);
    clock.sleep(1500);
    clock.advance(0);
    expect(fired).toEqual([1500]);
  });

  test.each([0, 10_000])('[PL7] can be stopped, also while it waits (asleep for %d ms)', (asleep) => {
    const { clock, fired, clear } = start(500);
    clock.sleep(asleep);
    clock.advance(0);
    expect(clock.pending).toBe(1);
    clear();
    clock.advance(10_000);
    expect([fired, clock.pending]).toEqual([[], 0]);
  });
});
