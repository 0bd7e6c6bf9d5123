import { connect } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { captureLog } from '../support/log.ts';
import { afterwards, RawClient, startBroker } from './raw-client.ts';

const log = captureLog();

const NOT_FOUND = 'SEND_TO_ENDPOINT_RECIPIENT_ENDPOINT_CANNOT_BE_FOUND';

/** Shows that the broker and its other clients go on: alice and bob exchange a message, and nothing else came. */
async function expectBystandersGoOn({ alice, bob }: { alice: RawClient; bob: RawClient }): Promise<void> {
  expect(await alice.call('77 SEND_TO_ENDPOINT\nbob\nstill here?')).toBe('77 SEND_TO_ENDPOINT');
  expect(await bob.next()).toBe('ENDPOINT_MESSAGE\nalice\nstill here?');
  expect(await bob.call('78 SEND_TO_ENDPOINT\nalice\nyes')).toBe('78 SEND_TO_ENDPOINT');
  expect(await alice.next()).toBe('ENDPOINT_MESSAGE\nbob\nyes');
  expect([...alice.unread, ...bob.unread]).toEqual([]);
}

async function scene(options: Parameters<typeof startBroker>[0] = {}) {
  const { url } = await startBroker(options);
  return {
    url,
    alice: await RawClient.login(url, 'alice'),
    bob: await RawClient.login(url, 'bob'),
    mallory: await RawClient.login(url, 'mallory'),
  };
}

/** Opens a bare TCP connection, writes `text`, and resolves with all that comes until it ends. */
function tcp(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname, () => socket.write(text));
  afterwards(() => socket.destroy());
  return new Promise((resolve) => {
    let received = '';
    socket.on('data', (data) => {
      received += data.toString();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(received));
  });
}

describe('what one client sends', () => {
  test('[BR26] cannot choose the source of its messages', async () => {
    const { bob, mallory } = await scene();
    expect(await mallory.call('1 SEND_TO_ENDPOINT\nbob\nENDPOINT_MESSAGE\nalice\nhi')).toBe(
      '1 SEND_TO_ENDPOINT',
    );
    expect(await bob.next()).toBe('ENDPOINT_MESSAGE\nmallory\nENDPOINT_MESSAGE\nalice\nhi');
    expect(await mallory.call('2 ENDPOINT_MESSAGE\nalice\nhi')).toContain('CALL_FAILED_UNKNOWN_METHOD');
  });

  test('[BR40] is no frame of more than the limit', async () => {
    const { mallory, ...others } = await scene();
    const room = 2 ** 20 - '1 SEND_TO_ENDPOINT\nbob\n'.length;
    expect(await mallory.call(`1 SEND_TO_ENDPOINT\nbob\n${'x'.repeat(room)}`)).toBe('1 SEND_TO_ENDPOINT');
    expect(await others.bob.next()).toHaveLength(room + 'ENDPOINT_MESSAGE\nmallory\n'.length);
    mallory.send(`2 SEND_TO_ENDPOINT\nbob\n${'x'.repeat(room + 1)}`);
    expect((await mallory.closed).code).toBe(1009);
    await expectBystandersGoOn(others);
    expect(await others.alice.call('1 SEND_TO_ENDPOINT\nmallory\n')).toContain(NOT_FOUND);
    expect(log).toContainEqual(expect.objectContaining({ level: 'warn', peer: 'mallory' }));
  });

  test('[BR41] is dropped where it is binary, and logged once', async () => {
    const { mallory, ...others } = await scene();
    mallory.socket.send(Buffer.from('1 SEND_TO_ENDPOINT\nbob\nhi'));
    mallory.socket.send(Buffer.from([0, 255]));
    expect(await mallory.call('2 PING')).toBe('2 PING');
    await expectBystandersGoOn(others);
    const lines = log.filter(({ level }) => level === 'warn');
    expect(lines).toEqual([
      expect.objectContaining({ endpoint: 'broker', peer: 'mallory', reason: 'a binary frame' }),
    ]);
  });

  test('[BR41] closes its socket where it is not UTF-8', async () => {
    const { mallory, ...others } = await scene();
    mallory.socket.send(Buffer.from([0xff, 0xfe]), { binary: false });
    expect((await mallory.closed).code).toBe(1007);
    await expectBystandersGoOn(others);
  });

  test('[BR42] is answered and logged once where it is a flood of garbage', async () => {
    const { mallory, ...others } = await scene();
    const garbage = [
      '',
      '\n',
      '\n\n\n',
      ' ',
      '\u0000',
      'CALL_ERROR\n1 PING\nx',
      '{"a":1}',
      '🦊',
      '1 LOGIN',
      '1 GET-ENTRY',
    ];
    for (let i = 0; i < 1000; i++) for (const frame of garbage) mallory.send(frame);
    mallory.send('last PING');
    await vi.waitFor(() => expect(mallory.unread.at(-1)).toBe('last PING'), { timeout: 20_000 });
    expect(mallory.unread).toHaveLength(garbage.length * 1000 + 1);
    await expectBystandersGoOn(others);
    const reasons = log.filter(({ level }) => level === 'warn').map(({ reason }) => reason);
    expect(reasons.toSorted()).toEqual([
      'CALL_FAILED_COMMAND_HEADER_MALFORMED',
      'CALL_FAILED_UNEXPECTED_EXCEPTION',
      'STORE_SERVICE_COMMAND_FAILED_MALFORMED_FORMAT',
    ]);
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', ' ', 'x'.repeat(10_000)])(
    '[BR43] may use the name %s',
    async (name) => {
      const { url, alice } = await scene();
      const client = await RawClient.open(url);
      expect(await alice.call(`1 SEND_TO_ENDPOINT\n${name}\nhi`)).toContain(NOT_FOUND);
      expect(await alice.call(`2 GET-ENTRY\n${name}\n${name}`)).toContain('GET_FAILED_ENTRY_NOT_FOUND');
      expect(await alice.call(`3 GET-ENTRIES-WITH-BODY\n${name}`)).toBe('3 GET-ENTRIES-WITH-BODY\n');
      expect(await client.call(`0 LOGIN\n${name}`)).toBe('0 LOGIN\nOK');
      expect(await client.call(`1 CREATE-ENTRY\n${name}\n${name}\nS`)).toBe('1 CREATE-ENTRY\nOK');
      expect(await alice.call(`4 SEND_TO_ENDPOINT\n${name}\nhi`)).toBe('4 SEND_TO_ENDPOINT');
      expect(await client.next()).toBe('ENDPOINT_MESSAGE\nalice\nhi');
      expect(await alice.call(`5 GET-ENTRIES-WITH-BODY\n${name}`)).toBe(
        `5 GET-ENTRIES-WITH-BODY\n1 ${name}\nS`,
      );
      client.socket.terminate();
      await vi.waitFor(async () =>
        expect(await alice.call(`6 GET-ENTRY\n${name}\n${name}`)).toContain('NOT_FOUND'),
      );
    },
  );

  test('[BR44] is never read as a frame where it is a value', async () => {
    const { alice, mallory } = await scene();
    await mallory.call('1 CREATE-ENTRY\nrooms\n9 x\nS\n1 fake\nSvalue\nENDPOINT_MESSAGE\nbob\nhi');
    expect(await alice.call('1 GET-ENTRIES-WITH-BODY\nrooms')).toBe(
      '1 GET-ENTRIES-WITH-BODY\n39 9 x\nS\n1 fake\nSvalue\nENDPOINT_MESSAGE\nbob\nhi',
    );
    expect(alice.unread).toEqual([]);
  });

  test('[BR45] is no message of more than 1024 fragments', async () => {
    const { mallory, ...others } = await scene();
    for (let i = 0; i < 1025; i++) mallory.socket.send('x', { fin: false });
    expect((await mallory.closed).code).toBe(1008);
    await expectBystandersGoOn(others);
  });
});

describe('a socket that is no client', () => {
  test.each([
    ['garbage', '\u0000\u0001garbage\r\n\r\n', /^HTTP\/1.1 400/],
    [
      'an upgrade without a key',
      'GET /vnf-ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
      /^HTTP\/1.1 400/,
    ],
    [
      'a url that is none',
      'GET //%%%? HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
      /^HTTP\/1.1 404/,
    ],
    [
      'many headers',
      `GET /vnf-ws HTTP/1.1\r\nHost: x\r\n${'aaaa: bbbb\r\n'.repeat(5000)}\r\n`,
      /^HTTP\/1.1 400/,
    ],
  ])('[BR46] is refused with an http error: %s', async (_what, text, answer) => {
    const { url, mallory: _mallory, ...others } = await scene();
    expect(await tcp(url, text)).toMatch(answer);
    expect(log).toContainEqual(expect.objectContaining({ level: 'warn', text: 'a connection was refused' }));
    await expectBystandersGoOn(others);
  });

  test('[BR47] gets no compression, even where it offers it', async () => {
    const { url } = await scene();
    const client = await RawClient.open(url, { perMessageDeflate: true });
    expect(client.socket.extensions).toBe('');
  });

  test('[BR8] is closed when it does not log in', async () => {
    const { url } = await startBroker({ loginTimeoutMs: 50 });
    const client = await RawClient.open(url);
    expect(await client.closed).toEqual({ code: 1008, reason: 'no LOGIN in time' });
  });
});

describe('two sockets that want one EVA', () => {
  test('[BR3] leave it to the one that holds it and lives', async () => {
    const { url, ...others } = await scene();
    const second = await RawClient.open(url);
    expect(await second.call('0 LOGIN\nmallory')).toBe('0 LOGIN\nNOT-OK-LOGIN-ALREADY-IN-USE');
    expect(await others.alice.call('1 SEND_TO_ENDPOINT\nmallory\nhi')).toBe('1 SEND_TO_ENDPOINT');
    expect(await others.mallory.next()).toBe('ENDPOINT_MESSAGE\nalice\nhi');
    expect(await second.call('1 LOGIN\nother')).toBe('1 LOGIN\nOK');
    await expectBystandersGoOn(others);
  });

  test('[BR4] leave it to the new one when the old one is dead', async () => {
    const { url, mallory, ...others } = await scene();
    await mallory.call('1 CREATE-ENTRY\nrooms\nred\nS1');
    // As a machine without power: it neither reads nor answers, and no FIN comes.
    mallory.socket.pause();
    const reborn = await RawClient.login(url, 'mallory');
    expect(await reborn.call('1 GET-ENTRY\nrooms\nred')).toContain('GET_FAILED_ENTRY_NOT_FOUND');
    expect(await others.alice.call('1 SEND_TO_ENDPOINT\nmallory\nhi')).toBe('1 SEND_TO_ENDPOINT');
    expect(await reborn.next()).toBe('ENDPOINT_MESSAGE\nalice\nhi');
    mallory.socket.resume();
    expect((await mallory.closed).code).toBe(1006);
    expect(await reborn.call('2 SEND_TO_ENDPOINT\nmallory\nme')).toBe('ENDPOINT_MESSAGE\nmallory\nme');
    await expectBystandersGoOn(others);
  });

  test('[BR6] leave it to the first that waits', async () => {
    const { url, mallory } = await scene();
    mallory.socket.pause();
    const first = await RawClient.open(url);
    const second = await RawClient.open(url);
    first.send('0 LOGIN\nmallory');
    expect(await first.call('1 PING')).toBe('CALL_ERROR\n1 PING\nCALL_FAILED_AUTHENTICATION_REQUIRED');
    second.send('0 LOGIN\nmallory');
    expect(await first.next()).toBe('0 LOGIN\nOK');
    expect(await second.next()).toBe('0 LOGIN\nNOT-OK-LOGIN-ALREADY-IN-USE');
  });

  test('[BR6] do not leave it to one that has given up', async () => {
    const { url, mallory } = await scene();
    mallory.socket.pause();
    const first = await RawClient.open(url);
    const second = await RawClient.open(url);
    first.send('0 LOGIN\nmallory');
    // Its answer shows that the LOGIN before it has come.
    await first.call('1 PING');
    first.socket.terminate();
    await first.closed;
    expect(await second.call('0 LOGIN\nmallory')).toBe('0 LOGIN\nOK');
  });
});

describe('a slow or dead socket', () => {
  test('[BR9] is cut, and its EVA and its entries are free', async () => {
    const clock = new VirtualClock();
    const { url, mallory: _mallory, ...others } = await scene({ clock });
    const silent = await RawClient.login(url, 'silent', { autoPong: false });
    await silent.call('1 CREATE-ENTRY\nrooms\nred\nS1');
    const pinged = new Promise((resolve) => silent.socket.once('ping', resolve));
    // The others answer their pings in real time, between the two steps of the clock.
    clock.advance(30_000);
    await pinged;
    await expectBystandersGoOn(others);
    clock.advance(30_000);
    expect((await silent.closed).code).toBe(1006);
    await expectBystandersGoOn(others);
    expect(await others.alice.call('1 SEND_TO_ENDPOINT\nsilent\nhi')).toContain(NOT_FOUND);
    expect(await others.alice.call('2 GET-ENTRY\nrooms\nred')).toContain('GET_FAILED_ENTRY_NOT_FOUND');
    expect(log).toContainEqual(
      expect.objectContaining({ level: 'warn', peer: 'silent', reason: 'no answer to a ping' }),
    );
  });

  test('[BR10] is closed when too much waits for it', async () => {
    const { mallory, ...others } = await scene({ maxBufferedBytes: 1_000_000 });
    mallory.socket.pause();
    const frame = `1 SEND_TO_ENDPOINT\nmallory\n${'x'.repeat(500_000)}`;
    let answer = '';
    while (!answer.includes(NOT_FOUND)) answer = await others.alice.call(frame);
    mallory.socket.resume();
    expect((await mallory.closed).code).toBe(1013);
    await expectBystandersGoOn(others);
    expect(log).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        peer: 'mallory',
        reason: expect.stringContaining('too slow'),
      }),
    );
  });

  test('[BR10] is closed when it asks and does not read', async () => {
    const { mallory, ...others } = await scene({ maxBufferedBytes: 1_000_000 });
    await mallory.call(`1 CREATE-ENTRY\nbig\nbig\n${'x'.repeat(500_000)}`);
    mallory.socket.pause();
    const gone = async () => (await others.alice.call('1 GET-ENTRY\nbig\nbig')).includes('NOT_FOUND');
    while (!(await gone())) for (let i = 0; i < 10; i++) mallory.send('2 GET-ENTRY\nbig\nbig');
    await expectBystandersGoOn(others);
  });

  test('[BR11] frees its EVA and its entries when it breaks off', async () => {
    const { alice, mallory } = await scene();
    await mallory.call('1 CREATE-ENTRY\nrooms\nred\nS1');
    mallory.socket.terminate();
    await vi.waitFor(async () => expect(await alice.call('1 GET-ENTRY\nrooms\nred')).toContain('NOT_FOUND'));
    expect(await alice.call('2 SEND_TO_ENDPOINT\nmallory\nhi')).toContain(NOT_FOUND);
    expect(await alice.call('3 CREATE-ENTRY\nrooms\nred\nS2')).toBe('3 CREATE-ENTRY\nOK');
  });
});
