import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { encodeMessage, fragmentsOf, Reassembler } from '../../src/protocol/marshaller.ts';

const LIMIT = 1000;

function cut(message: unknown, size: number): string[] {
  return [...fragmentsOf(encodeMessage(message), size)];
}

/** What comes out of the fragments of one message, and how many fragments it took. */
function assemble(fragments: string[], reassembler = new Reassembler(LIMIT)) {
  const results = fragments.map((fragment) => reassembler.accept(fragment));
  return results.at(-1);
}

/** Of a large message in many fragments. */
const LARGE = 'äé𝕧x'.repeat(400_000);

/** The lengths of all texts that `work` makes with a method of texts or lists. */
function unitsMade(prototype: object, method: string, work: () => void): number {
  const spied = vi.spyOn(prototype as Record<string, () => string>, method);
  work();
  const lengths = spied.mock.results.map(({ value }) => value.length);
  spied.mockRestore();
  return lengths.reduce((sum, length) => sum + length, 0);
}

describe('encodeMessage', () => {
  test.each([
    ['hello', 'S15hello'],
    ['', 'S10'],
    ['x'.repeat(12), `S212${'x'.repeat(12)}`],
    [{ a: 1 }, 'J17{"a":1}'],
    [null, 'J14null'],
    ['😀', 'S12😀'],
  ])('[MF1] writes %j as its type, the digits of its length, its length and its data', (message, frame) => {
    expect(cut(message, 1000)).toEqual([frame]);
  });

  test('[MF2] writes a string with a lone surrogate as JSON, which UTF-8 can carry', () => {
    expect(cut('a\ud800', 1000)).toEqual(['J19"a\\ud800"']);
    expect(assemble(cut('a\ud800', 1000))).toEqual({ kind: 'message', message: 'a\ud800' });
  });

  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  test.each([
    ['undefined', undefined],
    ['a function', () => {}],
    ['a symbol', Symbol('s')],
    ['a bigint', 1n],
    ['a cycle', cycle],
  ])('[MF3] refuses %s', (_name, message) => {
    expect(() => encodeMessage(message)).toThrow(expect.objectContaining({ code: 'ERR_NOT_SERIALIZABLE' }));
  });
});

describe('fragmentsOf', () => {
  test('[MF4] makes no fragment longer than its size', () => {
    const fragments = cut('abcdefghij'.repeat(5), 16);
    expect(fragments.map(({ length }) => length)).toEqual([16, 16, 16, 6]);
  });

  test('[MF5] never cuts inside a surrogate pair', () => {
    for (let size = 4; size < 20; size += 1) {
      for (const fragment of cut('a😀b😀😀c𝕧'.repeat(5), size)) expect(fragment.isWellFormed()).toBe(true);
    }
  });

  test('[MF14] takes each part of a large message once, and never the rest of it', () => {
    let count = 0;
    const units = unitsMade(String.prototype, 'slice', () => {
      count = cut(LARGE, 100).length;
    });
    expect(count).toBeGreaterThanOrEqual(LARGE.length / 100);
    expect(units).toBe(LARGE.length);
  });

  test('[MF6] survives a fragment size that is smaller than the header', () => {
    expect(assemble(cut('ab😀cd', 1))).toEqual({ kind: 'message', message: 'ab😀cd' });
  });
});

describe('Reassembler', () => {
  test('[MF7] gives back every JSON value, however it was cut', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.integer({ min: 1, max: 40 }), (messages, size) => {
        const reassembler = new Reassembler(1e6);
        for (const message of messages) {
          const expected = JSON.parse(JSON.stringify(message));
          expect(assemble(cut(message, size), reassembler)).toEqual({ kind: 'message', message: expected });
        }
      }),
    );
  });

  test('[MF7] gives back every string, however it was cut', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 40 }), (text, size) => {
        expect(assemble(cut(text, size), new Reassembler(1e6))).toEqual({ kind: 'message', message: text });
      }),
    );
  });

  test('[MF8] takes fragments of any size, also a header in pieces', () => {
    expect(assemble([...'S15hello'])).toEqual({ kind: 'message', message: 'hello' });
  });

  test('[MF14] joins each part of a large message twice at most', () => {
    const fragments = cut(LARGE, 100);
    let message: unknown;
    const units = unitsMade(Array.prototype, 'join', () => {
      message = assemble(fragments, new Reassembler(2 * LARGE.length));
    });
    expect(message).toEqual({ kind: 'message', message: LARGE });
    expect(units).toBe(2 * LARGE.length);
  });

  test.each(['hello', 'X15hello', 'S0', 'S205hello', 'S1x', 'Sa5hello', 'S3-12', ' S15hello'])(
    '[MF9] drops %j, which begins no message, and reads the next one',
    (garbage) => {
      const reassembler = new Reassembler(LIMIT);
      expect(reassembler.accept(garbage)).toMatchObject({ kind: 'malformed' });
      expect(reassembler.accept('S15hello')).toEqual({ kind: 'message', message: 'hello' });
    },
  );

  test('[MF10] drops a message that is not JSON, and reads the next one', () => {
    const reassembler = new Reassembler(LIMIT);
    expect(reassembler.accept('J15{"a":')).toMatchObject({ kind: 'malformed' });
    expect(reassembler.accept('S15hello')).toEqual({ kind: 'message', message: 'hello' });
  });

  test('[MF11] reports a header that lies about its length', () => {
    expect(assemble(['S15hello!'])).toMatchObject({ kind: 'violation' });
    expect(assemble(['S15hel', 'lo!'])).toMatchObject({ kind: 'violation' });
  });

  test('[MF12] reports a message over the limit before it keeps any of it', () => {
    expect(assemble(['S41001'])).toMatchObject({
      kind: 'violation',
      reason: expect.stringContaining('1000'),
    });
    expect(assemble(['S9999999999'])).toMatchObject({ kind: 'violation' });
    expect(assemble(cut('x'.repeat(1000), 100))).toMatchObject({ kind: 'message' });
  });

  test('[MF13] never throws, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (texts) => {
        const reassembler = new Reassembler(LIMIT);
        for (const text of texts) expect(reassembler.accept(text).kind).toMatch(/^\w+$/);
      }),
    );
  });
});
