import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Endpoint, Hub } from '../../src/core/contracts.ts';
import { VnfError } from '../../src/core/errors.ts';
import type { HubOptions } from '../../src/core/options.ts';
import { captureLog } from '../support/log.ts';
import { connect, inbox, losses, open, states, until } from '../support/peers.ts';
import { runBackpressureContract } from './backpressure-contract.ts';

/** A hub, or a stack of them, that has to keep the contract. */
export interface HubStack {
  name: string;
  /** Makes a world in which hubs of this kind reach each other, each made with the options. */
  setup(options?: HubOptions): Promise<HubWorld>;
  supports: {
    /** Takes any JSON value, of any length. */
    values: boolean;
  };
}

export interface HubWorld {
  /** A hub of its own for each side, or the same one where sides must share it. */
  newHub(): Hub<never>;
  /** Makes an attempt to reach nobody end soon. */
  makeImpatient(hub: Hub<never>): void;
  /** Whether others can open a connection to the address by now. */
  isReachable(eva: string): boolean;
  teardown(): Promise<void>;
}

const NAMES = {
  'a prototype name': '__proto__',
  'a method name': 'constructor',
  'an empty string': '',
  'a name with spaces': ' a name ',
  'a name outside the basic plane': '𝕧𝕟𝕗-😀',
  'a name of 10 000 characters': 'n'.repeat(10_000),
};

const TEXTS = {
  'an empty string': '',
  spaces: '  ',
  'ends of line': '\nfirst\n\nthird\n',
  'text outside the basic plane': '𝕧𝕟𝕗-😀',
  'a frame of the protocol': 'CLOSE-CONNECTION',
  'a reliable frame': 'MESSAGE x 0 text',
  '16 000 characters': 'ä'.repeat(16_000),
};

/** The tests that every hub passes, whatever it stands on (API.md, "Hubs" and "Endpoints"). */
export function runHubContract(stack: HubStack): void {
  describe(stack.name, () => {
    runBackpressureContract(stack);

    let world: HubWorld;
    const log = captureLog();
    const opened: Endpoint<string>[] = [];

    beforeEach(async () => {
      world = await stack.setup();
    });

    afterEach(async () => {
      for (const endpoint of opened.splice(0)) endpoint.destroy();
      await world.teardown();
    });

    function openEndpoint(eva: string, hub = world.newHub()): Endpoint<string> {
      const endpoint = (hub as unknown as Hub<string>).openEndpoint(eva);
      opened.push(endpoint);
      return endpoint;
    }

    async function openReachable(eva: string, hub = world.newHub()): Promise<Endpoint<string>> {
      const endpoint = openEndpoint(eva, hub);
      await until(() => world.isReachable(eva), `${eva} being reachable`);
      return endpoint;
    }

    describe.each([
      ['alice', 'bob'],
      ['bob', 'alice'],
    ])('%s opens to %s', (openerEva, acceptorEva) => {
      let opener: Endpoint<string>;
      let acceptor: Endpoint<string>;

      beforeEach(async () => {
        acceptor = await openReachable(acceptorEva);
        opener = await openReachable(openerEva);
      });

      test('[HC1] connects both sides and tells the callback once', async () => {
        const events: unknown[] = [];
        opener.openConnection(acceptorEva, (event) => events.push(event));
        await until(() => opener.isConnected(acceptorEva) && acceptor.isConnected(openerEva));
        await until(() => events.length > 0);
        expect(events).toEqual([{ status: 'CONNECTED', targetEva: acceptorEva, endpoint: opener }]);
      });

      test('[HC2] answers at once where the connection is there already', async () => {
        await connect(opener, acceptor);
        const statuses: string[] = [];
        opener.openConnection(acceptorEva, ({ status }) => statuses.push(status));
        acceptor.openConnection(openerEva, ({ status }) => statuses.push(status));
        expect(statuses).toEqual(['CONNECTED', 'CONNECTED']);
      });

      test('[HC3] calls the newest callback of a connection that is opening', async () => {
        const called: string[] = [];
        opener.openConnection(acceptorEva, () => called.push('first'));
        opener.openConnection(acceptorEva, () => called.push('second'));
        await until(() => called.length > 0);
        expect(called).toEqual(['second']);
      });

      test('[HC4] connects the accepting side before its first message', async () => {
        const seen: string[] = [];
        acceptor.onConnectionOpen((eva) => seen.push(`open ${eva}`));
        acceptor.onMessage = ({ sourceEva, message }) =>
          seen.push(`${message} ${acceptor.isConnected(sourceEva)}`);
        opener.openConnection(acceptorEva, () => opener.send(acceptorEva, 'hello'));
        await until(() => seen.length >= 2);
        expect(seen).toEqual([`open ${openerEva}`, 'hello true']);
      });

      test('[HC5] delivers messages in order, both ways', async () => {
        await connect(opener, acceptor);
        const atAcceptor = inbox(acceptor);
        const atOpener = inbox(opener);
        const texts = Array.from({ length: 100 }, (_, index) => `message ${index}`);
        for (const text of texts) {
          opener.send(acceptorEva, text);
          acceptor.send(openerEva, text);
        }
        await until(() => atAcceptor.length >= 100 && atOpener.length >= 100);
        expect(atAcceptor).toEqual(texts.map((message) => ({ from: openerEva, message })));
        expect(atOpener).toEqual(texts.map((message) => ({ from: acceptorEva, message })));
      });

      test.each(Object.entries(TEXTS))('[HC6] carries %s unchanged', async (_name, text) => {
        await connect(opener, acceptor);
        const received = inbox(acceptor);
        opener.send(acceptorEva, text);
        opener.send(acceptorEva, 'after');
        await until(() => received.length >= 2);
        expect(received.map(({ message }) => message)).toEqual([text, 'after']);
      });

      test('[HC7] holds the conversation of the seed', async () => {
        const transcript: string[] = [];
        opener.onMessage = ({ sourceEva, message }) => {
          transcript.push(message);
          if (message === 'I am good!') opener.closeConnection(sourceEva);
        };
        acceptor.onMessage = ({ sourceEva, message }) => {
          transcript.push(message);
          if (message === 'How are you?') acceptor.send(sourceEva, 'I am good!');
        };
        acceptor.onConnectionLost((eva) => {
          transcript.push(`lost ${eva}`);
          opener.destroy();
          acceptor.destroy();
        });
        opener.openConnection(acceptorEva, ({ status, targetEva }) => {
          transcript.push(status);
          if (status === 'CONNECTED') opener.send(targetEva, 'How are you?');
        });
        await until(() => acceptor.isDestroyed());
        expect(transcript).toEqual(['CONNECTED', 'How are you?', 'I am good!', `lost ${openerEva}`]);
      });

      test.each(['opener', 'acceptor'])('[HC8] tells both sides when the %s closes', async (side) => {
        await connect(opener, acceptor);
        const lostByOpener = losses(opener);
        const lostByAcceptor = losses(acceptor);
        if (side === 'opener') opener.closeConnection(acceptorEva);
        else acceptor.closeConnection(openerEva);
        await until(() => lostByOpener.length > 0 && lostByAcceptor.length > 0);
        expect([lostByOpener, lostByAcceptor]).toEqual([[acceptorEva], [openerEva]]);
        expect(opener.isConnected(acceptorEva) || acceptor.isConnected(openerEva)).toBe(false);
        expect(opener.getConnectionState(acceptorEva)).toBe('closed');
        expect(acceptor.getConnectionState(openerEva)).toBe('closed');
      });

      test('[HC9] delivers what was sent right before the close', async () => {
        await connect(opener, acceptor);
        const received = inbox(acceptor);
        const lost = losses(acceptor);
        opener.send(acceptorEva, 'last words');
        opener.closeConnection(acceptorEva);
        await until(() => lost.length > 0);
        expect(received).toEqual([{ from: openerEva, message: 'last words' }]);
      });

      test('[HC10] tells the other side when an endpoint is destroyed', async () => {
        await connect(opener, acceptor);
        const lost = losses(acceptor);
        const ownLost = losses(opener);
        opener.destroy();
        expect(ownLost).toEqual([acceptorEva]);
        await until(() => lost.length > 0);
        expect(lost).toEqual([openerEva]);
        expect(acceptor.isConnected(openerEva)).toBe(false);
      });

      test('[HC11] opens again after a close, and carries nothing over', async () => {
        await connect(opener, acceptor);
        const lost = losses(acceptor);
        opener.send(acceptorEva, 'old');
        opener.closeConnection(acceptorEva);
        await until(() => lost.length > 0);
        const received = inbox(acceptor);
        await connect(opener, acceptor);
        opener.send(acceptorEva, 'new');
        await until(() => received.length > 0);
        expect(received.map(({ message }) => message)).toEqual(['new']);
      });

      test('[HC12] opens again from the listener that hears of the loss', async () => {
        await connect(opener, acceptor);
        const statuses: string[] = [];
        let asked = false;
        opener.onConnectionLost((eva) => {
          if (asked) return;
          asked = true;
          opener.openConnection(eva, ({ status }) => statuses.push(status));
        });
        acceptor.closeConnection(openerEva);
        await until(() => statuses.length > 0);
        expect(statuses).toEqual(['CONNECTED']);
      });

      test('[HC13] makes one connection of two that are opened at once', async () => {
        const statuses: string[] = [];
        opener.openConnection(acceptorEva, ({ status }) => statuses.push(`opener ${status}`));
        acceptor.openConnection(openerEva, ({ status }) => statuses.push(`acceptor ${status}`));
        await until(() => statuses.length >= 2);
        expect(statuses.sort()).toEqual(['acceptor CONNECTED', 'opener CONNECTED']);
        await until(() => acceptor.isConnected(openerEva) && opener.isConnected(acceptorEva));
        const received = inbox(acceptor);
        const answers = inbox(opener);
        opener.send(acceptorEva, 'ping');
        acceptor.send(openerEva, 'pong');
        await until(() => received.length > 0 && answers.length > 0);
        expect([received.length, answers.length]).toEqual([1, 1]);
        expect([opener.getConnections().length, acceptor.getConnections().length]).toEqual([1, 1]);
      });

      test('[HC14] publishes every state once, in order, with the one before', async () => {
        const atOpener = states(opener);
        const atAcceptor = states(acceptor);
        await connect(opener, acceptor);
        opener.closeConnection(acceptorEva);
        await until(() => atAcceptor.some(({ state }) => state === 'closed'));
        const life = (targetEva: string) => [
          { targetEva, state: 'connecting', previous: undefined },
          { targetEva, state: 'CONNECTED', previous: 'connecting' },
          { targetEva, state: 'closed', previous: 'CONNECTED' },
        ];
        expect(atOpener).toEqual(life(acceptorEva));
        expect(atAcceptor).toEqual(life(openerEva));
      });

      test('[HC15] is in a state before it publishes it', async () => {
        const seen: string[] = [];
        opener.onConnectionStateChange(({ targetEva, state }) =>
          seen.push(`${state} ${opener.getConnectionState(targetEva)} ${opener.isConnected(targetEva)}`),
        );
        await connect(opener, acceptor);
        opener.closeConnection(acceptorEva);
        expect(seen).toEqual([
          'connecting connecting false',
          'CONNECTED CONNECTED true',
          'closed closed false',
        ]);
      });

      test('[HC16] lets a listener call back into the endpoint', async () => {
        const received = inbox(acceptor);
        opener.onConnectionOpen((eva) => {
          opener.send(eva, 'from the listener');
          opener.closeConnection(eva);
        });
        const event = await open(opener, acceptorEva);
        expect(event.status).toBe('CONNECTED');
        await until(() => received.length > 0);
        expect(opener.getConnections()).toEqual([]);
      });

      test('[HC31] delivers what either side sends as soon as it is open', async () => {
        const atOpener = inbox(opener);
        const atAcceptor = inbox(acceptor);
        opener.onConnectionOpen((eva) => opener.send(eva, 'from the opener'));
        acceptor.onConnectionOpen((eva) => acceptor.send(eva, 'from the acceptor'));
        await connect(opener, acceptor);
        await until(() => atOpener.length > 0 && atAcceptor.length > 0);
        expect(atOpener).toEqual([{ from: acceptorEva, message: 'from the acceptor' }]);
        expect(atAcceptor).toEqual([{ from: openerEva, message: 'from the opener' }]);
      });

      test('[HC32] tells the other side though it is destroyed inside a listener', async () => {
        const lost = losses(opener);
        acceptor.onConnectionOpen(() => acceptor.destroy());
        expect((await open(opener, acceptorEva)).status).toBe('CONNECTED');
        await until(() => lost.length > 0);
        expect([lost, opener.getConnectionState(acceptorEva)]).toEqual([[acceptorEva], 'closed']);
      });

      test('[HC33] closes and opens again inside one listener', async () => {
        await connect(opener, acceptor);
        const statuses: string[] = [];
        opener.onMessage = ({ sourceEva }) => {
          opener.closeConnection(sourceEva);
          expect(opener.isConnected(sourceEva)).toBe(false);
          opener.openConnection(sourceEva, ({ status }) => statuses.push(status));
        };
        acceptor.send(openerEva, 'start over');
        await until(() => statuses.length > 0);
        expect(statuses).toEqual(['CONNECTED']);
      });

      test('[HC33] closes and opens again inside the listener that hears of the connection', async () => {
        const statuses: string[] = [];
        let isFirst = true;
        opener.onConnectionOpen((eva) => {
          if (!isFirst) return;
          isFirst = false;
          opener.closeConnection(eva);
          expect(opener.isConnected(eva)).toBe(false);
          opener.openConnection(eva, ({ status }) => statuses.push(status));
        });
        opener.openConnection(acceptorEva, () => {});
        await until(() => statuses.length > 0);
        expect(statuses).toEqual(['CONNECTED']);
        expect(opener.getConnections().length).toBe(1);
      });

      test('[HC17] runs every listener though one throws', async () => {
        const seen: string[] = [];
        const boom = () => {
          throw new Error('boom');
        };
        for (const endpoint of [opener, acceptor]) {
          endpoint.onConnectionOpen(boom);
          endpoint.onConnectionLost(boom);
          endpoint.onConnectionStateChange(boom);
          endpoint.onConnectionOpen(() => seen.push('open'));
          endpoint.onConnectionLost(() => seen.push('lost'));
        }
        const texts: string[] = [];
        acceptor.onMessage = ({ message }) => {
          texts.push(message);
          boom();
        };
        await connect(opener, acceptor);
        opener.send(acceptorEva, 'one');
        opener.send(acceptorEva, 'two');
        await until(() => texts.length >= 2);
        opener.closeConnection(acceptorEva);
        await until(() => seen.length >= 4);
        expect(seen.sort()).toEqual(['lost', 'lost', 'open', 'open']);
        expect(log.filter(({ level }) => level === 'error').length).toBeGreaterThanOrEqual(6);
      });

      test('[HC18] frees its address: a new endpoint takes its place', async () => {
        await connect(opener, acceptor);
        const lost = losses(acceptor);
        opener.destroy();
        await until(() => lost.length > 0);
        const successor = openEndpoint(openerEva);
        expect(successor).not.toBe(opener);
        await connect(successor, acceptor);
        const received = inbox(acceptor);
        successor.send(acceptorEva, 'it is me again');
        await until(() => received.length > 0);
        expect(received).toEqual([{ from: openerEva, message: 'it is me again' }]);
      });

      test('[HC19] keeps the connections of one endpoint apart', async () => {
        const third = openEndpoint('carol');
        await Promise.all([connect(opener, acceptor), connect(third, acceptor)]);
        const received = inbox(acceptor);
        opener.send(acceptorEva, 'from the opener');
        third.send(acceptorEva, 'from carol');
        await until(() => received.length >= 2);
        expect(received).toContainEqual({ from: openerEva, message: 'from the opener' });
        expect(received).toContainEqual({ from: 'carol', message: 'from carol' });
        const lost = losses(acceptor);
        third.closeConnection(acceptorEva);
        await until(() => lost.length > 0);
        expect(lost).toEqual(['carol']);
        expect(acceptor.isConnected(openerEva)).toBe(true);
      });

      test('[HC20] shows its connections', async () => {
        expect(opener.getConnection(acceptorEva)).toBeUndefined();
        expect(opener.getConnectionState(acceptorEva)).toBeUndefined();
        const connecting = connect(opener, acceptor);
        expect(opener.getConnection(acceptorEva)).toBeDefined();
        await connecting;
        expect(opener.getConnection(acceptorEva)).toMatchObject({
          targetEva: acceptorEva,
          state: 'CONNECTED',
        });
        expect(opener.getConnections().map(({ targetEva }) => targetEva)).toEqual([acceptorEva]);
      });
    });

    test.each(Object.entries(NAMES))('[HC21] carries %s as an address', async (_name, eva) => {
      const named = openEndpoint(eva);
      const other = openEndpoint('other');
      await connect(other, named);
      const received = inbox(other);
      named.send('other', 'hello');
      await until(() => received.length > 0);
      expect(received).toEqual([{ from: eva, message: 'hello' }]);
    });

    test('[HC22] fails where nobody has the address', async () => {
      const hub = world.newHub();
      world.makeImpatient(hub);
      const alone = openEndpoint('alone', hub);
      const lost = losses(alone);
      const events: unknown[] = [];
      alone.openConnection('nobody', (event) => events.push(event));
      expect(alone.getConnectionState('nobody')).toBe('connecting');
      await until(() => events.length > 0);
      expect(events).toEqual([{ status: 'FAILED', targetEva: 'nobody', endpoint: alone }]);
      expect(alone.getConnectionState('nobody')).toBe('lost');
      expect(alone.getConnections()).toEqual([]);
      expect(lost).toEqual([]);
    });

    test('[HC23] fails an opening connection that is closed', async () => {
      const alone = openEndpoint('alone');
      const events: string[] = [];
      alone.openConnection('nobody', ({ status }) => events.push(status));
      alone.closeConnection('nobody');
      expect(events).toEqual(['FAILED']);
      expect(alone.getConnectionState('nobody')).toBe('closed');
    });

    test('[HC24] connects an endpoint to itself', async () => {
      const alone = openEndpoint('alone');
      const received = inbox(alone);
      const lost = losses(alone);
      expect((await open(alone, 'alone')).status).toBe('CONNECTED');
      alone.send('alone', 'to myself');
      await until(() => received.length > 0);
      alone.send('alone', 'last words');
      alone.closeConnection('alone');
      await until(() => lost.length > 0);
      expect(lost).toEqual(['alone']);
      expect(received.map(({ message }) => message)).toEqual(['to myself', 'last words']);
    });

    test('[HC25] ignores the close of an unknown connection', () => {
      const alone = openEndpoint('alone');
      expect(() => alone.closeConnection('nobody')).not.toThrow();
    });

    test('[HC26] throws a VnfError for what it cannot do', async () => {
      const alone = openEndpoint('alone');
      const call = alone as unknown as Record<string, (...args: unknown[]) => unknown>;
      const codeOf = (method: string, ...args: unknown[]) => {
        try {
          call[method]?.(...args);
        } catch (error) {
          expect(error).toBeInstanceOf(VnfError);
          expect((error as Error).message.length).toBeGreaterThan(30);
          return (error as VnfError).code;
        }
        return 'nothing thrown';
      };
      expect(codeOf('openConnection', 7, () => {})).toBe('ERR_INVALID_ARGUMENT');
      expect(codeOf('openConnection', 'two\nlines', () => {})).toBe('ERR_INVALID_ARGUMENT');
      expect(codeOf('openConnection', 'other', 'no function')).toBe('ERR_INVALID_ARGUMENT');
      expect(codeOf('send', undefined, 'text')).toBe('ERR_INVALID_ARGUMENT');
      expect(codeOf('send', 'other', 'text')).toBe('ERR_NOT_CONNECTED');
      expect(codeOf('onConnectionLost', 'no function')).toBe('ERR_INVALID_ARGUMENT');
      expect((await open(alone, 'alone')).status).toBe('CONNECTED');
      const atAlone = inbox(alone);
      const other = await openReachable('other');
      await connect(alone, other);
      const received = inbox(other);
      if (stack.supports.values) {
        const cycle: { self?: unknown } = {};
        cycle.self = cycle;
        for (const bad of [undefined, () => {}, 1n, cycle, Symbol('s')]) {
          expect(codeOf('send', 'other', bad)).toBe('ERR_NOT_SERIALIZABLE');
          expect(codeOf('send', 'alone', bad)).toBe('ERR_NOT_SERIALIZABLE');
        }
      } else {
        for (const bad of [undefined, null, 7, {}, new Uint8Array(1)]) {
          expect(codeOf('send', 'other', bad)).toBe('ERR_INVALID_ARGUMENT');
          expect(codeOf('send', 'alone', bad)).toBe('ERR_INVALID_ARGUMENT');
        }
      }
      alone.send('other', 'the only one');
      await until(() => received.length > 0);
      expect(received).toEqual([{ from: 'alone', message: 'the only one' }]);
      expect(atAlone).toEqual([]);
      alone.destroy();
      expect(codeOf('send', 'other', 'text')).toBe('ERR_DESTROYED');
      expect(codeOf('openConnection', 'other', () => {})).toBe('ERR_DESTROYED');
    });

    test('[HC27] gives methods that work detached', async () => {
      const hub = world.newHub() as unknown as Hub<string>;
      const { openEndpoint: detachedOpen, getEndPoint } = hub;
      const alone = detachedOpen('alone');
      opened.push(alone);
      expect(detachedOpen('alone')).toBe(alone);
      expect(getEndPoint('alone')).toBe(alone);
      const other = openEndpoint('other');
      await until(() => world.isReachable('other'));
      const received = inbox(other);
      const { openConnection, isConnected, send, closeConnection, onConnectionLost, destroy, isDestroyed } =
        alone;
      const lost: string[] = [];
      onConnectionLost((eva) => lost.push(eva));
      await new Promise((resolve) => openConnection('other', resolve));
      expect(isConnected('other')).toBe(true);
      send('other', 'detached');
      await until(() => received.length > 0);
      closeConnection('other');
      expect(lost).toEqual(['other']);
      await Promise.resolve().then(destroy);
      expect(isDestroyed()).toBe(true);
      expect(getEndPoint('alone')).toBeUndefined();
    });

    test('[HC28] destroys once', () => {
      const hub = world.newHub() as unknown as Hub<string>;
      const alone = hub.openEndpoint('alone');
      let destroyed = 0;
      alone.onDestroy(() => {
        destroyed += 1;
      });
      alone.destroy();
      alone.destroy();
      expect([destroyed, alone.isDestroyed()]).toEqual([1, true]);
      const successor = hub.openEndpoint('alone');
      expect(successor).not.toBe(alone);
      successor.destroy();
    });

    test('[HC29] refuses an address that the wire cannot carry', () => {
      const hub = world.newHub() as unknown as Record<string, (eva: unknown) => unknown>;
      for (const bad of [undefined, null, 7, {}, 'two\nlines']) {
        expect(() => hub.openEndpoint?.(bad)).toThrow(
          expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }),
        );
      }
    });

    test.runIf(stack.supports.values)('[HC30] carries any JSON value of any length', async () => {
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
      expect(received.map(({ message }) => message)).toEqual(values);
    });
  });
}
