import { expect, test } from 'vitest';
import { brokerConfigOf } from '../../src/broker/options.ts';
import { Router } from '../../src/broker/router.ts';
import { type BrokerSocket, Session, type SessionOwner } from '../../src/broker/session.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { captureLog } from '../support/log.ts';

const log = captureLog();

/** A session on a socket that writes down what is asked of it. */
function openSession() {
  const did: string[] = [];
  const clock = new VirtualClock();
  const socket: BrokerSocket = {
    remote: 'here:1',
    send: (frame) => did.push(`send ${frame}`),
    getBufferedBytes: () => 0,
    getReceivedBytes: () => 0,
    ping: () => did.push('ping'),
    close: (code) => did.push(`close ${code}`),
    terminate: () => did.push('terminate'),
  };
  const owner: SessionOwner = {
    frameArrived: (_session, frame) => did.push(`frame ${frame}`),
    sessionEnded: ({ eva }) => did.push(`ended ${eva}`),
    sessionClosed: () => did.push('closed'),
  };
  const session = new Session(socket, new Router<Session>(), owner, brokerConfigOf({ clock }));
  session.login('0 LOGIN', 'alice');
  return { session, did, clock };
}

test('[BR11] drops what comes over a socket whose session is over', () => {
  const { session, did } = openSession();
  session.message('1 PING');
  session.shutDown();
  session.message('2 PING');
  expect(did).toEqual(['send 0 LOGIN\nOK', 'frame 1 PING', 'close 1001', 'ended alice']);
  session.closed('code 1001');
  session.message('3 PING');
  session.pong();
  session.closed('code 1001');
  expect(did.slice(4)).toEqual(['closed']);
});

test('[BR11] frees the EVA before the socket has closed, and leaves no timer behind', () => {
  const { session, did, clock } = openSession();
  session.shutDown();
  expect(did).toContain('ended alice');
  expect(did).not.toContain('closed');
  clock.advance(1000);
  expect(did.slice(-2)).toEqual(['terminate', 'closed']);
  expect(clock.pending).toBe(0);
});

test('[BR42] logs a reason once', () => {
  const { session } = openSession();
  session.malformed('a binary frame');
  session.malformed('a binary frame');
  session.malformed('another reason');
  const lines = log.filter(({ level }) => level === 'warn');
  expect(lines.map(({ peer, reason }) => [peer, reason])).toEqual([
    ['alice', 'a binary frame'],
    ['alice', 'another reason'],
  ]);
});
