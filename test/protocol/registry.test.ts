import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeEntries,
  decodeEntry,
  decodeKey,
  decodeValue,
  encodeEntries,
  encodeEntry,
  encodeKey,
  encodeValue,
} from '../../src/protocol/registry.ts';

const line = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\n'));

describe('arguments and results of the registry', () => {
  it('[RG1] writes keys, entries and lists as the protocol has them', () => {
    const key = { collection: 'rooms', name: 'one' };
    expect(encodeKey(key)).toBe('rooms\none');
    expect(encodeEntry(key, 'Sx\ny')).toBe('rooms\none\nSx\ny');
    expect(
      encodeEntries([
        ['one', 'Sx\ny'],
        ['two words', 'J{"😀":1}'],
        ['', 'S'],
      ]),
    ).toBe('4 one\nSx\ny\n9 two words\nJ{"😀":1}\n1 \nS');
    expect(encodeEntries([])).toBe('');
  });

  it('[RG1] writes values with their type letter', () => {
    expect(encodeValue('x')).toBe('Sx');
    expect(encodeValue('')).toBe('S');
    expect(encodeValue({ a: [1, null] })).toBe('J{"a":[1,null]}');
    expect(encodeValue(null)).toBe('Jnull');
    for (const value of [undefined, () => {}, 1n]) {
      expect(() => encodeValue(value)).toThrow(expect.objectContaining({ code: 'ERR_NOT_SERIALIZABLE' }));
    }
  });

  it('[RG1] reads back what it writes', () => {
    fc.assert(
      fc.property(line, line, fc.string({ unit: 'binary' }), (collection, name, value) => {
        expect(decodeEntry(encodeEntry({ collection, name }, value))).toEqual({ collection, name, value });
        expect(decodeKey(encodeKey({ collection, name }))).toEqual({ collection, name });
      }),
    );
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(line, fc.string({ unit: 'binary' })), { selector: ([name]) => name }),
        (entries) => {
          expect([...(decodeEntries(encodeEntries(entries)) ?? [])]).toEqual(entries);
        },
      ),
    );
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue()), (value) => {
        const text = encodeValue(value);
        expect(encodeValue(decodeValue(text))).toBe(text);
      }),
    );
  });

  it.each([
    'x',
    '5 a',
    '5 a\nabc',
    '1 a\nab',
    'x a\nb',
    '-1 a\nb',
    '1 a\nb\n',
    '1 a\nb\nrest',
    '99999999999999999999 a\nb',
  ])('[RG2] reads the list %j as malformed', (text) => {
    expect(() => decodeEntries(text)).toThrow(SyntaxError);
  });

  it('[RG2] reads arguments with a wrong number of parts as malformed', () => {
    expect(decodeKey('rooms')).toBeUndefined();
    expect(decodeKey('rooms\none\ntwo')).toBeUndefined();
    expect(decodeEntry('rooms')).toBeUndefined();
    expect(decodeEntry('rooms\none')).toBeUndefined();
  });

  it('[RG2] reads a value of an unknown type, or JSON that is none, as malformed', () => {
    for (const text of ['Xx', '', 'J{']) expect(() => decodeValue(text)).toThrow(SyntaxError);
  });
});
