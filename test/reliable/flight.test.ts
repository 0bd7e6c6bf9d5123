import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Flight, MOST_MISSING } from '../../src/reliable/flight.ts';
import { SendWindow } from '../../src/reliable/send-window.ts';

const PATIENCE_MS = 10;

/** A flight of which so many messages have left: `0`, `1`, `2`… */
function fly(count: number, headUnits = 0) {
  const window = new SendWindow({ units: 1e6 });
  const flight = new Flight(window, headUnits);
  const push = (text: string) => window.push(text);
  /** Lets everything leave that is to leave, one by one; what that was. */
  const leave = (now = 0): number[] => {
    const left: number[] = [];
    for (let next = flight.peek(Infinity, 1, 1); next !== undefined; next = flight.peek(Infinity, 1, 1)) {
      left.push(next.index);
      flight.left(next.index, 1, now);
    }
    return left;
  };
  for (let index = 0; index < count; index += 1) push(String(index));
  leave();
  const report = (
    gapBegin: number,
    gaps: [begin: number, end: number][],
    highest: number | undefined,
    now = 0,
  ) => {
    window.acknowledge(gapBegin);
    const receipt = { gapBegin, gaps: gaps.map(([begin, end]) => ({ begin, end })), highest };
    return flight.reported(receipt, now, PATIENCE_MS);
  };
  return { window, flight, push, leave, report };
}

describe('Flight', () => {
  test('[FL1] what is new leaves in order, as much as fits', () => {
    const { flight, push } = fly(0, 2);
    for (const text of ['abc', 'd', '', 'efghij', 'k']) push(text);
    expect(flight.peek(Infinity, 12, 99)).toEqual({ index: 0, texts: ['abc', 'd', ''], units: 10 });
    expect(flight.peek(2, 12, 99)).toEqual({ index: 0, texts: ['abc', 'd'], units: 8 });
    expect(flight.peek(Infinity, 12, 1)).toEqual({ index: 0, texts: ['abc'], units: 5 });
    flight.left(0, 3, 0);
    // The first one is given whatever its size.
    expect(flight.peek(Infinity, 5, 99)).toEqual({ index: 3, texts: ['efghij'], units: 8 });
    expect(flight.next).toBe(3);
  });

  test('[FL2] what is reported missing leaves again, before what is new, once it is to be sent again', () => {
    const { flight, push, leave, report } = fly(9);
    push('new');
    expect(
      report(
        1,
        [
          [1, 2],
          [5, 5],
        ],
        8,
      ),
    ).toBe(1);
    expect(flight.peek(Infinity, 99, 99)).toEqual({ index: 9, texts: ['new'], units: 3 });
    flight.resend();
    expect(flight.peek(Infinity, 99, 99)).toEqual({ index: 1, texts: ['1', '2'], units: 2 });
    expect(leave()).toEqual([1, 2, 5, 9]);
  });

  test('[FL3] a copy is given the patience, and twice as long each time, up to eight times', () => {
    const { flight, leave, report } = fly(3);
    const reportedAt = (now: number) => {
      const missing = report(1, [[1, 1]], 2, now);
      flight.resend();
      leave(now);
      return missing;
    };
    const answers = [0, 9, 10, 29, 30, 69, 70, 149, 150, 229, 230].map(reportedAt);
    expect(answers).toEqual([1, ...[1, 1, 1, 1, 1].flatMap((missing) => [undefined, missing])]);
  });

  test('[FL4] a report that a later one has overtaken says nothing', () => {
    const { report } = fly(9);
    expect(report(3, [], 8)).toBeUndefined();
    expect(report(1, [[1, 5]], 8)).toBeUndefined();
    expect(report(3, [[3, 5]], 6)).toBeUndefined();
    expect(report(3, [[3, 5]], 8)).toBe(3);
  });

  test('[FL5] what is on its way is what has left, not arrived, and is not missing', () => {
    const { flight, leave, report } = fly(9);
    expect(flight.units).toBe(9);
    report(2, [[3, 4]], 6);
    expect(flight.units).toBe(2);
    flight.resend();
    leave();
    expect(flight.units).toBe(4);
    report(9, [], 8);
    expect(flight.units).toBe(0);
  });

  test('[FL5] behind a gap of a side that tells no more, only copies are on their way; without one, everything is', () => {
    const { flight, leave, report } = fly(9);
    report(2, [[2, 4]], undefined);
    expect(flight.units).toBe(0);
    flight.resend();
    leave();
    expect(flight.units).toBe(3);
    report(5, [], undefined);
    expect(flight.units).toBe(4);
    flight.miss({ begin: 5, end: 7 });
    expect(flight.units).toBe(1);
  });

  test('[FL6] after a restart everything that is not known to have arrived leaves again', () => {
    const { window, flight, push, leave } = fly(9);
    push('9');
    window.acknowledge(2);
    flight.restart({ gapBegin: 2, gaps: [{ begin: 2, end: 3 }], highest: 5 });
    expect(leave()).toEqual([2, 3, 6, 7, 8, 9]);
  });

  test('[FL7] of one report 16 384 missing messages are looked at', () => {
    const { flight, leave, report } = fly(MOST_MISSING + 10);
    expect(report(0, [[0, MOST_MISSING + 8]], MOST_MISSING + 9)).toBe(0);
    flight.resend();
    expect(leave()).toHaveLength(MOST_MISSING);
  });

  test('[FL2] whatever gets lost, everything arrives', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 300 }), (losses) => {
        const { window, flight, report } = fly(0);
        for (let index = 0; index < 20; index += 1) window.push(String(index));
        const arrived = new Set<number>();
        for (let round = 0; round < 400 && window.first < 20; round += 1) {
          const now = round * 1e6;
          for (let next = flight.peek(Infinity, 3, 99); next; next = flight.peek(Infinity, 3, 99)) {
            const { index, texts } = next;
            flight.left(index, texts.length, now);
            if (losses.shift() !== true) for (const at of texts.keys()) arrived.add(index + at);
          }
          const missing = Array.from({ length: 20 }, (_, index) => index).filter(
            (index) => !arrived.has(index),
          );
          report(
            missing[0] ?? 20,
            missing.map((index) => [index, index]),
            19,
            now,
          );
          flight.resend();
        }
        expect(window.first).toBe(20);
      }),
    );
  });
});
