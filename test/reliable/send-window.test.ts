import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SendWindow } from '../../src/reliable/send-window.ts';

describe('SendWindow', () => {
  test('[RW1] counts messages from 0 and keeps each until it is acknowledged', () => {
    const window = new SendWindow({ units: 100 });
    expect([window.push('a'), window.push(''), window.push('c')]).toEqual([0, 1, 2]);
    window.acknowledge(1);
    expect([window.first, window.next]).toEqual([1, 3]);
    expect([0, 1, 2, 3].map((index) => window.get(index))).toEqual([undefined, '', 'c', undefined]);
  });

  test('[RW1] an acknowledgement of what was never sent acknowledges what was', () => {
    const window = new SendWindow({ units: 100 });
    window.push('a');
    window.acknowledge(Number.MAX_SAFE_INTEGER);
    expect([window.first, window.next, window.capacity]).toEqual([1, 1, 100]);
  });

  test('[RW2] takes no more than its units, and has room again after an acknowledgement', () => {
    const window = new SendWindow({ units: 5 });
    expect(window.push('abc')).toBe(0);
    expect(window.push('abc')).toBeUndefined();
    expect([window.next, window.capacity]).toEqual([1, 2]);
    window.acknowledge(1);
    expect(window.push('abcde')).toBe(1);
    expect(window.capacity).toBe(0);
  });

  test('[RW2] takes no more than its messages, however short they are', () => {
    const window = new SendWindow({ units: 100, messages: 2 });
    window.push('');
    expect(window.capacity).toBe(100);
    window.push('');
    expect([window.push(''), window.capacity]).toEqual([undefined, 0]);
  });

  test('[RW2] by default, takes 2^20 messages', () => {
    const window = new SendWindow({ units: 100 });
    for (let sent = 0; sent < 2 ** 20; sent += 1) window.push('');
    expect([window.next, window.push('')]).toEqual([2 ** 20, undefined]);
    window.acknowledge(2 ** 20);
    expect(window.push('')).toBe(2 ** 20);
  });

  test('[RW3] takes the newest message back, and gives its index to the next one', () => {
    const window = new SendWindow({ units: 100 });
    window.push('a');
    expect(window.withdraw(window.push('refused') as number)).toBe(true);
    expect([window.push('b'), window.get(1), window.capacity]).toEqual([1, 'b', 98]);
  });

  test('[RW3] takes no message back that another one has followed, or that is acknowledged', () => {
    const window = new SendWindow({ units: 100 });
    window.push('a');
    window.push('b');
    expect(window.withdraw(0)).toBe(false);
    window.acknowledge(2);
    expect(window.withdraw(1)).toBe(false);
    expect(window.next).toBe(2);
  });

  test('[RW1] behaves as a list of messages from which the first ones are cut', () => {
    const step = fc.oneof(
      fc.record({ push: fc.string({ maxLength: 4 }) }),
      fc.record({ acknowledge: fc.nat(40) }),
      fc.constant({ withdraw: true }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const window = new SendWindow({ units: 12, messages: 5 });
        let all: string[] = [];
        let first = 0;
        for (const each of steps) {
          const held = all.slice(first);
          if ('push' in each) {
            const fits = held.length < 5 && held.join('').length + each.push.length <= 12;
            expect(window.push(each.push)).toBe(fits ? all.length : undefined);
            if (fits) all.push(each.push);
          } else if ('acknowledge' in each) {
            window.acknowledge(each.acknowledge);
            first = Math.max(first, Math.min(each.acknowledge, all.length));
          } else {
            expect(window.withdraw(all.length - 1)).toBe(held.length > 0);
            if (held.length > 0) all = all.slice(0, -1);
          }
          expect([window.first, window.next]).toEqual([first, all.length]);
          for (let at = 0; at < all.length + 2; at += 1) {
            expect(window.get(at)).toBe(at < first ? undefined : all[at]);
          }
        }
      }),
    );
  });
});
