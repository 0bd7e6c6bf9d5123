import { describe, expect, test } from 'vitest';
import { SEND_BUFFER_UNITS } from '../../src/core/limits.ts';
import { RtcChannel } from '../../src/rtc/rtc-channel.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { BrowserDataChannel, FakeDataChannel } from '../support/fake-peer-connection.ts';
import { captureLog } from '../support/log.ts';

const MiB = 2 ** 20;

/** A text whose last fragment has the bytes of a goodbye. */
const GOODBYE_INSIDE = `${'x'.repeat(2 * 65_536 - 4)}\0\0\0\0`;

describe.each([
  ['with an event for a low buffer', BrowserDataChannel],
  ['without one, as wrtc', FakeDataChannel],
])('a channel %s', (_name, Channel) => {
  const log = captureLog();

  function open({
    maxBufferedAmount = SEND_BUFFER_UNITS,
    maxMessageBytes = 4 * MiB,
    takesFrames = false,
  } = {}) {
    const platform = new Channel();
    const clock = new VirtualClock();
    const told: string[] = [];
    const arrived: unknown[] = [];
    let steps = 0;
    const channel = new RtcChannel(platform as unknown as RTCDataChannel, {
      eva: 'alice',
      targetEva: 'bob',
      clock,
      maxBufferedAmount,
      maxMessageBytes,
      takesFrames,
      channelOpened: () => told.push('opened'),
      channelClosed: () => told.push('closed'),
      channelDraining: () => {
        steps += 1;
      },
      channelDrained: () => told.push('drained'),
      messageArrived: (message) => told.push(message),
    });
    const other = new FakeDataChannel();
    other.onmessage = ({ data }) => arrived.push(data);
    platform.other = other;
    platform.open();
    return { channel, platform, clock, told, arrived, progress: () => steps };
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

  test('[RH42] asks the platform what it holds only where that may be too much', () => {
    const { channel, platform } = open();
    let asked = 0;
    platform.send = () => {};
    Object.defineProperty(platform, 'bufferedAmount', {
      get: () => {
        asked += 1;
        return 0;
      },
    });
    for (let sent = 0; sent < 1000; sent += 1) channel.send('x'.repeat(100));
    expect([channel.isBelow(MiB), asked]).toEqual([true, 0]);
    expect([channel.isBelow(1000), asked]).toEqual([true, 1]);
    asked = 0;
    for (let sent = 0; sent < 10_000; sent += 1) channel.send('x'.repeat(100));
    // 3 bytes a unit are the most that a text can take.
    expect(asked).toBe(Math.floor((10_000 * 300) / MiB));
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

  test('[BP12] counts what waits and what the platform has not sent, and tells when that has fallen', () => {
    const { channel, platform, clock } = open();
    const told: number[] = [];
    platform.keeps = true;
    channel.send('x'.repeat(MiB));
    channel.send('waits');
    expect(channel.bufferedAmount).toBe(MiB + 5);
    channel.requestDrain(500, () => told.push(channel.bufferedAmount));
    clock.advance(5);
    expect(told).toEqual([]);
    platform.leave();
    clock.advance(5);
    expect([told, clock.pending]).toEqual([[5], 0]);
    platform.leave();
    clock.advance(1000);
    expect(told).toEqual([5]);
  });

  test('[BP12] tells of what leaves once the channel is released, but not inside that', () => {
    const { channel, clock } = open();
    let told = 0;
    channel.hold();
    channel.send('x'.repeat(1000));
    channel.requestDrain(500, () => {
      told += 1;
    });
    clock.advance(1000);
    channel.release();
    expect(told).toBe(0);
    clock.advance(5);
    expect([told, channel.bufferedAmount, clock.pending]).toEqual([1, 0, 0]);
  });

  test('[BP12] lets whoever is told wait again', () => {
    const { channel, platform, clock } = open();
    let told = 0;
    const fill = () => {
      channel.send('x'.repeat(1000));
      channel.requestDrain(500, () => {
        told += 1;
        if (told < 3) fill();
      });
    };
    platform.keeps = true;
    fill();
    for (let round = 0; round < 5; round += 1) {
      platform.leave();
      clock.advance(5);
    }
    expect([told, clock.pending]).toEqual([3, 0]);
  });

  test('[BP12] waits for nothing once it says goodbye', () => {
    const { channel, platform, clock, told } = open({ takesFrames: true });
    platform.keeps = true;
    channel.send('x'.repeat(1000));
    channel.requestDrain(500, () => told.push('low'));
    channel.drain();
    platform.leave();
    clock.advance(5);
    expect([told, clock.pending]).toEqual([['opened', 'drained'], 0]);
  });

  test('[BP4] throws at the limit that was set', () => {
    const { channel, platform } = open({ maxBufferedAmount: 10 });
    platform.keeps = true;
    channel.send('x'.repeat(MiB).slice(0, 10));
    expect(() => channel.send('x'.repeat(11))).toThrow(expect.objectContaining({ code: 'ERR_BUFFER_FULL' }));
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

  test('[RH39] says goodbye after everything else, where the other side knows it', () => {
    const { channel, platform, arrived, told, clock } = open({ takesFrames: true });
    platform.keeps = true;
    channel.send('x'.repeat(MiB));
    channel.send('last');
    channel.drain();
    platform.keeps = false;
    platform.leave();
    clock.advance(5);
    expect(arrived.slice(1)).toEqual(['last', new ArrayBuffer(4)]);
    expect(told).toEqual(['opened', 'drained']);
    channel.linger();
    expect(clock.pending).toBe(0);
  });

  test('[RH41] tells of progress while it drains, and logs what had not left in time', () => {
    const { channel, platform, clock, progress } = open({ takesFrames: true });
    platform.keeps = true;
    for (const text of ['x'.repeat(MiB), '2', '3']) channel.send(text);
    channel.drain();
    expect(progress()).toBe(1);
    clock.advance(1000);
    expect(progress()).toBe(1);
    platform.leave();
    clock.advance(5);
    expect(progress()).toBe(2);
    platform.leave();
    clock.advance(5);
    const other = open({ takesFrames: true });
    other.platform.keeps = true;
    for (const text of ['x'.repeat(MiB), '2', '3']) other.channel.send(text);
    other.channel.drain();
    other.channel.linger();
    expect(log).toMatchObject([
      { level: 'warn', text: 'messages were given up', peer: 'bob', reason: '3 had not left' },
    ]);
    expect(other.clock.pending).toBe(0);
  });

  test('[RH39] is closed when the other side says goodbye', () => {
    const { platform, told } = open({ takesFrames: true });
    platform.onmessage?.({ data: 'last' });
    platform.onmessage?.({ data: new ArrayBuffer(4) });
    expect(told).toEqual(['opened', 'last', 'closed']);
  });

  test('[RH39] gives what is on its way to an old peer 100 ms', () => {
    const { channel, arrived, told, clock } = open();
    channel.send('last');
    channel.drain();
    channel.linger();
    clock.advance(99);
    expect([arrived, told]).toEqual([['last'], ['opened', 'drained']]);
    clock.advance(1);
    expect([told.at(-1), clock.pending]).toEqual(['closed', 0]);
  });

  test('[RH15] drops what is neither text nor a fragment, logged, and goes on', () => {
    const { platform, told } = open();
    const header = (length: number, bytes: number) => {
      const data = new ArrayBuffer(4 + bytes);
      new DataView(data).setUint32(0, length);
      return data;
    };
    const malformed = [
      new ArrayBuffer(3),
      header(1, 0),
      header(5, 6),
      header(2 ** 24 + 1, 100),
      header(10, 6),
    ];
    for (const data of malformed) platform.onmessage?.({ data });
    platform.onmessage?.({ data: header(70_000, 65_532) });
    platform.onmessage?.({ data: new ArrayBuffer(1) });
    platform.onmessage?.({ data: 'text' });
    expect(told).toEqual(['opened', 'text']);
    expect(log.filter(({ level }) => level === 'warn')).toMatchObject([
      { endpoint: 'alice', peer: 'bob', reason: 'a fragment has 3 bytes' },
      { reason: 'a fragment has 0 bytes, but 1 are missing of its text' },
      { reason: 'a fragment has 6 bytes, but 5 are missing of its text' },
      { reason: 'a fragment has 100 bytes, but 16777217 are missing of its text' },
      { reason: 'a fragment has 6 bytes, but 10 are missing of its text' },
      { reason: 'a fragment has 1 bytes, but 4468 are missing of its text' },
    ]);
  });

  test('[RH38] cuts what does not fit into one message, and puts it together', () => {
    const sender = open({ maxMessageBytes: 100_000, takesFrames: true });
    const receiver = open();
    const texts = [
      'short',
      'ä'.repeat(50_001),
      '𝕧'.repeat(100_000),
      '\ufeffx'.repeat(65_532),
      GOODBYE_INSIDE,
      'short again',
    ];
    for (const text of texts) sender.channel.send(text);
    const sizes = sender.arrived.map((data) => (data instanceof ArrayBuffer ? data.byteLength : data));
    expect([sizes.at(0), sizes.at(-1)]).toEqual(['short', 'short again']);
    expect(sizes.slice(1, 3)).toEqual([65_536, 100_002 + 4 - 65_536]);
    expect(sizes.slice(1, -1).every((size) => Number(size) <= 65_536)).toBe(true);
    for (const data of sender.arrived) receiver.platform.onmessage?.({ data });
    expect(receiver.told.slice(1)).toEqual(texts);
  });

  test('[RH38] keeps the order where there is no room, and gives the room back', () => {
    const { channel, platform, clock, arrived } = open({ maxMessageBytes: 100_000, takesFrames: true });
    platform.keeps = true;
    channel.send('x'.repeat(2 * MiB));
    channel.send('last');
    expect(channel.getSendCapacity()).toBeLessThan(SEND_BUFFER_UNITS - MiB / 2);
    platform.keeps = false;
    platform.leave();
    clock.advance(5);
    expect([arrived.at(-1), arrived.length, channel.getSendCapacity()]).toEqual([
      'last',
      34,
      SEND_BUFFER_UNITS,
    ]);
  });

  test('[RH12] refuses what is too long for fragments, too', () => {
    const { channel, arrived } = open({ maxMessageBytes: 10, takesFrames: true });
    expect(() => channel.send('x'.repeat(16 * MiB + 1))).toThrow(
      expect.objectContaining({ code: 'ERR_MESSAGE_TOO_LARGE' }),
    );
    channel.send('x'.repeat(16 * MiB));
    expect(arrived.length).toBe(257);
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
