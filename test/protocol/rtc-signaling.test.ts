import { describe, expect, test } from 'vitest';
import {
  candidatesIn,
  decodeRtcSignal,
  encodeRtcSignal,
  MAX_CANDIDATES,
  MAX_SIGNAL_UNITS,
  type RtcSignal,
} from '../../src/protocol/rtc-signaling.ts';

const OFFER = { type: 'offer', sdp: 'v=0\r\no' } as const;
const ANSWER = { type: 'answer', sdp: 'v=0\r\na' } as const;
const CANDIDATE = { candidate: 'candidate:1 1 udp 1 192.0.2.1 9 typ host', sdpMid: '0', sdpMLineIndex: 0 };
const CANDIDATE_TEXT =
  '{"candidate":"candidate:1 1 udp 1 192.0.2.1 9 typ host","sdpMid":"0","sdpMLineIndex":0}';

const GOLDEN: Record<string, [id: string, signal: RtcSignal, text: string]> = {
  'an offer': [
    'RS1',
    {
      kind: 'offer',
      description: OFFER,
      candidates: [CANDIDATE],
      date: 17,
      features: ['trickle', 'restart'],
    },
    `{"type":"rtc-connection","requestForNewConnection":true,"ice":{"sdp":{"type":"offer","sdp":"v=0\\r\\no"},"candidate":[${CANDIDATE_TEXT}]},"connectionCreateDate":17,"features":["trickle","restart"]}`,
  ],
  'an answer to a peer of version 0.2.1': [
    'RS2',
    { kind: 'answer', description: ANSWER, candidates: [CANDIDATE], date: 17, features: [] },
    `{"type":"rtc-connection","requestForNewConnection":false,"ice":{"sdp":{"type":"answer","sdp":"v=0\\r\\na"},"candidate":[${CANDIDATE_TEXT}]},"connectionCreateDate":17}`,
  ],
  'an early offer': [
    'RS3',
    { kind: 'early-offer', description: OFFER, candidates: [], date: 17, features: ['trickle', 'restart'] },
    '{"type":"rtc-offer","requestForNewConnection":true,"ice":{"sdp":{"type":"offer","sdp":"v=0\\r\\no"},"candidate":[]},"connectionCreateDate":17,"features":["trickle","restart"]}',
  ],
  'candidates of their own': [
    'RS3',
    { kind: 'candidates', fromOfferer: false, candidates: [CANDIDATE], date: 17 },
    `{"type":"rtc-candidate","requestForNewConnection":false,"candidate":[${CANDIDATE_TEXT}],"connectionCreateDate":17}`,
  ],
  'a restart': [
    'RS3',
    { kind: 'restart', fromOfferer: true, description: OFFER, candidates: [], date: 17, round: 2 },
    '{"type":"rtc-restart","requestForNewConnection":true,"ice":{"sdp":{"type":"offer","sdp":"v=0\\r\\no"},"candidate":[]},"connectionCreateDate":17,"restart":2}',
  ],
};

const golden = (id: string) =>
  Object.entries(GOLDEN).flatMap(([name, [rule, ...rest]]) =>
    rule === id ? [[name, ...rest] as const] : [],
  );

describe('encodeRtcSignal', () => {
  test.each(golden('RS1'))('[RS1] writes %s as version 0.2.1 reads it', (_name, signal, text) => {
    expect(encodeRtcSignal(signal)).toBe(text);
  });

  test.each(golden('RS2'))('[RS2] writes %s without fields of its own', (_name, signal, text) => {
    expect(encodeRtcSignal(signal)).toBe(text);
  });

  test.each(golden('RS3'))(
    '[RS3] writes %s under a type that version 0.2.1 ignores',
    (_name, signal, text) => {
      expect(encodeRtcSignal(signal)).toBe(text);
    },
  );

  test('[RS4] leaves out the candidates that the other side would refuse', () => {
    const candidates = Array.from({ length: MAX_CANDIDATES + 1 }, () => CANDIDATE);
    const signal: RtcSignal = { kind: 'offer', description: OFFER, candidates, date: 1, features: [] };
    const decoded = decodeRtcSignal(encodeRtcSignal(signal)) as unknown as { candidates: unknown[] };
    expect(decoded.candidates.length).toBe(MAX_CANDIDATES);
  });
});

describe('candidatesIn', () => {
  test('[RS32] finds the candidates inside a description', () => {
    const sdp =
      'v=0\r\na=candidate:1 1 udp 9\r\na=mid:data\r\na=candidate:2 1 udp 9\r\na=end-of-candidates\r\n';
    expect(candidatesIn(sdp)).toEqual([
      { candidate: 'candidate:1 1 udp 9', sdpMid: 'data', sdpMLineIndex: 0 },
      { candidate: 'candidate:2 1 udp 9', sdpMid: 'data', sdpMLineIndex: 0 },
    ]);
    expect(candidatesIn('v=0\r\n')).toEqual([]);
  });
});

describe('decodeRtcSignal', () => {
  test.each(Object.entries(GOLDEN))('[RS4] reads %s as it was', (_name, [, signal]) => {
    expect(decodeRtcSignal(encodeRtcSignal(signal))).toEqual(signal);
  });

  const offer = (change: Record<string, unknown>) =>
    JSON.stringify({
      type: 'rtc-connection',
      requestForNewConnection: true,
      ice: { sdp: OFFER, candidate: [] },
      connectionCreateDate: 17,
      ...change,
    });

  test('[RS5] tells a type that it does not know', () => {
    expect(decodeRtcSignal('{"type":"rtc-hologram"}')).toEqual({ kind: 'unknown', type: 'rtc-hologram' });
    expect(decodeRtcSignal('{"type":"__proto__"}')).toEqual({ kind: 'unknown', type: '__proto__' });
  });

  test('[RS5] ignores fields and features that it does not know', () => {
    const decoded = decodeRtcSignal(offer({ mood: 'good', features: ['telepathy', 'trickle', 7] }));
    expect(decoded).toEqual({
      kind: 'offer',
      description: OFFER,
      candidates: [],
      date: 17,
      features: ['trickle'],
    });
  });

  test('[RS5] takes the null at the end of a list of candidates for none', () => {
    const decoded = decodeRtcSignal(offer({ ice: { sdp: OFFER, candidate: [CANDIDATE, null] } }));
    expect(decoded).toMatchObject({ kind: 'offer', candidates: [CANDIDATE] });
  });

  test('[RS5] keeps nothing of a candidate but the known fields', () => {
    const candidate = [{ ...CANDIDATE, usernameFragment: null, extra: { a: 1 } }];
    const decoded = decodeRtcSignal(offer({ ice: { sdp: OFFER, candidate } })) as unknown as {
      candidates: unknown[];
    };
    expect(decoded.candidates).toEqual([{ ...CANDIDATE, usernameFragment: null }]);
  });

  const many = Array.from({ length: MAX_CANDIDATES + 1 }, () => CANDIDATE);
  test.each<[string, string, string]>([
    ['no JSON', 'HANDSHAKE', 'no JSON'],
    ['no object', '"rtc-connection"', 'no object'],
    ['null', 'null', 'no object'],
    ['no type', '{}', 'no object with a type'],
    ['no role', offer({ requestForNewConnection: 'yes' }), 'requestForNewConnection'],
    ['no date', offer({ connectionCreateDate: '17' }), 'connectionCreateDate'],
    ['an infinite date', offer({}).replace('17', '1e999'), 'connectionCreateDate'],
    ['no ice', offer({ ice: null }), 'no description'],
    ['no description', offer({ ice: { sdp: 'v=0', candidate: [] } }), 'no description'],
    ['the other kind of description', offer({ ice: { sdp: ANSWER, candidate: [] } }), 'no offer'],
    ['no sdp', offer({ ice: { sdp: { type: 'offer' }, candidate: [] } }), 'sdp'],
    ['no list of candidates', offer({ ice: { sdp: OFFER } }), 'no list'],
    ['a candidate that is none', offer({ ice: { sdp: OFFER, candidate: [{}] } }), 'candidate'],
    ['a wrong sdpMid', offer({ ice: { sdp: OFFER, candidate: [{ ...CANDIDATE, sdpMid: 0 }] } }), 'candidate'],
    ['too many candidates', offer({ ice: { sdp: OFFER, candidate: many } }), '257 candidates'],
    ['features that are no list', offer({ features: 'trickle' }), 'features'],
    [
      'an early offer that is an answer',
      offer({ type: 'rtc-offer', requestForNewConnection: false }),
      'offer',
    ],
    ['a restart without its number', offer({ type: 'rtc-restart' }), 'restart'],
    ['candidates without a list', offer({ type: 'rtc-candidate' }), 'no list'],
    ['too long', offer({ more: 'x'.repeat(MAX_SIGNAL_UNITS) }), 'UTF-16 units'],
  ])('[RS6] refuses a text with %s, and says why', (_name, text, reason) => {
    expect(decodeRtcSignal(text)).toEqual({ kind: 'malformed', reason: expect.stringContaining(reason) });
  });
});
