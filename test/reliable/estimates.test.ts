import { describe, expect, test } from 'vitest';
import { CongestionWindow } from '../../src/reliable/congestion-window.ts';
import { RoundTrip } from '../../src/reliable/round-trip.ts';

const FRAME = 2 ** 14;

describe('RoundTrip', () => {
  test('[RT1] before the first answer it is taken for 100 ms', () => {
    const roundTrip = new RoundTrip();
    expect([roundTrip.smoothedMs, roundTrip.timeoutMs]).toEqual([100, 300]);
  });

  test('[RT2] follows the answers as RFC 6298 has it', () => {
    const roundTrip = new RoundTrip();
    roundTrip.measured(80);
    expect([roundTrip.smoothedMs, roundTrip.timeoutMs]).toEqual([80, 240]);
    roundTrip.measured(160);
    expect([roundTrip.smoothedMs, roundTrip.timeoutMs]).toEqual([90, 290]);
  });

  test('[RT3] no timeout is under 10 ms, and no answer took less than nothing', () => {
    const roundTrip = new RoundTrip();
    for (let count = 0; count < 30; count += 1) roundTrip.measured(-5);
    expect([roundTrip.smoothedMs, roundTrip.timeoutMs]).toEqual([0, 10]);
  });
});

describe('CongestionWindow', () => {
  test('[CW1] begins with ten frames and doubles with what is acknowledged', () => {
    const window = new CongestionWindow();
    expect(window.units).toBe(10 * FRAME);
    window.acknowledged(10 * FRAME);
    expect(window.units).toBe(20 * FRAME);
  });

  test('[CW2] a loss leaves 70 %, from where it grows by a frame a window', () => {
    const window = new CongestionWindow();
    window.lost(0, 100);
    expect(window.units).toBeCloseTo(7 * FRAME);
    window.acknowledged(7 * FRAME);
    expect(window.units).toBeCloseTo(8 * FRAME);
  });

  test('[CW3] losses of one round trip count once', () => {
    const window = new CongestionWindow();
    window.lost(0, 100);
    window.lost(99, 150);
    expect(window.units).toBeCloseTo(7 * FRAME);
    window.lost(100, 200);
    expect(window.units).toBeCloseTo(4.9 * FRAME);
  });

  test('[CW4] four frames are always left', () => {
    const window = new CongestionWindow();
    for (let loss = 0; loss < 50; loss += 1) window.lost(loss, loss + 1);
    expect(window.units).toBe(4 * FRAME);
  });
});
