import { equal, holds } from './assert.ts';
import type { HubCheck, PairBench } from './hub-contract.ts';
import { inbox, losses, states } from './peers.ts';

/** The cases of the hub contract about the life of a connection, which are run with either side as the opener. */
export function checkConnections(check: HubCheck<PairBench>): void {
  check('[HC1] connects both sides and tells the callback once', [], async ({ acceptor, opener, until }) => {
    const events: unknown[] = [];
    opener.openConnection(acceptor.eva, (event) => events.push(event));
    await until(() => opener.isConnected(acceptor.eva) && acceptor.isConnected(opener.eva));
    await until(() => events.length > 0);
    equal(events, [{ status: 'CONNECTED', targetEva: acceptor.eva, endpoint: opener }]);
  });

  check(
    '[HC2] answers at once where the connection is there already',
    [],
    async ({ acceptor, connect, opener }) => {
      await connect(opener, acceptor);
      const statuses: string[] = [];
      opener.openConnection(acceptor.eva, ({ status }) => statuses.push(status));
      acceptor.openConnection(opener.eva, ({ status }) => statuses.push(status));
      equal(statuses, ['CONNECTED', 'CONNECTED']);
    },
  );

  check(
    '[HC3] calls the newest callback of a connection that is opening',
    [],
    async ({ acceptor, opener, until }) => {
      const called: string[] = [];
      opener.openConnection(acceptor.eva, () => called.push('first'));
      opener.openConnection(acceptor.eva, () => called.push('second'));
      await until(() => called.length > 0);
      equal(called, ['second']);
    },
  );

  for (const side of ['opener', 'acceptor']) {
    check(
      `[HC8] tells both sides when the ${side} closes`,
      [],
      async ({ acceptor, connect, opener, reads, until }) => {
        await connect(opener, acceptor);
        const lostByOpener = losses(opener);
        const lostByAcceptor = losses(acceptor);
        if (side === 'opener') opener.closeConnection(acceptor.eva);
        else acceptor.closeConnection(opener.eva);
        await until(() => lostByOpener.length > 0 && lostByAcceptor.length > 0);
        equal([lostByOpener, lostByAcceptor], [[acceptor.eva], [opener.eva]]);
        equal(opener.isConnected(acceptor.eva) || acceptor.isConnected(opener.eva), false);
        reads(opener, acceptor.eva, 'closed');
        reads(acceptor, opener.eva, 'closed');
      },
    );
  }

  check(
    '[HC10] tells the other side when an endpoint is destroyed',
    [],
    async ({ acceptor, connect, opener, until }) => {
      await connect(opener, acceptor);
      const lost = losses(acceptor);
      const ownLost = losses(opener);
      opener.destroy();
      equal(ownLost, [acceptor.eva]);
      await until(() => lost.length > 0);
      equal(lost, [opener.eva]);
      equal(acceptor.isConnected(opener.eva), false);
    },
  );

  check(
    '[HC11] opens again after a close, and carries nothing over',
    ['reliable'],
    async ({ acceptor, connect, opener, until }) => {
      await connect(opener, acceptor);
      const lost = losses(acceptor);
      opener.send(acceptor.eva, 'old');
      opener.closeConnection(acceptor.eva);
      await until(() => lost.length > 0);
      const received = inbox(acceptor);
      await connect(opener, acceptor);
      opener.send(acceptor.eva, 'new');
      await until(() => received.length > 0);
      equal(
        received.map(({ message }) => message),
        ['new'],
      );
    },
  );

  check(
    '[HC12] opens again from the listener that hears of the loss',
    [],
    async ({ acceptor, connect, opener, until }) => {
      await connect(opener, acceptor);
      const statuses: string[] = [];
      let asked = false;
      opener.onConnectionLost((eva) => {
        if (asked) return;
        asked = true;
        opener.openConnection(eva, ({ status }) => statuses.push(status));
      });
      acceptor.closeConnection(opener.eva);
      await until(() => statuses.length > 0);
      equal(statuses, ['CONNECTED']);
    },
  );

  check(
    '[HC13] makes one connection of two that are opened at once',
    ['reliable'],
    async ({ acceptor, opener, until }) => {
      const statuses: string[] = [];
      opener.openConnection(acceptor.eva, ({ status }) => statuses.push(`opener ${status}`));
      acceptor.openConnection(opener.eva, ({ status }) => statuses.push(`acceptor ${status}`));
      await until(() => statuses.length >= 2);
      equal(statuses.sort(), ['acceptor CONNECTED', 'opener CONNECTED']);
      await until(() => acceptor.isConnected(opener.eva) && opener.isConnected(acceptor.eva));
      const received = inbox(acceptor);
      const answers = inbox(opener);
      opener.send(acceptor.eva, 'ping');
      acceptor.send(opener.eva, 'pong');
      await until(() => received.length > 0 && answers.length > 0);
      equal([received.length, answers.length], [1, 1]);
      for (const side of [opener, acceptor]) equal(side.getConnections?.().length ?? 1, 1);
    },
  );

  check(
    '[HC14] publishes every state once, in order, with the one before',
    ['states'],
    async ({ acceptor, connect, opener, until }) => {
      const atOpener = states(opener);
      const atAcceptor = states(acceptor);
      await connect(opener, acceptor);
      opener.closeConnection(acceptor.eva);
      await until(() => atAcceptor.some(({ state }) => state === 'closed'));
      const life = (targetEva: string) => [
        { targetEva, state: 'connecting', previous: undefined },
        { targetEva, state: 'CONNECTED', previous: 'connecting' },
        { targetEva, state: 'closed', previous: 'CONNECTED' },
      ];
      equal(atOpener, life(acceptor.eva));
      equal(atAcceptor, life(opener.eva));
    },
  );

  check('[HC15] is in a state before it publishes it', ['states'], async ({ acceptor, connect, opener }) => {
    const seen: string[] = [];
    opener.onConnectionStateChange(({ targetEva, state }) =>
      seen.push(`${state} ${opener.getConnectionState(targetEva)} ${opener.isConnected(targetEva)}`),
    );
    await connect(opener, acceptor);
    opener.closeConnection(acceptor.eva);
    equal(seen, ['connecting connecting false', 'CONNECTED CONNECTED true', 'closed closed false']);
  });

  check(
    '[HC16] lets a listener call back into the endpoint',
    ['reliable', 'ordered'],
    async ({ acceptor, open, opener, until }) => {
      const received = inbox(acceptor);
      opener.onConnectionOpen((eva) => {
        opener.send(eva, 'from the listener');
        opener.closeConnection(eva);
      });
      const event = await open(opener, acceptor.eva);
      equal(event.status, 'CONNECTED');
      await until(() => received.length > 0);
      equal(opener.isConnected(acceptor.eva), false);
    },
  );

  check(
    '[HC32] tells the other side though it is destroyed inside a listener',
    [],
    async ({ acceptor, open, opener, reads, until }) => {
      const lost = losses(opener);
      acceptor.onConnectionOpen(() => acceptor.destroy());
      equal((await open(opener, acceptor.eva)).status, 'CONNECTED');
      await until(() => lost.length > 0);
      equal(lost, [acceptor.eva]);
      reads(opener, acceptor.eva, 'closed');
    },
  );

  check(
    '[HC33] closes and opens again inside one listener',
    [],
    async ({ acceptor, connect, opener, until }) => {
      await connect(opener, acceptor);
      const statuses: string[] = [];
      opener.onMessage = ({ sourceEva }) => {
        opener.closeConnection(sourceEva);
        equal(opener.isConnected(sourceEva), false);
        opener.openConnection(sourceEva, ({ status }) => statuses.push(status));
      };
      acceptor.send(opener.eva, 'start over');
      await until(() => statuses.length > 0);
      equal(statuses, ['CONNECTED']);
    },
  );

  check(
    '[HC33] closes and opens again inside the listener that hears of the connection',
    [],
    async ({ acceptor, opener, until }) => {
      const statuses: string[] = [];
      let isFirst = true;
      opener.onConnectionOpen((eva) => {
        if (!isFirst) return;
        isFirst = false;
        opener.closeConnection(eva);
        equal(opener.isConnected(eva), false);
        opener.openConnection(eva, ({ status }) => statuses.push(status));
      });
      opener.openConnection(acceptor.eva, () => {});
      await until(() => statuses.length > 0);
      equal(statuses, ['CONNECTED']);
      equal(opener.isConnected(acceptor.eva), true);
    },
  );

  check(
    '[HC17] runs every listener though one throws',
    ['reliable'],
    async ({ acceptor, connect, errors, opener, supports, until }) => {
      const seen: string[] = [];
      const boom = () => {
        throw new Error('boom');
      };
      for (const endpoint of [opener, acceptor]) {
        endpoint.onConnectionOpen(boom);
        endpoint.onConnectionLost(boom);
        if (supports.states) endpoint.onConnectionStateChange(boom);
        endpoint.onConnectionOpen(() => seen.push('open'));
        endpoint.onConnectionLost(() => seen.push('lost'));
      }
      const texts: string[] = [];
      acceptor.onMessage = ({ message }) => {
        texts.push(message);
        boom();
      };
      await connect(opener, acceptor);
      opener.send(acceptor.eva, 'one');
      opener.send(acceptor.eva, 'two');
      await until(() => texts.length >= 2);
      opener.closeConnection(acceptor.eva);
      await until(() => seen.length >= 4);
      equal(seen.sort(), ['lost', 'lost', 'open', 'open']);
      holds(!supports.logs || errors.length >= 6, 'what was thrown was logged');
    },
  );

  check(
    '[HC18] frees its address: a new endpoint takes its place',
    ['reliable'],
    async ({ acceptor, connect, openEndpoint, opener, until }) => {
      await connect(opener, acceptor);
      const lost = losses(acceptor);
      opener.destroy();
      await until(() => lost.length > 0);
      const successor = openEndpoint(opener.eva);
      holds(successor !== opener, 'the endpoint is a new one');
      await connect(successor, acceptor);
      const received = inbox(acceptor);
      successor.send(acceptor.eva, 'it is me again');
      await until(() => received.length > 0);
      equal(received, [{ from: opener.eva, message: 'it is me again' }]);
    },
  );

  check(
    '[HC19] keeps the connections of one endpoint apart',
    ['reliable'],
    async ({ acceptor, connect, openEndpoint, opener, until }) => {
      const third = openEndpoint('carol');
      await Promise.all([connect(opener, acceptor), connect(third, acceptor)]);
      const received = inbox(acceptor);
      opener.send(acceptor.eva, 'from the opener');
      third.send(acceptor.eva, 'from carol');
      await until(() => received.length >= 2);
      const texts = received.map(({ from, message }) => `${from}: ${message}`);
      equal(texts.sort(), [`${opener.eva}: from the opener`, 'carol: from carol'].sort());
      const lost = losses(acceptor);
      third.closeConnection(acceptor.eva);
      await until(() => lost.length > 0);
      equal(lost, ['carol']);
      equal(acceptor.isConnected(opener.eva), true);
    },
  );

  check('[HC20] shows its connections', ['states'], async ({ acceptor, connect, opener }) => {
    equal(opener.getConnection(acceptor.eva), undefined);
    equal(opener.getConnectionState(acceptor.eva), undefined);
    const connecting = connect(opener, acceptor);
    equal(opener.getConnection(acceptor.eva)?.state, 'connecting');
    await connecting;
    equal(opener.getConnection(acceptor.eva)?.state, 'CONNECTED');
    equal(
      opener.getConnections().map(({ targetEva }) => targetEva),
      [acceptor.eva],
    );
  });
}
