import type { Endpoint } from '../core/contracts.ts';
import { equal, holds } from './assert.ts';
import type { Ability, HubBench, HubCheck } from './hub-contract.ts';
import { inbox, losses } from './peers.ts';

const NAMES = {
  'a prototype name': '__proto__',
  'a method name': 'constructor',
  'an empty string': '',
  'a name with spaces': ' a name ',
  'a name outside the basic plane': '𝕧𝕟𝕗-😀',
  'a name of 10 000 characters': 'n'.repeat(10_000),
};

/** The cases of the hub contract that are about endpoints and their addresses. */
export function checkEndpoints(check: HubCheck<HubBench>): void {
  for (const [name, eva] of Object.entries(NAMES)) {
    const needs: Ability[] = eva.length > 100 ? ['reliable', 'largeMessages'] : ['reliable'];
    check(`[HC21] carries ${name} as an address`, needs, async ({ connect, openEndpoint, until }) => {
      const named = openEndpoint(eva);
      const other = openEndpoint('other');
      await connect(other, named);
      const received = inbox(other);
      named.send('other', 'hello');
      await until(() => received.length > 0);
      equal(received, [{ from: eva, message: 'hello' }]);
    });
  }

  check(
    '[HC22] fails where nobody has the address',
    [],
    async ({ makeImpatient, newHub, openEndpoint, reads, until }) => {
      const hub = newHub();
      makeImpatient(hub);
      const alone = openEndpoint('alone', hub);
      const lost = losses(alone);
      const events: unknown[] = [];
      alone.openConnection('nobody', (event) => events.push(event));
      reads(alone, 'nobody', 'connecting');
      await until(() => events.length > 0);
      equal(events, [{ status: 'FAILED', targetEva: 'nobody', endpoint: alone }]);
      reads(alone, 'nobody', 'lost');
      equal(alone.isConnected('nobody'), false);
      equal(lost, []);
    },
  );

  check('[HC23] fails an opening connection that is closed', [], ({ openEndpoint, reads }) => {
    const alone = openEndpoint('alone');
    const events: string[] = [];
    alone.openConnection('nobody', ({ status }) => events.push(status));
    alone.closeConnection('nobody');
    equal(events, ['FAILED']);
    reads(alone, 'nobody', 'closed');
  });

  check(
    '[HC24] connects an endpoint to itself',
    ['reliable', 'ordered'],
    async ({ open, openEndpoint, until }) => {
      const alone = openEndpoint('alone');
      const received = inbox(alone);
      const lost = losses(alone);
      equal((await open(alone, 'alone')).status, 'CONNECTED');
      alone.send('alone', 'to myself');
      await until(() => received.length > 0);
      alone.send('alone', 'last words');
      alone.closeConnection('alone');
      await until(() => lost.length > 0);
      equal(lost, ['alone']);
      equal(
        received.map(({ message }) => message),
        ['to myself', 'last words'],
      );
    },
  );

  check('[HC25] ignores the close of an unknown connection', [], ({ openEndpoint }) => {
    const alone = openEndpoint('alone');
    alone.closeConnection('nobody');
    equal(alone.isDestroyed(), false);
  });

  check(
    '[HC26] throws a VnfError for what it cannot do',
    ['reliable'],
    async ({ connect, open, openEndpoint, openReachable, refuses, supports, until }) => {
      const alone = openEndpoint('alone');
      const call = alone as unknown as Record<string, (...args: unknown[]) => unknown>;
      const fails = (code: string, method: string, ...args: unknown[]) =>
        refuses(() => call[method]?.(...args), code);
      fails('ERR_INVALID_ARGUMENT', 'openConnection', 7, () => {});
      fails('ERR_INVALID_ARGUMENT', 'openConnection', 'two\nlines', () => {});
      fails('ERR_INVALID_ARGUMENT', 'openConnection', 'other', 'no function');
      fails('ERR_INVALID_ARGUMENT', 'send', undefined, 'text');
      fails('ERR_NOT_CONNECTED', 'send', 'other', 'text');
      fails('ERR_INVALID_ARGUMENT', 'onConnectionLost', 'no function');
      equal((await open(alone, 'alone')).status, 'CONNECTED');
      const atAlone = inbox(alone);
      const other = await openReachable('other');
      await connect(alone, other);
      const received = inbox(other);
      if (supports.anyValue) {
        const cycle: { self?: unknown } = {};
        cycle.self = cycle;
        for (const bad of [undefined, () => {}, 1n, cycle, Symbol('s')]) {
          fails('ERR_NOT_SERIALIZABLE', 'send', 'other', bad);
          fails('ERR_NOT_SERIALIZABLE', 'send', 'alone', bad);
        }
      } else {
        for (const bad of [undefined, null, 7, {}, new Uint8Array(1)]) {
          fails('ERR_INVALID_ARGUMENT', 'send', 'other', bad);
          fails('ERR_INVALID_ARGUMENT', 'send', 'alone', bad);
        }
      }
      alone.send('other', 'the only one');
      await until(() => received.length > 0);
      equal(received, [{ from: 'alone', message: 'the only one' }]);
      equal(atAlone, []);
      alone.destroy();
      fails('ERR_DESTROYED', 'send', 'other', 'text');
      fails('ERR_DESTROYED', 'openConnection', 'other', () => {});
    },
  );

  check(
    '[HC27] gives methods that work detached',
    ['reliable'],
    async ({ newHub, openEndpoint, openReachable, until }) => {
      const hub = newHub();
      const { openEndpoint: detachedOpen, getEndPoint } = hub;
      const alone = openEndpoint('alone', hub);
      equal(detachedOpen('alone'), alone);
      equal(getEndPoint('alone'), alone);
      const other = await openReachable('other');
      const received = inbox(other);
      const { openConnection, isConnected, send, closeConnection, onConnectionLost, destroy, isDestroyed } =
        alone;
      const lost: string[] = [];
      onConnectionLost((eva) => lost.push(eva));
      openConnection('other', () => {});
      await until(() => isConnected('other'));
      send('other', 'detached');
      await until(() => received.length > 0);
      closeConnection('other');
      equal(lost, ['other']);
      await Promise.resolve().then(destroy);
      equal(isDestroyed(), true);
      equal(getEndPoint('alone'), undefined);
    },
  );

  check('[HC28] destroys once', [], ({ newHub, openEndpoint }) => {
    const hub = newHub();
    const alone = openEndpoint('alone', hub);
    let destroyed = 0;
    alone.onDestroy(() => {
      destroyed += 1;
    });
    alone.destroy();
    alone.destroy();
    equal([destroyed, alone.isDestroyed()], [1, true]);
    holds(openEndpoint('alone', hub) !== alone, 'the endpoint is a new one');
  });

  check('[HC29] refuses an address that the wire cannot carry', [], ({ newHub, refuses }) => {
    const { openEndpoint } = newHub();
    for (const bad of [undefined, null, 7, {}, 'two\nlines']) {
      refuses(() => openEndpoint(bad as never), 'ERR_INVALID_ARGUMENT');
    }
  });

  check(
    '[HC30] carries any JSON value of any length',
    ['anyValue', 'reliable'],
    async ({ connect, openEndpoint, until }) => {
      const alice = openEndpoint('alice') as Endpoint<unknown>;
      const bob = openEndpoint('bob') as Endpoint<unknown>;
      await connect(alice, bob);
      const received = inbox(bob);
      const values = [
        0,
        null,
        false,
        [],
        {},
        '',
        { a: [1, 'zwei', { drei: '𝕧' }] },
        '𝕧😀'.repeat(100_000),
        'end',
      ];
      for (const value of values) alice.send('bob', value);
      await until(() => received.length >= values.length);
      equal(
        received.map(({ message }) => message),
        values,
      );
    },
  );
}
