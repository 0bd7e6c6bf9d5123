import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Broker, createBroker } from '../../src/broker/broker.ts';
import { MarshallerHub } from '../../src/hubs/marshaller-hub.ts';
import { ReliableRtcHub } from '../../src/hubs/reliable-rtc-hub.ts';
import { WebSocketHub } from '../../src/hubs/websocket-hub.ts';
import { WebSocketRegistryClient } from '../../src/registry/websocket-registry-client.ts';
import { connect, inbox, states, until } from '../../src/testing/peers.ts';
import { WebSocketFactory } from '../../src/websocket/websocket-factory.ts';
import { captureLog } from '../support/log.ts';

captureLog();

let broker: Broker;
let port: number;
const ends: (() => void)[] = [];

beforeEach(async () => {
  broker = await createBroker({ port: 0 });
  port = Number(new URL(broker.url).port);
});

afterEach(async () => {
  for (const end of ends.splice(0)) end();
  await broker.close();
});

/** An endpoint of the whole stack, and the registry of its broker. */
function openPeer(eva: string) {
  const webSocketHub = new WebSocketHub(new WebSocketFactory(`ws://127.0.0.1:${port}/vnf-ws`));
  const endpoint = new MarshallerHub<string>(new ReliableRtcHub(webSocketHub)).openEndpoint(eva);
  const registry = new WebSocketRegistryClient(webSocketHub.openEndpoint(eva).getWebSocketRpc());
  ends.push(registry.destroy, endpoint.destroy);
  return { endpoint, registry };
}

test('[ST1] goes on talking over WebRTC while the broker restarts, and has its entries back after it', async () => {
  const alice = openPeer('alice');
  const bob = openPeer('bob');
  await connect(alice.endpoint, bob.endpoint);
  await alice.registry.createEntry({ collection: 'peers', name: 'alice' }, { here: true });
  const seen = [states(alice.endpoint), states(bob.endpoint)];
  const atBob = inbox(bob.endpoint);
  const atAlice = inbox(alice.endpoint);

  await broker.close();
  alice.endpoint.send('bob', 'while the broker is away');
  bob.endpoint.send('alice', 'so what');
  await until(() => atBob.length > 0 && atAlice.length > 0);

  broker = await createBroker({ port });
  // Either client may be back first.
  const found = () => bob.registry.getEntriesWithBody('peers');
  await vi.waitFor(async () => expect(await found()).toEqual({ alice: { here: true } }), { timeout: 10_000 });
  alice.endpoint.send('bob', 'and after it');
  await until(() => atBob.length > 1);
  expect(atBob.map(({ message }) => message)).toEqual(['while the broker is away', 'and after it']);
  expect(seen).toEqual([[], []]);
});
