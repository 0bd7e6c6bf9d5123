import { describe, expect, test } from 'vitest';
import type { ParentEndpoint, ParentHub } from '../../src/core/contracts.ts';
import { VnfError } from '../../src/core/errors.ts';
import { InBrowserHub } from '../../src/hubs/in-browser-hub.ts';
import { ReliableHub } from '../../src/hubs/reliable-hub.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { captureLog } from '../support/log.ts';
import { connect, meetConnected, watch } from '../support/reliable-sides.ts';
import { pass, turns } from '../support/turns.ts';

const logged = captureLog();
const warnings = () => logged.filter(({ level }) => level === 'warn' || level === 'error');

describe('ReliableHub: bounds and bad input', () => {
  test('[RB22] what waits is bounded: ERR_BUFFER_FULL, and nothing is sent', async () => {
    const { clock, way, a, b } = await connect();
    way.cut();
    await pass(clock, 5100);
    expect(a.getSendCapacity('b')).toBe(2 ** 27);
    a.send('b', 'x'.repeat(2 ** 26));
    a.send('b', 'x'.repeat(2 ** 26 - 3));
    expect(a.getSendCapacity('b')).toBe(3);
    expect(() => a.send('b', 'four')).toThrow(expect.objectContaining({ code: 'ERR_BUFFER_FULL' }));
    a.send('b', 'end');
    expect(b.messages).toEqual([]);
  });

  test('[RB23] what the parent refuses is not sent, and the error is the application’s', async () => {
    const { way, a, b } = await connect();
    way.loses = ({ text }) => {
      if (text.length > 100) throw new VnfError('ERR_MESSAGE_TOO_LARGE', 'too large');
      return false;
    };
    a.send('b', 'first');
    expect(() => a.send('b', 'x'.repeat(100))).toThrow(
      expect.objectContaining({ code: 'ERR_MESSAGE_TOO_LARGE' }),
    );
    a.send('b', 'second');
    expect(b.messages).toEqual(['first', 'second']);
    expect(way.frames.at(-1)?.text).toBe('MESSAGE b-1 1 second');
  });

  test('[RB23] any other failure of the parent is a lost frame', async () => {
    const { clock, way, a, b } = await connect();
    way.loses = () => {
      throw new Error('of an application’s own hub');
    };
    a.send('b', 'first');
    await pass(clock, 1500);
    way.heal();
    await pass(clock, 3000);
    expect(b.messages).toEqual(['first']);
  });

  test('[RB23] a message that waited and can never be sent ends the connection as lost', async () => {
    const { clock, way, a, b } = await connect();
    way.cut();
    await pass(clock, 5100);
    a.send('b', 'x'.repeat(100));
    way.loses = ({ text }) => {
      if (text.length > 100) throw new VnfError('ERR_MESSAGE_TOO_LARGE', 'too large');
      return false;
    };
    await pass(clock, 2000);
    expect([a.states.at(-1), b.states.at(-1)]).toEqual(['lost', 'closed']);
    expect(warnings().map(({ text }) => text)).toContain('a message can never be sent');
  });

  test.each([
    'HANDSHAKE',
    'HELLO',
    '',
    'MESSAGE a-1 0',
    'MESSAGE a-1 x y',
    'HEARTBEAT a-1 other-1 x -1',
    // Acknowledges what was never sent.
    'HEARTBEAT a-1 other-1 1 -1',
  ])(
    '[RB24] the malformed frame %j is logged once and dropped, and the connection goes on',
    async (frame) => {
      const { a, say } = await meetConnected();
      expect(say(frame)).toEqual([]);
      expect(warnings()).toMatchObject([
        { level: 'warn', endpoint: 'a', peer: 'other', reason: expect.any(String) },
      ]);
      say('MESSAGE a-1 0 fine');
      expect([a.messages, a.states.at(-1)]).toEqual([['fine'], 'CONNECTED']);
    },
  );

  test('[RB24] a frame that is no string is logged and dropped', async () => {
    const { base, a } = await meetConnected();
    base.getEndPoint('a')?.onMessage?.({ sourceEva: 'other', message: { text: 'x' } } as never);
    expect(warnings()).toHaveLength(1);
    expect(a.isConnected('other')).toBe(true);
  });

  test('[RB24] names such as __proto__ are names as any other', async () => {
    const clock = new VirtualClock();
    const hub = new ReliableHub(new InBrowserHub(), { clock });
    const [a, b] = [watch(hub.openEndpoint('__proto__')), watch(hub.openEndpoint('constructor'))];
    a.openConnection('constructor', () => a.send('constructor', 'hi'));
    await turns(10);
    expect(b.messages).toEqual(['hi']);
  });

  test.each([1, '', null, undefined, {}])('[RB25] send refuses what is no string: %j', async (message) => {
    const { a } = await connect();
    const send = () => a.send('b', message as string);
    if (message === '') expect(send).not.toThrow();
    else expect(send).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }));
  });

  test('[RB26] any hub with the old surface can be the parent, also one that throws', async () => {
    const clock = new VirtualClock();
    const base = new InBrowserHub();
    base.setImmediateSend(true);
    const old: ParentHub = {
      openEndpoint(eva) {
        const endpoint = base.openEndpoint(eva);
        const { onConnectionStateChange, getConnectionState, getSendCapacity, ...surface } = endpoint;
        const plain: ParentEndpoint = {
          ...surface,
          eva,
          onMessage: undefined,
          closeConnection(target) {
            endpoint.closeConnection(target);
            throw new Error('closed, and not pleased');
          },
        };
        endpoint.onMessage = (event) => plain.onMessage?.(event);
        return plain;
      },
    };
    const hub = new ReliableHub(old, { clock, random: () => 0.5 });
    const [a, b] = [watch(hub.openEndpoint('a')), watch(hub.openEndpoint('b'))];
    a.openConnection('b', () => {});
    await turns();
    base.getEndPoint('a')?.closeConnection('b');
    a.send('b', 'after a break');
    await pass(clock, 2500);
    expect([b.messages, a.states.at(-1)]).toEqual([['after a break'], 'CONNECTED']);
    a.closeConnection('b');
    await pass(clock, 15_200);
    expect(base.getEndPoint('a')?.isConnected('b')).toBe(false);
    expect(warnings().map(({ text }) => text)).toContain('the parent hub threw');
  });
});
