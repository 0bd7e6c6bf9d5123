import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Broker, createBroker } from '../../src/broker/broker.ts';
import { MarshallerHub } from '../../src/hubs/marshaller-hub.ts';
import { WebSocketHub } from '../../src/hubs/websocket-hub.ts';
import { connect, inbox, until } from '../../src/testing/peers.ts';
import { WebSocketFactory } from '../../src/websocket/websocket-factory.ts';
import { captureLog } from '../support/log.ts';

captureLog();

/** Three bytes a unit: more than any other character. */
const WIDE = '€'.repeat(100_000);

let broker: Broker;
beforeEach(async () => {
  broker = await createBroker({ host: '127.0.0.1', port: 0, maxFrameBytes: 65_536 });
});
afterEach(() => broker.close());

/** Two connected sides, which do not know that the broker takes small frames. */
async function bothSides() {
  const factory = new WebSocketFactory(broker.url);
  const newHub = () => new MarshallerHub<string>(new WebSocketHub(factory));
  const [alice, bob] = [newHub().openEndpoint('alice'), newHub().openEndpoint('bob')];
  await connect(alice, bob);
  return { alice, bob };
}

test('[MH9] gets fragments of the default size through a broker that takes 64 KiB a frame, whatever is in them', async () => {
  const { alice, bob } = await bothSides();
  const received = inbox(bob);
  alice.send('bob', WIDE);
  await until(() => received.length > 0, 'the message');
  expect(received.map(({ message }) => message === WIDE)).toEqual([true]);
  for (const each of [alice, bob]) each.destroy();
});
