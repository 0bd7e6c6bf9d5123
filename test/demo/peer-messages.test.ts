import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromBase64, toBase64 } from '../../src/demo/files/base64.ts';
import { CHUNK_BYTES, decodePeerMessage, LONGEST } from '../../src/demo/peer-messages.ts';

const id = 'a1';
const sha256 = '0123456789abcdef'.repeat(4);

describe('what a peer says', () => {
  test.each([
    { type: 'hello', room: 'kitchen', name: 'Ada', files: [id] },
    { type: 'leave' },
    { type: 'let-go' },
    { type: 'chat', text: 'How are you?' },
    { type: 'file-offer', id, name: 'cat.jpg', size: 0, sha256 },
    { type: 'file-request', id, from: 0, to: 10 },
    { type: 'file-chunk', id, offset: 0, data: toBase64(new Uint8Array(CHUNK_BYTES)) },
    { type: 'file-cancel', id, reason: 'No.' },
  ])('[DM10] is read: $type', (message) => {
    expect(decodePeerMessage({ ...message, more: 1 })).toEqual(message);
  });

  test.each([
    [undefined, 'no object'],
    ['chat', 'no object'],
    [null, 'no object'],
    [[], 'type'],
    [{ type: '__proto__' }, 'type'],
    [{ type: 'toString' }, 'type'],
    [{ type: 'hello', room: 'kitchen', files: [] }, 'hello'],
    [{ type: 'hello', room: 'kitchen', name: 'Ada' }, 'hello'],
    [{ type: 'hello', room: 'kitchen', name: 'Ada', files: [5] }, 'hello'],
    [{ type: 'hello', room: 'kitchen', name: 'Ada', files: Array(9).fill(id) }, 'hello'],
    [{ type: 'hello', room: 'kitchen', name: 'x'.repeat(LONGEST.name + 1), files: [] }, 'hello'],
    [{ type: 'chat', text: '' }, 'chat'],
    [{ type: 'chat', text: 5 }, 'chat'],
    [{ type: 'chat', text: 'x'.repeat(LONGEST.text + 1) }, 'chat'],
    [{ type: 'file-offer', id, name: 'cat.jpg', size: -1, sha256 }, 'file-offer'],
    [{ type: 'file-offer', id, name: 'cat.jpg', size: 2 ** 53, sha256 }, 'file-offer'],
    [{ type: 'file-offer', id: '', name: 'cat.jpg', size: 1, sha256 }, 'file-offer'],
    [{ type: 'file-offer', id, name: 'cat.jpg', size: 1, sha256: 'abc' }, 'file-offer'],
    [{ type: 'file-request', id, from: 2, to: 1 }, 'file-request'],
    [{ type: 'file-request', id, from: 0.5, to: 1 }, 'file-request'],
    [{ type: 'file-chunk', id, offset: 0, data: 'x'.repeat(90_000) }, 'file-chunk'],
    [{ type: 'file-cancel', id }, 'file-cancel'],
  ])('[DM10] is refused: %j', (value, words) => {
    const message = decodePeerMessage(value);
    expect(message).toMatchObject({ type: 'malformed', reason: expect.stringContaining(words) });
  });

  test('[DM21] has names in which nothing turns the text around', () => {
    const hello = { type: 'hello', files: [] };
    expect(decodePeerMessage({ ...hello, room: 'kit\u202echen', name: '\u2067Ada' })).toEqual({
      ...hello,
      room: 'kitchen',
      name: 'Ada',
    });
    expect(decodePeerMessage({ ...hello, room: 'kitchen', name: '\u200b' })).toMatchObject({
      name: 'Somebody',
    });
  });

  test('[DM10] never makes the page throw', () => {
    fc.assert(fc.property(fc.anything(), (value) => void decodePeerMessage(value)));
  });
});

describe('base64', () => {
  test('[DM12] brings every byte back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20_000 }), (bytes) => {
        expect(fromBase64(toBase64(bytes))).toEqual(bytes);
      }),
      { numRuns: 30 },
    );
  });

  test('[DM17] refuses what is none', () => {
    expect(fromBase64('?')).toBeUndefined();
  });
});
