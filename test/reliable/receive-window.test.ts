import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ReceiveWindow, type ReceiveWindowLimits } from '../../src/reliable/receive-window.ts';

/** A window, and what comes out of it. */
function open(limits?: ReceiveWindowLimits) {
  const window = new ReceiveWindow(limits);
  const delivered: string[] = [];
  const accept = (index: number, text = String(index)) => {
    const verdict = window.accept(index, text);
    if (verdict === 'delivered') delivered.push(text);
    for (let next = window.take(); next !== undefined; next = window.take()) delivered.push(next);
    return verdict;
  };
  /** The first gap, as soon as it is known. */
  const ask = () => {
    window.confirmGaps();
    return window.ask();
  };
  return { window, delivered, accept, ask };
}

describe('ReceiveWindow', () => {
  test('[RW4] delivers what comes in order', () => {
    const { window, delivered, accept } = open();
    expect([accept(0), accept(1, ''), accept(2)]).toEqual(['delivered', 'delivered', 'delivered']);
    expect([delivered, window.next, window.hasGap, window.ask()]).toEqual([
      ['0', '', '2'],
      3,
      false,
      undefined,
    ]);
  });

  test('[RW4] keeps what comes early until what was before it has come', () => {
    const { window, delivered, accept } = open();
    expect([accept(2), accept(1, ''), window.hasGap]).toEqual(['gap', 'gap', true]);
    expect(accept(0)).toBe('delivered');
    expect([delivered, window.hasGap]).toEqual([['0', '', '2'], false]);
  });

  test('[RW4] drops what has come before', () => {
    const { delivered, accept } = open();
    accept(0);
    accept(2);
    expect([accept(0), accept(2)]).toEqual(['duplicate', 'duplicate']);
    accept(1);
    expect(delivered).toEqual(['0', '1', '2']);
  });

  test('[RW4] keeps the order also for what comes while a message is being delivered', () => {
    const window = new ReceiveWindow();
    window.accept(1, 'b');
    window.accept(2, 'c');
    window.accept(0, 'a');
    expect([window.accept(3, 'd'), window.hasGap]).toEqual(['gap', false]);
    expect([window.take(), window.take(), window.take(), window.take()]).toEqual(['b', 'c', 'd', undefined]);
  });

  test('[RW5] names the first gap, and the next one once that is closed', () => {
    const { accept, ask } = open();
    accept(3);
    accept(6);
    expect(ask()).toEqual({ begin: 0, end: 2 });
    for (const index of [0, 1, 2]) accept(index);
    expect(ask()).toEqual({ begin: 4, end: 5 });
  });

  test('[RW5] an answer has come with its last message, where something is missing still', () => {
    const { window, accept, ask } = open();
    accept(4);
    ask();
    accept(0);
    expect(window.isAnswered(0)).toBe(false);
    accept(3);
    expect(window.isAnswered(3)).toBe(true);
    expect(ask()).toEqual({ begin: 1, end: 2 });
  });

  test('[RW5] an answer that does not bring the first message is not asked for again at once', () => {
    const { window, accept, ask } = open();
    accept(4);
    ask();
    accept(3);
    expect(window.isAnswered(3)).toBe(false);
  });

  test('[RW7] names no gap before it is confirmed, then all of them', () => {
    const { window, accept, ask } = open();
    for (const index of [0, 3, 6]) accept(index);
    expect([window.ask(), window.furtherGaps(9)]).toEqual([undefined, []]);
    expect([ask(), window.furtherGaps(9)]).toEqual([{ begin: 1, end: 2 }, [{ begin: 4, end: 5 }]]);
    accept(9);
    expect([window.ask(), window.furtherGaps(9)]).toEqual([{ begin: 1, end: 2 }, [{ begin: 4, end: 5 }]]);
    expect([ask(), window.furtherGaps(1)]).toEqual([{ begin: 1, end: 2 }, [{ begin: 4, end: 5 }]]);
    expect(window.furtherGaps(9)).toEqual([
      { begin: 4, end: 5 },
      { begin: 7, end: 8 },
    ]);
  });

  test('[RW7] what is told to have been sent and has not come is missing', () => {
    const { window, accept, ask } = open();
    accept(0);
    window.expect(1);
    expect(window.hasGap).toBe(false);
    window.expect(3);
    window.expect(2);
    expect([window.hasGap, window.highest, ask()]).toEqual([true, 2, { begin: 1, end: 2 }]);
    accept(2);
    accept(1);
    expect([window.hasGap, window.next]).toEqual([false, 3]);
  });

  test('[RW6] keeps no message that is too far ahead, and asks for it later', () => {
    const { window, delivered, accept, ask } = open({ messages: 4 });
    expect([accept(3), accept(4), accept(Number.MAX_SAFE_INTEGER)]).toEqual(['gap', 'tooFar', 'tooFar']);
    for (const index of [0, 1, 2]) accept(index);
    expect(delivered).toEqual(['0', '1', '2', '3']);
    expect([window.hasGap, ask()]).toEqual([true, { begin: 4, end: 7 }]);
    expect(accept(4)).toBe('delivered');
  });

  test('[RW6] by default, 65 536 indices may be ahead', () => {
    const { accept } = open();
    expect([accept(65_535), accept(65_536)]).toEqual(['gap', 'tooFar']);
  });

  test('[RW6] keeps no more units than its limit, and asks for the rest later', () => {
    const { delivered, accept, ask } = open({ units: 5 });
    expect([accept(1, 'abc'), accept(2, 'abc'), accept(3, 'ab')]).toEqual(['gap', 'tooFar', 'gap']);
    // The next one is never kept, so that its size does not count.
    expect(accept(0, 'abcdefgh')).toBe('delivered');
    expect([delivered, ask()]).toEqual([['abcdefgh', 'abc'], { begin: 2, end: 2 }]);
    accept(2, 'abc');
    expect(delivered).toEqual(['abcdefgh', 'abc', 'abc', 'ab']);
  });

  test('[RW4] delivers every message once, in order, whatever becomes of them on their way', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(30), { maxLength: 200 }), (indices) => {
        const { window, delivered, accept, ask } = open({ messages: 8 });
        const kept = new Set<number>();
        for (const index of indices) {
          const next = delivered.length;
          accept(index);
          if (index >= next && index < next + 8) kept.add(index);
          let expected = next;
          while (kept.has(expected)) expected += 1;
          expect(delivered).toEqual(Array.from({ length: expected }, (_, at) => String(at)));
          expect(window.next).toBe(expected);
        }
        // Whatever is missing is asked for, gap by gap, until nothing is.
        for (let gap = ask(); gap !== undefined; gap = ask()) {
          expect(gap.begin).toBe(delivered.length);
          for (let at = gap.begin; at <= gap.end; at += 1) expect(accept(at)).toBe('delivered');
        }
        expect(delivered.length).toBe(Math.max(-1, ...indices) + 1);
      }),
    );
  });
});
