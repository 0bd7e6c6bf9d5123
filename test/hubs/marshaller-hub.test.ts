import { expect, test } from 'vitest';
import { InBrowserHub } from '../../src/hubs/in-browser-hub.ts';
import { MarshallerHub } from '../../src/hubs/marshaller-hub.ts';
import { connect, inbox, losses, until } from '../../src/testing/peers.ts';
import { captureLog } from '../support/log.ts';

const log = captureLog();

/** A MarshallerHub on one side and the bare hub below it on the other, where a test writes the frames. */
async function againstBareHub(options?: ConstructorParameters<typeof MarshallerHub>[1]) {
  const bottom = new InBrowserHub();
  const bare = bottom.openEndpoint('bare');
  const marshalled = new MarshallerHub(bottom, options).openEndpoint('marshalled');
  await connect(bare, marshalled as never);
  return { bare, marshalled };
}

test('[MH1] sends a message as fragments of the size that was set', async () => {
  const { bare, marshalled } = await againstBareHub({ fragmentSize: 8 });
  const frames = inbox(bare);
  marshalled.send('bare', 'hello world');
  await until(() => frames.length >= 2);
  expect(frames.map(({ message }) => message)).toEqual(['S211hell', 'o world']);
});

test('[MH2] cuts at 16384 units where nothing was set', async () => {
  const { bare, marshalled } = await againstBareHub();
  const frames = inbox(bare);
  marshalled.send('bare', 'x'.repeat(40_000));
  await until(() => frames.length >= 3);
  expect(frames.map(({ message }) => message.length)).toEqual([16_384, 16_384, 40_007 - 2 * 16_384]);
});

test('[MH3] drops a malformed text, logs it once, and goes on', async () => {
  const { bare, marshalled } = await againstBareHub();
  const received = inbox(marshalled);
  bare.send('marshalled', 'garbage');
  bare.send('marshalled', 'J17{"a":1}');
  await until(() => received.length > 0);
  expect(received.map(({ message }) => message)).toEqual([{ a: 1 }]);
  expect(log.filter(({ level }) => level === 'warn')).toMatchObject([
    { endpoint: 'marshalled', peer: 'bare' },
  ]);
});

test.each([
  ['a header that lies about its length', 'S15hello!'],
  ['a message over the limit', 'S41001'],
])('[MH4] closes the connection after %s, with a reason', async (_name, frame) => {
  const { bare, marshalled } = await againstBareHub({ maxMessageLength: 1000 });
  const received = inbox(marshalled);
  const lost = losses(bare);
  bare.send('marshalled', frame);
  await until(() => lost.length > 0);
  expect(marshalled.isConnected('bare')).toBe(false);
  expect(received).toEqual([]);
  expect(log.filter(({ level }) => level === 'error')).toMatchObject([
    { endpoint: 'marshalled', peer: 'bare', reason: expect.stringContaining('announced') },
  ]);
});

test('[MH5] refuses to send a message over the limit', async () => {
  const { marshalled } = await againstBareHub({ maxMessageLength: 10 });
  expect(() => marshalled.send('bare', 'x'.repeat(11))).toThrow(
    expect.objectContaining({ code: 'ERR_MESSAGE_TOO_LARGE' }),
  );
});

test('[MH6] sends nothing of a message that the parent has no room for', async () => {
  const { bare, marshalled } = await againstBareHub({ maxMessageLength: 2 ** 28 });
  const frames = inbox(bare);
  expect(() => marshalled.send('bare', 'x'.repeat(2 ** 27))).toThrow(
    expect.objectContaining({ code: 'ERR_BUFFER_FULL' }),
  );
  marshalled.send('bare', 'small');
  await until(() => frames.length > 0);
  expect(frames.map(({ message }) => message)).toEqual(['S15small']);
});

test('[MH7] closes a connection whose parent refuses a fragment in the middle of a message', async () => {
  const { bare, marshalled } = await againstBareHub({ fragmentSize: 4 });
  const lost = losses(bare);
  const parent = (marshalled as unknown as { parent: { send: (target: string, text: string) => void } })
    .parent;
  const { send } = parent;
  let left = 2;
  parent.send = (target, text) => {
    if (left === 0) throw new Error('no more');
    left -= 1;
    send(target, text);
  };
  expect(() => marshalled.send('bare', 'hello world')).toThrow('no more');
  await until(() => lost.length > 0);
  expect(marshalled.isConnected('bare')).toBe(false);
});

test.each([{ fragmentSize: 0 }, { fragmentSize: 1.5 }, { maxMessageLength: -1 }, { fragmentSize: '4' }])(
  '[MH8] refuses the option %j',
  (options) => {
    expect(() => new MarshallerHub(new InBrowserHub(), options as never)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }),
    );
  },
);
