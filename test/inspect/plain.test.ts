import { expect, test } from 'vitest';
import { toPlain } from '../../src/inspect/plain.ts';

test('[IN6] hides payloads and credentials, and tells how much was there', () => {
  const event = { type: 'x', message: 'hello', candidates: [1, 2], settings: { password: 'p', port: 1 } };
  expect(toPlain(event)).toEqual({
    type: 'x',
    message: '‹redacted, 5 units›',
    candidates: '‹redacted, 2 items›',
    settings: { password: '‹redacted, 1 units›', port: 1 },
  });
});

test('[IN6] shows either of them where it is asked for', () => {
  const event = { message: 'hello', password: 'p' };
  expect(toPlain(event, { payloads: true })).toEqual({ message: 'hello', password: '‹redacted, 1 units›' });
  expect(toPlain(event, { credentials: true })).toEqual({ message: '‹redacted, 5 units›', password: 'p' });
});

test('[IN7] leaves out functions, live objects and interfaces', () => {
  class Socket {
    readonly url = 'ws://here';
  }
  const context = { attempt: 1, socket: new Socket(), transport: { connect() {} }, random: Math.random };
  expect(toPlain(context)).toEqual({ attempt: 1 });
});

test('[IN7] bounds texts, lists and depth, and ends a circle', () => {
  const circle: Record<string, unknown> = {
    name: 'x'.repeat(3000),
    list: Array.from({ length: 150 }, () => 0),
  };
  circle['self'] = circle;
  const plain = toPlain(circle) as { name: string; list: unknown[] };
  expect(plain.name).toMatch(/^x{2048}… 952 more units$/);
  expect(plain.list).toHaveLength(101);
  expect(JSON.stringify(plain)).toContain('"self":"…"');
});

test('[IN7] writes what JSON has no form for as a text, and a key such as __proto__ as any other', () => {
  const odd = JSON.parse('{ "__proto__": 1 }');
  expect(JSON.stringify(toPlain(odd))).toBe('{"__proto__":1}');
  expect(toPlain([1n, Number.POSITIVE_INFINITY, new Uint8Array(3), new Error('no'), undefined])).toEqual([
    '1',
    'Infinity',
    '‹3 bytes›',
    'Error: no',
    null,
  ]);
  expect(toPlain(new Map([['a', 1]]))).toEqual({ a: 1 });
});
