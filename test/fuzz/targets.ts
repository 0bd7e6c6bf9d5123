import { brokerConfigOf } from '../../src/broker/options.ts';
import { Router } from '../../src/broker/router.ts';
import { Session } from '../../src/broker/session.ts';
import { VnfError } from '../../src/core/errors.ts';
import { Reassembler } from '../../src/protocol/marshaller.ts';
import * as registry from '../../src/protocol/registry.ts';
import * as reliable from '../../src/protocol/reliable.ts';
import * as rpc from '../../src/protocol/rpc.ts';
import { FragmentReader, fragmentsOfText, GOODBYE } from '../../src/protocol/rtc-frames.ts';
import * as rtc from '../../src/protocol/rtc-signaling.ts';
import * as webSocketHub from '../../src/protocol/websocket-hub.ts';

/** Something that reads what others send. */
export interface Target {
  name: string;
  /** Well-formed input, from which the rest is made. */
  seeds: string[];
  /** Reads one input. What it throws is a bug, and so is what it returns: a sentence. */
  run(input: string): string | undefined;
}

/** What a decoder made of a text, written and read again, has to be the same. */
function roundTrip<T>(
  value: T | undefined,
  encode: (value: T) => string,
  decode: (text: string) => T | undefined,
) {
  if (value === undefined) return undefined;
  const again = decode(encode(value));
  return JSON.stringify(again) === JSON.stringify(value)
    ? undefined
    : `${JSON.stringify(value)} came back as ${JSON.stringify(again)}`;
}

/** Runs a decoder that may refuse. */
function unlessRefused<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof VnfError) return undefined;
    throw error;
  }
}

const LIMIT = 10_000;

const SIGNAL: rtc.RtcSignal = {
  kind: 'early-offer',
  description: { type: 'offer', sdp: 'v=0\r\na=mid:0\r\na=candidate:1 1 udp 1 127.0.0.1 9 typ host\r\n' },
  candidates: [{ candidate: 'candidate:1 1 udp 1 127.0.0.1 9 typ host', sdpMid: '0', sdpMLineIndex: 0 }],
  date: 1,
  features: rtc.FEATURES,
};

const ENTRIES = [
  ['one', 'Svalue'],
  ['__proto__', 'J{"a":1}'],
] as const;

/** Every decoder, and what keeps state between the frames of one sender. */
export const TARGETS: (() => Target)[] = [
  () => ({
    name: 'reliable control frames',
    seeds: [
      'HANDSHAKE a',
      'ACCEPT a b',
      'HEARTBEAT a b 1 2',
      'HEARTBEAT a b 7 -1',
      'HEARTBEAT a b 7 9 20 5 3 4 11-12 15-15',
      'CLOSE-CONNECTION a b',
      'CLOSE-ACCEPT a b',
    ],
    run(input) {
      const frame = reliable.decodeControl(input);
      reliable.knowsExtensions(input);
      return 'reason' in frame
        ? undefined
        : roundTrip(
            frame,
            reliable.encodeControl,
            (text) => reliable.decodeControl(text) as reliable.ControlFrame,
          );
    },
  }),
  () => ({
    name: 'reliable messages',
    seeds: [
      reliable.encodeMessages('a', 3, ['text']),
      reliable.encodeMessages('a', 3, ['text', '', 'another']),
      'MESSAGE a 0 ',
      'MESSAGE a 12 two\nlines',
    ],
    run(input) {
      reliable.isMessage(input);
      const frame = reliable.decodeMessages(input);
      if (frame === undefined) return undefined;
      const { index, texts } = frame;
      if (!Number.isSafeInteger(index)) return `an index of ${index}`;
      return texts.length > 0 && texts.length <= reliable.MOST_PACKED ? undefined : `${texts.length} texts`;
    },
  }),
  () => ({
    name: 'RPC requests',
    seeds: ['1 PING', '2 LOGIN\nme', '3 SEND_TO_ENDPOINT\nyou\nMESSAGE x', '4 GET-ENTRIES-WITH-BODY\nrooms'],
    run(input) {
      rpc.decodeRequest(input);
      return undefined;
    },
  }),
  () => ({
    name: 'RPC answers',
    seeds: [
      '1 PING',
      '2 LOGIN\nOK',
      'CALL_ERROR\n1 WHAT\nreason',
      'PUSH\nENDPOINT_MESSAGE\nyou\nHANDSHAKE',
      'ENDPOINT_MESSAGE\nyou\nACCEPT',
    ],
    run(input) {
      rpc.decodeServerFrame(input);
      return undefined;
    },
  }),
  () => ({
    name: 'addressed frames of WebSocketHub',
    seeds: ['you\nHANDSHAKE', 'you\nACCEPT', 'you\nCLOSE-CONNECTION', 'you\nMESSAGE text', '\nMESSAGE\n'],
    run(input) {
      const addressed = rpc.decodeAddressed(input);
      if (addressed === undefined) return undefined;
      return (
        roundTrip(addressed, ({ eva, body }) => rpc.encodeAddressed(eva, body), rpc.decodeAddressed) ??
        roundTrip(webSocketHub.decodeBody(addressed.body), webSocketHub.encodeBody, webSocketHub.decodeBody)
      );
    },
  }),
  () => ({
    name: 'RTC signals',
    seeds: [
      rtc.encodeRtcSignal(SIGNAL),
      rtc.encodeRtcSignal({
        ...SIGNAL,
        kind: 'answer',
        description: { type: 'answer', sdp: 'v=0' },
      } as rtc.RtcSignal),
      rtc.encodeRtcSignal({
        kind: 'candidates',
        fromOfferer: true,
        candidates: [{ candidate: 'c' }],
        date: 2,
      }),
    ],
    run(input) {
      rtc.candidatesIn(input);
      const signal = rtc.decodeRtcSignal(input);
      return 'reason' in signal || !('date' in signal)
        ? undefined
        : roundTrip(
            signal as rtc.RtcSignal,
            rtc.encodeRtcSignal,
            (text) => rtc.decodeRtcSignal(text) as rtc.RtcSignal,
          );
    },
  }),
  () => ({
    name: 'registry entries',
    seeds: [
      registry.encodeEntry({ collection: 'rooms', name: 'one' }, 'Svalue'),
      registry.encodeEntries(ENTRIES),
      registry.encodeKey({ collection: 'rooms', name: '' }),
      'J{"a":[1,"two"]}',
    ],
    run(input) {
      registry.decodeEntry(input);
      registry.decodeKey(input);
      unlessRefused(() => registry.decodeValue(input));
      const entries = unlessRefused(() => registry.decodeEntries(input));
      return roundTrip(entries && [...entries], registry.encodeEntries, (text) => [
        ...registry.decodeEntries(text),
      ]);
    },
  }),
  () => {
    let reader = new Reassembler(LIMIT);
    return {
      name: "a MarshallerHub's fragments",
      seeds: ['S15hello', 'S210hello', 'world', 'J17{"a":1}', 'S510000', 'x'.repeat(5000), ''],
      run(input) {
        const result = reader.accept(input);
        if (result.kind === 'violation') reader = new Reassembler(LIMIT);
        if (result.kind !== 'message' || typeof result.message !== 'string') return undefined;
        return result.message.length <= LIMIT ? undefined : `a message of ${result.message.length} units`;
      },
    };
  },
  () => {
    const reader = new FragmentReader();
    const asText = (bytes: Uint8Array) => String.fromCharCode(...bytes);
    return {
      name: "a data channel's fragments",
      seeds: [...fragmentsOfText('hello 𝕧'), GOODBYE].map(asText),
      run(input) {
        const frame = Uint8Array.from(input, (unit) => unit.charCodeAt(0)).buffer;
        try {
          reader.read(frame);
        } catch (error) {
          // It says what is wrong; what the platform throws would be a bug.
          if (error instanceof TypeError || error instanceof RangeError) throw error;
        }
        return undefined;
      },
    };
  },
  () => {
    const config = brokerConfigOf({});
    let isOpen = false;
    const open = () => {
      isOpen = true;
      const socket = {
        remote: 'here:1',
        send: () => {},
        getBufferedBytes: () => 0,
        getReceivedBytes: () => 0,
        ping: () => {},
        close: () => {
          isOpen = false;
        },
        terminate: () => {},
      };
      const owner = { frameArrived: () => {}, sessionEnded: () => {}, sessionClosed: () => {} };
      return new Session(socket, new Router<Session>(), owner, config);
    };
    let session = open();
    return {
      name: "the broker's session before its login",
      seeds: ['1 LOGIN\nme', '0 LOGIN\nalice', '2 PING'],
      run(input) {
        if (!isOpen) session = open();
        session.message(input);
        return undefined;
      },
    };
  },
];
