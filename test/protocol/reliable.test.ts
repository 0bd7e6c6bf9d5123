import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  announceFeatures,
  type ControlFrame,
  decodeControl,
  decodeMessage,
  encodeControl,
  encodeMessage,
  isMessage,
  messagePrefix,
  takesEarlyHeartbeats,
} from '../../src/protocol/reliable.ts';

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
  [{ type: 'frame.close.connection', to: 'abc-1', from: 'xyz-7' }, 'CLOSE-CONNECTION abc-1 xyz-7'],
  [{ type: 'frame.close.connection', to: 'undefined', from: 'xyz-7' }, 'CLOSE-CONNECTION undefined xyz-7'],
  [{ type: 'frame.close.accept', to: 'abc-1', from: 'xyz-7' }, 'CLOSE-ACCEPT abc-1 xyz-7'],
];

const sessionId = fc.string({ minLength: 1, unit: 'grapheme' }).filter((id) => !/[ \n]/.test(id));
const index = fc.maxSafeNat();

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
        decodeMessage(`MESSAGE ${text}`);
      }),
    );
  });
});

describe('MESSAGE frames', () => {
  test('[RF3] writes MESSAGE TO INDEX TEXT', () => {
    expect(encodeMessage(messagePrefix('abc-1'), 12, 'hello world')).toBe('MESSAGE abc-1 12 hello world');
  });

  test.each(['', ' ', '  two  spaces ', 'line\nline', '\n', '-1', '😀', '\ud83d'])(
    '[RF3] keeps the text %j',
    (text) => {
      expect(decodeMessage(encodeMessage(messagePrefix('abc-1'), 0, text))).toEqual({
        to: 'abc-1',
        index: 0,
        text,
      });
    },
  );

  test('[RF3] reads every message that it writes', () => {
    fc.assert(
      fc.property(sessionId, index, fc.string({ unit: 'binary' }), (to, at, text) => {
        const frame = encodeMessage(messagePrefix(to), at, text);
        expect(isMessage(frame)).toBe(true);
        expect(decodeMessage(frame)).toEqual({ to, index: at, text });
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
  ])('[RF4] calls %j malformed', (frame) => {
    expect(isMessage(frame)).toBe(true);
    expect(decodeMessage(frame)).toBeUndefined();
  });
});

describe('announcement', () => {
  test('[RF5] an id that begins with v1~ announces that early HEARTBEATs are welcome', () => {
    expect(announceFeatures('abc')).toBe('v1~abc');
    expect(takesEarlyHeartbeats('v1~abc-1')).toBe(true);
    expect(takesEarlyHeartbeats('abc-1')).toBe(false);
  });
});
