import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  announceExtensions,
  type ControlFrame,
  decodeControl,
  decodeMessages,
  encodeControl,
  encodeMessages,
  isMessage,
  knowsExtensions,
  MOST_GAPS,
  MOST_PACKED,
  type Report,
} from '../../src/protocol/reliable.ts';

function range(begin: number, end: number) {
  return { begin, end };
}

const GOLDEN: [ControlFrame, string][] = [
  [{ type: 'frame.handshake', from: 'abc-1' }, 'HANDSHAKE abc-1'],
  [{ type: 'frame.accept', to: 'abc-1', from: 'xyz-7' }, 'ACCEPT abc-1 xyz-7'],
  [
    { type: 'frame.heartbeat', to: 'abc-1', from: 'xyz-7', gapBegin: 5, gapEnd: 9 },
    'HEARTBEAT abc-1 xyz-7 5 9',
  ],
  [
    { type: 'frame.heartbeat', to: 'abc-1', from: 'xyz-7', gapBegin: 0, gapEnd: -1 },
    'HEARTBEAT abc-1 xyz-7 0 -1',
  ],
  [
    {
      type: 'frame.heartbeat',
      to: 'abc-1',
      from: 'xyz-7',
      gapBegin: 5,
      gapEnd: 9,
      report: { highest: 30, heldMs: 12, first: 3, sent: 4, gaps: [range(11, 12), range(20, 20)] },
    },
    'HEARTBEAT abc-1 xyz-7 5 9 30 12 3 4 11-12 20-20',
  ],
  [
    {
      type: 'frame.heartbeat',
      to: 'abc-1',
      from: 'xyz-7',
      gapBegin: 0,
      gapEnd: -1,
      report: { highest: -1, heldMs: -1, first: 0, sent: 0, gaps: [] },
    },
    'HEARTBEAT abc-1 xyz-7 0 -1 -1 -1 0 0',
  ],
  [{ type: 'frame.close.connection', to: 'abc-1', from: 'xyz-7' }, 'CLOSE-CONNECTION abc-1 xyz-7'],
  [{ type: 'frame.close.connection', to: 'undefined', from: 'xyz-7' }, 'CLOSE-CONNECTION undefined xyz-7'],
  [{ type: 'frame.close.accept', to: 'abc-1', from: 'xyz-7' }, 'CLOSE-ACCEPT abc-1 xyz-7'],
];

const sessionId = fc.string({ minLength: 1, unit: 'grapheme' }).filter((id) => !/[ \n]/.test(id));
const index = fc.maxSafeNat();

/** Gaps in their order, none of them touching another. */
const furtherGaps = fc
  .array(fc.tuple(fc.integer({ min: 2, max: 9 }), fc.nat(9)), { maxLength: MOST_GAPS })
  .map((steps) => {
    let last = 9;
    return steps.map(([distance, length]) => {
      const begin = last + distance;
      last = begin + length;
      return range(begin, last);
    });
  });
const report: fc.Arbitrary<Report> = fc.record({
  highest: index,
  heldMs: index,
  first: index,
  sent: index,
  gaps: furtherGaps,
});

describe('control frames of a reliable session', () => {
  test.each(GOLDEN)('[RF1] writes %o as %j', (frame, text) => {
    expect(encodeControl(frame)).toBe(text);
  });

  test.each(GOLDEN)('[RF1] reads %o from %j', (frame, text) => {
    expect(decodeControl(text)).toEqual(frame);
  });

  test('[RF1] reads every frame that it writes', () => {
    const frame: fc.Arbitrary<ControlFrame> = fc.oneof(
      fc.record({ type: fc.constant('frame.handshake' as const), from: sessionId }),
      fc.record({
        type: fc.constantFrom('frame.accept', 'frame.close.connection', 'frame.close.accept'),
        to: sessionId,
        from: sessionId,
      }),
      fc.record({
        type: fc.constant('frame.heartbeat' as const),
        to: sessionId,
        from: sessionId,
        gapBegin: index,
        gapEnd: fc.oneof(index, fc.constant(-1)),
      }),
      fc.record({
        type: fc.constant('frame.heartbeat' as const),
        to: sessionId,
        from: sessionId,
        gapBegin: fc.nat(9),
        gapEnd: fc.constant(9),
        report,
      }),
    );
    fc.assert(
      fc.property(frame, (each) => {
        expect(decodeControl(encodeControl(each))).toEqual(each);
      }),
    );
  });

  test.each([
    '',
    ' ',
    'HANDSHAKE',
    'HANDSHAKE ',
    'HANDSHAKE a b',
    'handshake a',
    'HANDSHAKE a\n',
    'ACCEPT a',
    'ACCEPT  b',
    'ACCEPT a b c',
    'HEARTBEAT a b 1',
    'HEARTBEAT a b 1 2 3',
    'HEARTBEAT a b -1 -1',
    'HEARTBEAT a b 1 -2',
    'HEARTBEAT a b 1.5 2',
    'HEARTBEAT a b 1e3 2',
    'HEARTBEAT a b 9007199254740992 -1',
    'HEARTBEAT a b 1 2 3 4 5',
    'HEARTBEAT a b 1 2 3 4 5 x',
    'HEARTBEAT a b 1 2 3 4 -1 5',
    'HEARTBEAT a b 1 2 3 4 5 -1',
    'HEARTBEAT a b 1 2 3 -2 5 6',
    'HEARTBEAT a b 1 2 9 0 0 0 4',
    'HEARTBEAT a b 1 2 9 0 0 0 5-4',
    'HEARTBEAT a b 1 2 9 0 0 0 -5',
    // No message is named twice.
    'HEARTBEAT a b 1 2 9 0 0 0 2-4',
    'HEARTBEAT a b 1 -1 9 0 0 0 0-4',
    'HEARTBEAT a b 1 2 9 0 0 0 6-7 4-5',
    `HEARTBEAT a b 1 2 99 0 0 0${Array.from({ length: 33 }, (_, at) => ` ${2 * at + 4}-${2 * at + 4}`).join('')}`,
    'CLOSE-CONNECTION a',
    'CLOSE-ACCEPT a',
    '{"type":"rtc-connection"}',
    '__proto__ a b',
  ])('[RF2] calls %j malformed', (text) => {
    expect(decodeControl(text).type).toBe('malformed');
  });

  test('[RF2] never throws, whatever comes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        decodeControl(text);
        decodeMessages(`MESSAGE ${text}`);
        decodeMessages(`PACK ${text}`);
      }),
    );
  });
});

describe('frames with messages', () => {
  test('[RF3] writes MESSAGE TO INDEX TEXT', () => {
    expect(encodeMessages('abc-1', 12, ['hello world'])).toBe('MESSAGE abc-1 12 hello world');
  });

  test('[RF6] writes PACK TO INDEX, the lengths of the texts, and the texts', () => {
    expect(encodeMessages('abc-1', 12, ['hello world', '', '7 x'])).toBe(
      'PACK abc-1 12 11,0,3 hello world7 x',
    );
  });

  test.each(['', ' ', '  two  spaces ', 'line\nline', '\n', '-1', '😀', '\ud83d'])(
    '[RF3] keeps the text %j',
    (text) => {
      expect(decodeMessages(encodeMessages('abc-1', 0, [text]))).toEqual({
        to: 'abc-1',
        index: 0,
        texts: [text],
      });
    },
  );

  test('[RF3, RF6] reads every message that it writes', () => {
    const texts = fc.array(fc.string({ unit: 'binary' }), { minLength: 1 });
    fc.assert(
      fc.property(sessionId, index, texts, (to, at, each) => {
        const frame = encodeMessages(to, at, each);
        expect(isMessage(frame)).toBe(true);
        expect(decodeMessages(frame)).toEqual({ to, index: at, texts: each });
      }),
    );
  });

  test.each([
    'MESSAGE ',
    'MESSAGE a',
    'MESSAGE a ',
    'MESSAGE a 1',
    'MESSAGE  1 text',
    'MESSAGE a  text',
    'MESSAGE a -1 text',
    'MESSAGE a 1.0 text',
    'MESSAGE a x text',
    'MESSAGE a 9007199254740992 text',
    'PACK a 1',
    'PACK a 1 ',
    'PACK a 1 4',
    'PACK a 1 4 abc',
    'PACK a 1 3 abcd',
    'PACK a 1 3, abc',
    'PACK a 1 1,,2 abc',
    'PACK a 1 x abc',
    'PACK a 1 -1 abc',
    'PACK a 1 9999999 abc',
    'PACK a 1 1,9007199254740991,1 abc',
  ])('[RF4] calls %j malformed', (frame) => {
    expect(isMessage(frame)).toBe(true);
    expect(decodeMessages(frame)).toBeUndefined();
  });

  test('[RF6] takes 8192 messages in one frame, and no more', () => {
    const lengths = Array.from({ length: MOST_PACKED }, () => '0').join();
    expect(decodeMessages(`PACK a 0 ${lengths} `)?.texts).toHaveLength(8192);
    expect(decodeMessages(`PACK a 0 ${lengths},0 `)).toBeUndefined();
  });
});

describe('announcement', () => {
  test('[RF5] an id that begins with v1~ announces the extensions', () => {
    expect(announceExtensions('abc')).toBe('v1~abc');
    expect(knowsExtensions('v1~abc-1')).toBe(true);
    expect(knowsExtensions('abc-1')).toBe(false);
  });
});
