import { describe, expect, test } from 'vitest';
import { captureLog } from '../support/log.ts';
import { RawClient, startBroker } from './raw-client.ts';

captureLog();

/** A broker and two clients that have logged in. */
async function pair(): Promise<{ url: string; alice: RawClient; bob: RawClient }> {
  const { url } = await startBroker();
  return { url, alice: await RawClient.login(url, 'alice'), bob: await RawClient.login(url, 'bob') };
}

describe('the engine', () => {
  test('[BR20] refuses a header without a space', async () => {
    const { alice } = await pair();
    expect(await alice.call('LOGIN')).toBe('CALL_ERROR\nLOGIN\nCALL_FAILED_COMMAND_HEADER_MALFORMED');
    expect(await alice.call('')).toBe('CALL_ERROR\n\nCALL_FAILED_COMMAND_HEADER_MALFORMED');
    expect(await alice.call('5\nLOGIN me')).toBe('CALL_ERROR\n5\nCALL_FAILED_COMMAND_HEADER_MALFORMED');
  });

  test('[BR20] refuses a header of more than 256 units', async () => {
    const { alice } = await pair();
    const longest = `${'1'.repeat(251)} PING`;
    expect(await alice.call(longest)).toBe(longest);
    expect(await alice.call(`1${longest}`)).toBe(
      `CALL_ERROR\n1${longest}\nCALL_FAILED_COMMAND_HEADER_MALFORMED`,
    );
  });

  test.each(['NO-SUCH', 'ping', '', ' PING', 'PING ', '__proto__', 'constructor'])(
    '[BR21] refuses the unknown command %j',
    async (command) => {
      const { alice } = await pair();
      expect(await alice.call(`1 ${command}`)).toBe(`CALL_ERROR\n1 ${command}\nCALL_FAILED_UNKNOWN_METHOD`);
    },
  );

  test.each([
    'PING',
    'NO-SUCH',
    'SEND_TO_ENDPOINT',
    'CREATE-ENTRY',
    'CREATE-OR-UPDATE-ENTRY',
    'GET-ENTRY',
    'GET-ENTRIES-WITH-BODY',
    'DELETE-ENTRY',
  ])('[BR22] refuses %s before LOGIN', async (command) => {
    const { url } = await startBroker();
    const client = await RawClient.open(url);
    expect(await client.call(`0 ${command}\na\nb\nc`)).toBe(
      `CALL_ERROR\n0 ${command}\nCALL_FAILED_AUTHENTICATION_REQUIRED`,
    );
  });

  test('[BR24] answers PING with its header', async () => {
    const { alice } = await pair();
    expect(await alice.call('1 PING')).toBe('1 PING');
    expect(await alice.call('2 PING\nwhatever')).toBe('2 PING');
  });

  const NAMES = [
    'CREATE-ENTRY',
    'CREATE-OR-UPDATE-ENTRY',
    'DELETE-ENTRY',
    'GET-ENTRIES-WITH-BODY',
    'GET-ENTRY',
    'LOGIN',
    'PING',
    'SEND_TO_ENDPOINT',
  ];

  test('[BR25] answers HELP with the sorted names, before LOGIN too', async () => {
    const { url } = await startBroker();
    const client = await RawClient.open(url);
    expect(await client.call('0 HELP\nno-header')).toBe(['0 HELP', ...NAMES].join('\n'));
    const [header, ...lines] = (await client.call('1 HELP')).split('\n');
    expect(header).toBe('1 HELP');
    expect(lines.slice(3)).toEqual(NAMES);
  });
});

describe('LOGIN', () => {
  test('[BR1] answers OK for a free EVA', async () => {
    const { url } = await startBroker();
    const client = await RawClient.open(url);
    expect(await client.call('0 LOGIN\nalice')).toBe('0 LOGIN\nOK');
  });

  test('[BR2] answers a second one on the same socket', async () => {
    const { alice } = await pair();
    expect(await alice.call('1 LOGIN\nalice')).toBe('1 LOGIN\nOK');
    expect(await alice.call('2 LOGIN\ncarol')).toBe('2 LOGIN\nNOT-OK-ALREADY-AUTHORIZED');
    expect(await alice.call('3 SEND_TO_ENDPOINT\ncarol\nhi')).toBe(
      '3 SEND_TO_ENDPOINT\nSEND_TO_ENDPOINT_RECIPIENT_ENDPOINT_CANNOT_BE_FOUND',
    );
  });

  test('[BR23] refuses a missing EVA and one of two lines', async () => {
    const { url } = await startBroker();
    const client = await RawClient.open(url);
    expect(await client.call('0 LOGIN')).toBe('CALL_ERROR\n0 LOGIN\nCALL_FAILED_UNEXPECTED_EXCEPTION');
    expect(await client.call('1 LOGIN\na\nb')).toBe('CALL_ERROR\n1 LOGIN\nCALL_FAILED_UNEXPECTED_EXCEPTION');
    expect(await client.call('2 LOGIN\na')).toBe('2 LOGIN\nOK');
  });
});

describe('SEND_TO_ENDPOINT', () => {
  test('[BR26] reaches the other client, unchanged and in order', async () => {
    const { alice, bob } = await pair();
    const bodies = ['', 'hello', 'two\nlines\n', ' ', '🦊 \u0000 ü', 'x'.repeat(100_000)];
    for (const [i, body] of bodies.entries()) alice.send(`${i} SEND_TO_ENDPOINT\nbob\n${body}`);
    for (const [i, body] of bodies.entries()) {
      expect(await bob.next()).toBe(`ENDPOINT_MESSAGE\nalice\n${body}`);
      expect(await alice.next()).toBe(`${i} SEND_TO_ENDPOINT`);
    }
  });

  test('[BR26] reaches the sender itself, before the result', async () => {
    const { alice } = await pair();
    expect(await alice.call('1 SEND_TO_ENDPOINT\nalice\nme')).toBe('ENDPOINT_MESSAGE\nalice\nme');
    expect(await alice.next()).toBe('1 SEND_TO_ENDPOINT');
  });

  test('[BR27] tells that nobody has the EVA', async () => {
    const { alice, bob } = await pair();
    const missing = 'SEND_TO_ENDPOINT_RECIPIENT_ENDPOINT_CANNOT_BE_FOUND';
    expect(await alice.call('1 SEND_TO_ENDPOINT\ncarol\nhi')).toBe(`1 SEND_TO_ENDPOINT\n${missing}`);
    bob.socket.close();
    await bob.closed;
    expect(await alice.call('2 SEND_TO_ENDPOINT\nbob\nhi')).toBe(`2 SEND_TO_ENDPOINT\n${missing}`);
  });

  test('[BR28] refuses a missing argument and a missing body', async () => {
    const { alice } = await pair();
    expect(await alice.call('1 SEND_TO_ENDPOINT')).toBe(
      'CALL_ERROR\n1 SEND_TO_ENDPOINT\nSEND_TO_ENDPOINT_ARGUMENT_CANNOT_BE_NULL',
    );
    expect(await alice.call('2 SEND_TO_ENDPOINT\nbob')).toBe(
      'CALL_ERROR\n2 SEND_TO_ENDPOINT\nSEND_TO_ENDPOINT_MALFORMED_ARGUMENT',
    );
  });
});

describe('the registry', () => {
  test('[BR29] creates an entry once', async () => {
    const { alice, bob } = await pair();
    expect(await alice.call('1 CREATE-ENTRY\nrooms\nred\nSone\ntwo')).toBe('1 CREATE-ENTRY\nOK');
    for (const client of [alice, bob]) {
      expect(await client.call('2 CREATE-ENTRY\nrooms\nred\nSthree')).toBe(
        'CALL_ERROR\n2 CREATE-ENTRY\nCREATE_FAILED_ENTRY_ALREADY_EXISTS',
      );
    }
    expect(await bob.call('3 GET-ENTRY\nrooms\nred')).toBe('3 GET-ENTRY\nSone\ntwo');
  });

  test('[BR30] creates or updates what is the own', async () => {
    const { alice, bob } = await pair();
    expect(await alice.call('1 CREATE-OR-UPDATE-ENTRY\nrooms\nred\nS1')).toBe('1 CREATE-OR-UPDATE-ENTRY\nOK');
    expect(await alice.call('2 CREATE-OR-UPDATE-ENTRY\nrooms\nred\nS2')).toBe('2 CREATE-OR-UPDATE-ENTRY\nOK');
    expect(await bob.call('1 CREATE-OR-UPDATE-ENTRY\nrooms\nred\nS3')).toBe(
      'CALL_ERROR\n1 CREATE-OR-UPDATE-ENTRY\nUPDATE_FAILED_DUE_TO_OWNERSHIP_CHECK',
    );
    expect(await bob.call('2 GET-ENTRY\nrooms\nred')).toBe('2 GET-ENTRY\nS2');
  });

  test('[BR31] tells that there is no entry', async () => {
    const { alice } = await pair();
    expect(await alice.call('1 GET-ENTRY\nrooms\nred')).toBe(
      'CALL_ERROR\n1 GET-ENTRY\nGET_FAILED_ENTRY_NOT_FOUND',
    );
  });

  test('[BR32] lists a collection with its values', async () => {
    const { alice, bob } = await pair();
    await alice.call('1 CREATE-ENTRY\nrooms\nred one\nSa\nb');
    await bob.call('1 CREATE-ENTRY\nrooms\nblue\nS🦊');
    await bob.call('2 CREATE-ENTRY\nrooms\nempty\n');
    expect(await alice.call('2 GET-ENTRIES-WITH-BODY\nrooms')).toBe(
      '2 GET-ENTRIES-WITH-BODY\n4 red one\nSa\nb\n3 blue\nS🦊\n0 empty\n',
    );
    expect(await alice.call('3 GET-ENTRIES-WITH-BODY\nnothing')).toBe('3 GET-ENTRIES-WITH-BODY\n');
  });

  test('[BR33] deletes what is the own', async () => {
    const { alice, bob } = await pair();
    await alice.call('1 CREATE-ENTRY\nrooms\nred\nS1');
    expect(await bob.call('1 DELETE-ENTRY\nrooms\nred')).toBe(
      'CALL_ERROR\n1 DELETE-ENTRY\nDELETE_FAILED_DUE_TO_OWNERSHIP_CHECK',
    );
    expect(await alice.call('2 DELETE-ENTRY\nrooms\nred')).toBe('2 DELETE-ENTRY\nOK');
    expect(await alice.call('3 DELETE-ENTRY\nrooms\nred')).toBe(
      'CALL_ERROR\n3 DELETE-ENTRY\nDELETE_FAILED_ENTRY_NOT_FOUND',
    );
    expect(await bob.call('2 CREATE-ENTRY\nrooms\nred\nS2')).toBe('2 CREATE-ENTRY\nOK');
  });

  test.each([
    'CREATE-ENTRY',
    'CREATE-ENTRY\nrooms',
    'CREATE-ENTRY\nrooms\nred',
    'CREATE-OR-UPDATE-ENTRY',
    'CREATE-OR-UPDATE-ENTRY\nrooms\nred',
    'GET-ENTRY',
    'GET-ENTRY\nrooms',
    'GET-ENTRY\nrooms\nred\nS1',
    'GET-ENTRIES-WITH-BODY',
    'GET-ENTRIES-WITH-BODY\nrooms\nred',
    'DELETE-ENTRY',
    'DELETE-ENTRY\nrooms',
    'DELETE-ENTRY\nrooms\nred\nS1',
  ])('[BR34] refuses the parts of %j', async (call) => {
    const { alice } = await pair();
    const [command] = call.split('\n');
    expect(await alice.call(`1 ${call}`)).toBe(
      `CALL_ERROR\n1 ${command}\nSTORE_SERVICE_COMMAND_FAILED_MALFORMED_FORMAT`,
    );
  });

  test('[BR35] bounds the entries of one client', async () => {
    const { url } = await startBroker({ maxEntriesPerClient: 2 });
    const alice = await RawClient.login(url, 'alice');
    const bob = await RawClient.login(url, 'bob');
    const full = 'STORE_SERVICE_COMMAND_FAILED_TOO_MANY_ENTRIES';
    await alice.call('1 CREATE-ENTRY\nc\n1\nS');
    await alice.call('2 CREATE-ENTRY\nc\n2\nS');
    expect(await alice.call('3 CREATE-ENTRY\nc\n3\nS')).toBe(`CALL_ERROR\n3 CREATE-ENTRY\n${full}`);
    expect(await alice.call('4 CREATE-OR-UPDATE-ENTRY\nd\n3\nS')).toBe(
      `CALL_ERROR\n4 CREATE-OR-UPDATE-ENTRY\n${full}`,
    );
    expect(await alice.call('5 CREATE-OR-UPDATE-ENTRY\nc\n2\nSx')).toBe('5 CREATE-OR-UPDATE-ENTRY\nOK');
    expect(await bob.call('1 CREATE-ENTRY\nc\n3\nS')).toBe('1 CREATE-ENTRY\nOK');
    await alice.call('6 DELETE-ENTRY\nc\n1');
    expect(await alice.call('7 CREATE-ENTRY\nc\n4\nS')).toBe('7 CREATE-ENTRY\nOK');
  });

  test('[BR36] bounds the text of one client', async () => {
    const { url } = await startBroker({ maxEntryUnitsPerClient: 10 });
    const alice = await RawClient.login(url, 'alice');
    const full = 'STORE_SERVICE_COMMAND_FAILED_ENTRIES_TOO_LARGE';
    expect(await alice.call('1 CREATE-ENTRY\nc\n1\nS2345678')).toBe('1 CREATE-ENTRY\nOK');
    expect(await alice.call('2 CREATE-OR-UPDATE-ENTRY\nc\n1\nS23456789')).toBe(
      `CALL_ERROR\n2 CREATE-OR-UPDATE-ENTRY\n${full}`,
    );
    expect(await alice.call('3 CREATE-ENTRY\nc\n2\n')).toBe(`CALL_ERROR\n3 CREATE-ENTRY\n${full}`);
    expect(await alice.call('4 CREATE-OR-UPDATE-ENTRY\nc\n1\nS')).toBe('4 CREATE-OR-UPDATE-ENTRY\nOK');
    expect(await alice.call('5 CREATE-ENTRY\nc\n2\nS23')).toBe('5 CREATE-ENTRY\nOK');
    expect(await alice.call('6 DELETE-ENTRY\nc\n1')).toBe('6 DELETE-ENTRY\nOK');
    expect(await alice.call('7 CREATE-ENTRY\nc\n3\nS23')).toBe('7 CREATE-ENTRY\nOK');
  });
});
