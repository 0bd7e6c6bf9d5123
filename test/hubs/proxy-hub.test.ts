import { expect, test } from 'vitest';
import type { ParentEndpoint, ParentHub } from '../../src/core/contracts.ts';
import { setLogger } from '../../src/core/logger.ts';
import { InBrowserHub } from '../../src/hubs/in-browser-hub.ts';
import { MarshallerHub } from '../../src/hubs/marshaller-hub.ts';
import { ReliableHub } from '../../src/hubs/reliable-hub.ts';
import { connect, inbox, open, states, until } from '../../src/testing/peers.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { captureLog } from '../support/log.ts';

const log = captureLog();

/** A hub with nothing but what version 0.2.1 had, on which one method does something else. */
function bareHub(bottom: InBrowserHub, change: Partial<ParentEndpoint> = {}): ParentHub {
  return {
    openEndpoint(eva) {
      const endpoint = bottom.openEndpoint(eva);
      const { openConnection, isConnected, send, closeConnection } = endpoint;
      const { onConnectionOpen, onConnectionLost, onDestroy, destroy, isDestroyed } = endpoint;
      const bare: ParentEndpoint = {
        eva,
        onMessage: undefined,
        openConnection,
        isConnected,
        send,
        closeConnection,
        onConnectionOpen,
        onConnectionLost,
        onDestroy,
        destroy,
        isDestroyed,
        ...change,
      };
      endpoint.onMessage = (event) => bare.onMessage?.(event);
      return bare;
    },
  };
}

test.each([undefined, null, {}, 'hub'])('[PX1] refuses %j as a parent', (parent) => {
  expect(() => new MarshallerHub(parent as never)).toThrow(/parent of MarshallerHub must be a hub/);
});

test('[PX2] works on a hub with nothing but the methods of version 0.2.1', async () => {
  const bottom = new InBrowserHub();
  const alice = new MarshallerHub(bareHub(bottom)).openEndpoint('alice');
  const bob = new MarshallerHub(bareHub(bottom)).openEndpoint('bob');
  await connect(alice, bob);
  const received = inbox(bob);
  const seen = states(bob);
  alice.send('bob', { a: 1 });
  alice.closeConnection('bob');
  await until(() => seen.length > 0);
  expect(received).toEqual([{ from: 'alice', message: { a: 1 } }]);
  // Such a hub cannot say that the other side closed on purpose.
  expect(seen.map(({ state }) => state)).toEqual(['lost']);
});

test('[PX3] fails the attempt when its parent throws, and can open again', async () => {
  let isBroken = true;
  const bottom = new InBrowserHub();
  const parents = new Map<string, ParentEndpoint>();
  const hub: ParentHub = {
    openEndpoint(eva) {
      const endpoint = bareHub(bottom).openEndpoint(eva);
      const { openConnection } = endpoint;
      endpoint.openConnection = (...args) => {
        if (isBroken) throw new Error('out of order');
        openConnection(...args);
      };
      parents.set(eva, endpoint);
      return endpoint;
    },
  };
  const alice = new MarshallerHub(hub).openEndpoint('alice');
  bottom.openEndpoint('bob');
  expect((await open(alice, 'bob')).status).toBe('FAILED');
  expect(log.find(({ level }) => level === 'error')).toMatchObject({
    endpoint: 'alice',
    peer: 'bob',
    reason: 'out of order',
  });
  isBroken = false;
  expect((await open(alice, 'bob')).status).toBe('CONNECTED');
});

test('[PX4] reads reconnecting on a parent connection that is interrupted already', async () => {
  const clock = new VirtualClock();
  const reliable = new ReliableHub(new InBrowserHub(), { clock });
  const bottom = reliable.openEndpoint('alice');
  const bob = reliable.openEndpoint('bob');
  await connect(bottom, bob);
  const marshalled = new MarshallerHub(reliable).openEndpoint('alice');
  // Nothing is heard, since no timer of the other side runs either: the clock alone moves on.
  const silence = states(bottom);
  for (let waited = 0; silence.length === 0 && waited < 20_000; waited += 100) clock.advance(100);
  expect(silence.map(({ state }) => state)).toEqual(['reconnecting']);
  const seen = states(marshalled);
  marshalled.openConnection('bob', () => {});
  expect(seen.map(({ state }) => state)).toEqual(['connecting', 'CONNECTED', 'reconnecting']);
  reliable.openEndpoint('bob').destroy();
  marshalled.destroy();
});

test('[EP6] survives a logger that throws', async () => {
  const boom = () => {
    throw new Error('boom');
  };
  setLogger({ debug: boom, info: boom, warn: boom, error: boom });
  const hub = new InBrowserHub();
  const alice = hub.openEndpoint('alice');
  const bob = hub.openEndpoint('bob');
  alice.onConnectionOpen(boom);
  await connect(alice, bob);
  const received = inbox(bob);
  alice.send('bob', 'still here');
  await until(() => received.length > 0);
});
