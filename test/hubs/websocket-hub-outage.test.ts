import { afterEach, describe, expect, it } from 'vitest';
import { type Broker, createBroker } from '../../src/broker/broker.ts';
import { WebSocketHub } from '../../src/hubs/websocket-hub.ts';
import { WebSocketRegistryClient } from '../../src/registry/websocket-registry-client.ts';
import { connect, inbox, losses, states, until } from '../../src/testing/peers.ts';
import { WebSocketFactory } from '../../src/websocket/websocket-factory.ts';
import { captureLog } from '../support/log.ts';

captureLog();

const host = '127.0.0.1';

describe('WebSocketHub on a broker that restarts', () => {
  let broker: Broker;
  afterEach(() => broker.close());

  it('[WH20] reads reconnecting, delivers in order what was sent meanwhile, and has its registry entries back', async () => {
    broker = await createBroker({ host, port: 0 });
    const factory = new WebSocketFactory(broker.url);
    const alice = new WebSocketHub(factory).openEndpoint('alice');
    const bob = new WebSocketHub(factory).openEndpoint('bob');
    const key = { collection: 'rooms', name: 'one' };
    const registry = new WebSocketRegistryClient(alice.getWebSocketRpc());
    const reader = new WebSocketRegistryClient(bob.getWebSocketRpc());
    await registry.createEntry(key, 'alice');
    await connect(alice, bob);
    const [toAlice, toBob] = [inbox(alice), inbox(bob)];
    const [aliceStates, bobStates] = [states(alice), states(bob)];
    const lost = [losses(alice), losses(bob)];
    alice.send('bob', '0');
    bob.send('alice', '0');
    await until(() => toBob.length + toAlice.length === 2);

    await broker.close();
    const reconnecting = () =>
      [alice.getConnectionState('bob'), bob.getConnectionState('alice')].every(
        (state) => state === 'reconnecting',
      );
    await until(reconnecting, 'both sides reconnecting');
    for (let index = 1; index <= 50; index += 1) {
      alice.send('bob', `${index}`);
      bob.send('alice', `${index}`);
    }
    broker = await createBroker({ host, port: Number(new URL(factory.url).port) });
    await until(() => toAlice.length >= 51 && toBob.length >= 51, 'what was sent meanwhile');

    const expected = Array.from({ length: 51 }, (_, index) => `${index}`);
    expect(toAlice.map(({ message }) => message)).toEqual(expected);
    expect(toBob.map(({ message }) => message)).toEqual(expected);
    await until(
      () =>
        alice.getConnectionState('bob') === 'CONNECTED' && bob.getConnectionState('alice') === 'CONNECTED',
    );
    expect(aliceStates.map(({ state }) => state)).toEqual(['reconnecting', 'CONNECTED']);
    expect(bobStates.map(({ state }) => state)).toEqual(['reconnecting', 'CONNECTED']);
    expect(lost).toEqual([[], []]);
    expect(await reader.getEntry(key)).toBe('alice');
    for (const each of [registry, reader, alice, bob]) each.destroy();
  });

  it('[WH21] loses nothing that was sent right before the outage', async () => {
    broker = await createBroker({ host, port: 0 });
    const factory = new WebSocketFactory(broker.url);
    const alice = new WebSocketHub(factory).openEndpoint('alice');
    const bob = new WebSocketHub(factory).openEndpoint('bob');
    await connect(alice, bob);
    const received = inbox(bob);
    const closed = broker.close();
    for (let index = 0; index < 100; index += 1) alice.send('bob', `${index}`);
    await closed;
    broker = await createBroker({ host, port: Number(new URL(factory.url).port) });
    await until(() => received.some(({ message }) => message === '99'), 'the last message');
    // A message whose answer was lost comes twice, and those behind it with it; none is left out.
    expect(new Set(received.map(({ message }) => message)).size).toBe(100);
    for (const each of [alice, bob]) each.destroy();
  });

  it('[WH11] lets the other side see a destroyed endpoint’s connection closed', async () => {
    broker = await createBroker({ host, port: 0 });
    const factory = new WebSocketFactory(broker.url);
    const alice = new WebSocketHub(factory).openEndpoint('alice');
    const bob = new WebSocketHub(factory).openEndpoint('bob');
    await connect(alice, bob);
    alice.send('bob', 'last words');
    const received = inbox(bob);
    alice.destroy();
    await until(() => bob.getConnectionState('alice') === 'closed', 'closed');
    expect(received.map(({ message }) => message)).toEqual(['last words']);
    bob.destroy();
  });
});
