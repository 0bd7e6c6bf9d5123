import { describe, expect, test } from 'vitest';
import { SEND_BUFFER_UNITS } from '../../src/core/limits.ts';
import { RtcChannel } from '../../src/rtc/rtc-channel.ts';
import { BrowserDataChannel, FakeDataChannel } from '../support/fake-peer-connection.ts';
import { captureLog } from '../support/log.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const MiB = 2 ** 20;

describe.each([
  ['with an event for a low buffer', BrowserDataChannel],
  ['without one, as wrtc', FakeDataChannel],
])('a channel %s', (_name, Channel) => {
  const log = captureLog();

  function open({ maxMessageBytes = 4 * MiB } = {}) {
    const platform = new Channel();
    const clock = new VirtualClock();
    const told: string[] = [];
    const arrived: unknown[] = [];
    const channel = new RtcChannel(
      platform as unknown as RTCDataChannel,
      {
        eva: 'alice',
        targetEva: 'bob',
        clock,
        channelOpened: () => told.push('opened'),
        channelClosed: () => told.push('closed'),
        channelDrained: () => told.push('drained'),
        messageArrived: (message) => told.push(message),
      },
      () => maxMessageBytes,
    );
    const other = new FakeDataChannel();
    other.onmessage = ({ data }) => arrived.push(data);
    platform.other = other;
    platform.open();
    return { channel, platform, clock, told, arrived };
  }

  test('[RH10] hands what is sent to the platform at once while that holds less than 1 MiB', () => {
    const { channel, platform, arrived } = open();
    platform.keeps = true;
    channel.send('x'.repeat(MiB - 1));
    channel.send('second');
    expect(channel.getSendCapacity()).toBe(SEND_BUFFER_UNITS);
    platform.leave();
    expect(arrived.length).toBe(2);
  });

  test('[RH10] keeps the rest, in order, until the platform has room', () => {
    const { channel, platform, clock, arrived } = open();
    platform.keeps = true;
    channel.send('x'.repeat(MiB));
    for (const text of ['1', '2', '3']) channel.send(text);
    expect(channel.getSendCapacity()).toBe(SEND_BUFFER_UNITS - 3);
    platform.keeps = false;
    platform.leave();
    clock.advance(5);
    expect(arrived.slice(1)).toEqual(['1', '2', '3']);
    expect([channel.getSendCapacity(), clock.pending]).toEqual([SEND_BUFFER_UNITS, 0]);
  });

  test('[RH11] throws at the bound of what it keeps, and keeps nothing of it', () => {
    const { channel, platform } = open();
    platform.keeps = true;
    const block = 'x'.repeat(MiB);
    for (let sent = 0; sent <= SEND_BUFFER_UNITS / MiB; sent += 1) channel.send(block);
    expect(channel.getSendCapacity()).toBe(0);
    expect(() => channel.send('one more')).toThrow(expect.objectContaining({ code: 'ERR_BUFFER_FULL' }));
    expect(() => channel.send('')).toThrow(expect.objectContaining({ code: 'ERR_BUFFER_FULL' }));
  });

  test('[RH12] refuses a message that the other side does not take, by its bytes', () => {
    const { channel, arrived } = open({ maxMessageBytes: 10 });
    channel.send('1234567890');
    channel.send('ää𝕧ä');
    for (const tooLong of ['12345678901', 'äääääx', '𝕧𝕧ää']) {
      expect(() => channel.send(tooLong)).toThrow(
        expect.objectContaining({
          code: 'ERR_MESSAGE_TOO_LARGE',
          message: expect.stringContaining('MarshallerHub'),
        }),
      );
    }
    expect(arrived).toEqual(['1234567890', 'ää𝕧ä']);
  });

  test('[RH13] keeps what is sent while it is held', () => {
    const { channel, platform, clock, arrived } = open();
    channel.hold();
    channel.send('1');
    channel.send('2');
    platform.leave();
    clock.advance(1000);
    expect([arrived, clock.pending]).toEqual([[], 0]);
    channel.release();
    expect(arrived).toEqual(['1', '2']);
  });

  test('[RH14] tells when everything has left', () => {
    const { channel, platform, clock, told } = open();
    platform.keeps = true;
    channel.send('x'.repeat(MiB));
    channel.send('last');
    channel.drain();
    platform.leave();
    clock.advance(5);
    expect(told).toEqual(['opened']);
    platform.leave();
    clock.advance(5);
    expect([told, clock.pending]).toEqual([['opened', 'drained'], 0]);
  });

  test('[RH14] tells at once where nothing is on its way', () => {
    const { channel, told } = open();
    channel.drain();
    expect(told).toEqual(['opened', 'drained']);
  });

  test('[RH15] drops what is no text, logged, and goes on', () => {
    const { platform, told } = open();
    platform.onmessage?.({ data: new ArrayBuffer(3) });
    platform.onmessage?.({ data: 'text' });
    expect(told).toEqual(['opened', 'text']);
    expect(log).toMatchObject([{ level: 'warn', endpoint: 'alice', peer: 'bob', reason: 'it is no text' }]);
  });

  test('[RH16] tells nothing, and has no timer, once it is detached', () => {
    const { channel, platform, clock, told } = open();
    platform.keeps = true;
    channel.send('x'.repeat(MiB));
    channel.send('waits');
    channel.detach();
    channel.release();
    platform.shut();
    expect([told, clock.pending]).toEqual([['opened'], 0]);
  });
});
