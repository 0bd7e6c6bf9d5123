import { describe, expect, it } from 'vitest';
import { createBroker } from '../../src/broker/broker.ts';
import { WebSocketRegistryClient } from '../../src/registry/websocket-registry-client.ts';
import { runRegistryContract } from '../../src/testing/registry-contract.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { callUnits } from '../../src/websocket/call-table.ts';
import { WebSocketFactory } from '../../src/websocket/websocket-factory.ts';
import { WebSocketRpc } from '../../src/websocket/websocket-rpc.ts';
import { FakeSockets } from '../support/fake-socket.ts';
import { captureLog } from '../support/log.ts';
import { connectedEndpoint } from '../support/websocket-endpoint.ts';

const log = captureLog();
const warnings = () => log.filter(({ level }) => level === 'warn');

runRegistryContract(
  {
    name: 'WebSocketRegistryClient',
    async setup() {
      const broker = await createBroker({ host: '127.0.0.1', port: 0 });
      const factory = new WebSocketFactory(broker.url);
      return {
        connect: (eva) => new WebSocketRegistryClient(new WebSocketRpc(eva, factory)),
        teardown: () => broker.close(),
      };
    },
  },
  { describe, it },
);

const ONE = { collection: 'rooms', name: 'one' };
const TWO = { collection: 'rooms', name: 'two' };

function connected() {
  const clock = new VirtualClock();
  const sockets = new FakeSockets();
  const rpc = new WebSocketRpc('me', sockets, { clock });
  const registry = new WebSocketRegistryClient(rpc);
  sockets.last.login();
  return { clock, sockets, rpc, registry };
}

type Setup = ReturnType<typeof connected>;

/** The broker grants a write, and the client has heard it. */
async function granted({ sockets }: Setup, command: string, call: Promise<unknown>): Promise<void> {
  sockets.last.answer(command, 'OK');
  await call;
}

describe('WebSocketRegistryClient', () => {
  it('[RG13] sends the commands of the protocol', async () => {
    const { sockets, registry } = connected();
    registry.createEntry(ONE, 'x\ny');
    registry.createOrUpdate(ONE, { a: 1 });
    registry.getEntry(ONE);
    registry.getEntriesWithBody('rooms');
    registry.deleteEntry(ONE);
    expect(sockets.last.take()).toEqual([
      '1 CREATE-ENTRY\nrooms\none\nSx\ny',
      '2 CREATE-OR-UPDATE-ENTRY\nrooms\none\nJ{"a":1}',
      '3 GET-ENTRY\nrooms\none',
      '4 GET-ENTRIES-WITH-BODY\nrooms',
      '5 DELETE-ENTRY\nrooms\none',
    ]);
  });

  it('[RG14] makes the owned entries again after a reconnect, as they were last, before what waited goes out', async () => {
    const setup = connected();
    const { sockets, registry } = setup;
    await granted(setup, 'CREATE-ENTRY', registry.createEntry(ONE, 'old'));
    await granted(setup, 'CREATE-OR-UPDATE-ENTRY', registry.createOrUpdate(ONE, 'new'));
    await granted(setup, 'CREATE-ENTRY', registry.createEntry(TWO, { a: 1 }));
    sockets.last.break();
    registry.createOrUpdate(ONE, 'newest');
    sockets.last.login();
    expect(sockets.last.take().map((frame) => frame.slice(frame.indexOf(' ') + 1))).toEqual([
      'CREATE-OR-UPDATE-ENTRY\nrooms\none\nSnew',
      'CREATE-OR-UPDATE-ENTRY\nrooms\ntwo\nJ{"a":1}',
      'CREATE-OR-UPDATE-ENTRY\nrooms\none\nSnewest',
    ]);
  });

  it('[RG14] does not make again what was deleted, or what was never granted', async () => {
    const setup = connected();
    const { sockets, registry } = setup;
    await granted(setup, 'CREATE-ENTRY', registry.createEntry(ONE, 'x'));
    await granted(setup, 'DELETE-ENTRY', registry.deleteEntry(ONE));
    const refused = registry.createEntry(TWO, 'x');
    sockets.last.receive(
      `CALL_ERROR\n${sockets.last.header('CREATE-ENTRY')}\nCREATE_FAILED_ENTRY_ALREADY_EXISTS`,
    );
    await expect(refused).rejects.toBe('CREATE_FAILED_ENTRY_ALREADY_EXISTS');
    sockets.last.break();
    sockets.last.login();
    expect(sockets.last.take()).toEqual([]);
  });

  it('[RG14] gives up an entry that another client has taken meanwhile', async () => {
    const setup = connected();
    const { sockets, registry } = setup;
    await granted(setup, 'CREATE-ENTRY', registry.createEntry(ONE, 'x'));
    sockets.last.break();
    sockets.last.login();
    const header = sockets.last.header('CREATE-OR-UPDATE-ENTRY');
    sockets.last.receive(`CALL_ERROR\n${header}\nUPDATE_FAILED_DUE_TO_OWNERSHIP_CHECK`);
    await expect.poll(() => warnings().map(({ text }) => text)).toContain('a registry entry is lost');
    sockets.last.break();
    setup.clock.advance(10_000);
    sockets.last.login();
    expect(sockets.last.take()).toEqual([]);
  });

  it('[RG14] keeps calls without an answer over a reconnect', async () => {
    const { sockets, registry } = connected();
    const call = registry.getEntry(ONE);
    sockets.last.break();
    sockets.last.login();
    sockets.last.answer('GET-ENTRY', 'Sx');
    expect(await call).toBe('x');
  });

  it('[RG17] makes its entries again and deletes them where the buffer of the RPC is full', async () => {
    const { sockets, endpoint, answer } = connectedEndpoint({ maxFrameBytes: Number.POSITIVE_INFINITY });
    const rpc = endpoint.getWebSocketRpc();
    const registry = new WebSocketRegistryClient(rpc);
    const created = registry.createEntry(ONE, 'x');
    sockets.last.answer('CREATE-ENTRY', 'OK');
    await created;
    sockets.last.break();
    const besides = callUnits('you\nMESSAGE\n');
    endpoint.send('you', 'x'.repeat(endpoint.getSendCapacity('you') - besides));
    expect(endpoint.getSendCapacity('you')).toBe(0);
    sockets.last.login();
    expect(sockets.last.take().map((frame) => frame.slice(frame.indexOf(' ') + 1))).toEqual([
      'CREATE-OR-UPDATE-ENTRY\nrooms\none\nSx',
      'SEND_TO_ENDPOINT\nyou\nHANDSHAKE',
    ]);
    expect(rpc.getSendCapacity()).toBe(0);
    answer();
    expect(endpoint.getConnectionState('you')).toBe('CONNECTED');
    sockets.last.take();
    registry.destroy();
    expect(sockets.last.take()).toEqual([expect.stringMatching(/ DELETE-ENTRY\nrooms\none$/)]);
    endpoint.destroy();
  });

  it.each<[string, (client: WebSocketRegistryClient) => Promise<unknown>, string | undefined]>([
    ['GET-ENTRY', (client) => client.getEntry(ONE), 'Xunknown'],
    ['GET-ENTRY', (client) => client.getEntry(ONE), 'J{'],
    ['GET-ENTRY', (client) => client.getEntry(ONE), undefined],
    ['GET-ENTRIES-WITH-BODY', (client) => client.getEntriesWithBody('rooms'), '99 one\nSx'],
    ['GET-ENTRIES-WITH-BODY', (client) => client.getEntriesWithBody('rooms'), '2 one\nJ{'],
    ['CREATE-ENTRY', (client) => client.createEntry(ONE, 'x'), 'WHAT'],
    ['DELETE-ENTRY', (client) => client.deleteEntry(ONE), undefined],
  ])('[RG15] rejects %s and logs it when the result is malformed (%#)', async (command, call, result) => {
    const { sockets, registry } = connected();
    const outcome = call(registry);
    sockets.last.answer(command, result);
    await expect(outcome).rejects.toBe('CALL_FAILED_UNEXPECTED_EXCEPTION');
    expect(warnings()).toMatchObject([{ endpoint: 'me', reason: expect.stringContaining(command) }]);
  });

  it('[RG16] deletes its entries and leaves the RPC to its other users when it is destroyed', async () => {
    const setup = connected();
    const { sockets, rpc, registry } = setup;
    rpc.allocateUsage();
    await granted(setup, 'CREATE-ENTRY', registry.createEntry(ONE, 'x'));
    const late = registry.createEntry(TWO, 'y');
    sockets.last.take();
    registry.destroy();
    expect(sockets.last.take()).toEqual(['3 DELETE-ENTRY\nrooms\none']);
    sockets.last.receive('2 CREATE-ENTRY\nOK');
    await late;
    expect(sockets.last.take()).toEqual(['4 DELETE-ENTRY\nrooms\ntwo']);
    expect(rpc.isDestroyed()).toBe(false);
    sockets.last.break();
    sockets.last.login();
    expect(sockets.last.take()).toEqual([]);
    rpc.releaseUsage();
    expect(rpc.isDestroyed()).toBe(true);
  });

  it('[RG16] destroys the RPC that nobody else uses', () => {
    const { rpc, registry } = connected();
    registry.destroy();
    expect(rpc.isDestroyed()).toBe(true);
  });

  it('[RG16] ends with its RPC', async () => {
    const { rpc, registry } = connected();
    rpc.destroy();
    await expect(registry.getEntry(ONE)).rejects.toBe('INSTANCE_DESTROYED');
  });

  it('[RG16] throws on anything but a WebSocketRpc', () => {
    expect(() => new WebSocketRegistryClient({} as never)).toThrow(/needs a WebSocketRpc/);
  });
});
