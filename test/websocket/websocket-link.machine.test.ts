import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import { type WebSocketLinkEvent, websocketLinkMachine } from '../../machines/websocket-link.machine.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';

type Leaf =
  | 'connecting'
  | 'loggingIn'
  | 'idle'
  | 'busy'
  | 'verifying'
  | 'backingOff'
  | 'waitingToLogin'
  | 'destroyed';

/** An actor whose transport only keeps what it was asked for. */
function setUp() {
  const clock = new VirtualClock();
  const done: string[] = [];
  const traffic = { outstanding: 0, responses: 0 };
  const input = {
    transport: {
      open: (socket: number) => done.push(`open ${socket}`),
      close: () => done.push('close'),
      login: (socket: number) => done.push(`login ${socket}`),
      ping: () => done.push('ping'),
    },
    traffic,
    settings: { busyIntervalMs: 20_000, idleIntervalMs: 300_000, loginIntervalMs: 30_000 },
    random: () => 0.5,
  };
  const actor = createActor(websocketLinkMachine, { input, clock });
  actor.on('*', (event) => done.push(event.type));
  actor.start();
  const state = (): Leaf => JSON.stringify(actor.getSnapshot().value).match(/(\w+)"\}*$/)?.[1] as Leaf;
  return { actor, clock, done, traffic, state };
}

type Link = ReturnType<typeof setUp>;

/** The way into each state, with socket 1 or, where the first one failed, still socket 1's number. */
const ways: Record<Leaf, (link: Link) => void> = {
  connecting: () => {},
  loggingIn: ({ actor }) => actor.send({ type: 'socket.opened', socket: 1 }),
  idle: (link) => {
    ways.loggingIn(link);
    link.actor.send({ type: 'login.accepted', socket: 1 });
  },
  busy: (link) => {
    link.traffic.outstanding = 1;
    ways.idle(link);
  },
  verifying: (link) => {
    ways.idle(link);
    link.actor.send({ type: 'verify' });
  },
  backingOff: ({ actor }) => actor.send({ type: 'socket.closed', socket: 1, reason: 'test' }),
  waitingToLogin: (link) => {
    ways.loggingIn(link);
    link.actor.send({ type: 'login.refused', socket: 1, reason: 'test' });
  },
  destroyed: ({ actor }) => actor.send({ type: 'destroy' }),
};

/** Where each event leads, and what it does; `null` where it is ignored. No cell is left out. */
type Cell = [Leaf, ...string[]] | null;
const replaced: Cell = ['connecting', 'close', 'open 2', 'link.down'];
const table: Record<Leaf, Record<WebSocketLinkEvent['type'], Cell>> = {
  connecting: {
    'socket.opened': ['loggingIn', 'login 1'],
    'socket.closed': ['backingOff', 'close', 'link.down'],
    'login.accepted': null,
    'login.refused': null,
    'call.made': null,
    verify: null,
    'settings.changed': null,
    destroy: ['destroyed', 'close'],
  },
  loggingIn: {
    'socket.opened': null,
    'socket.closed': ['backingOff', 'close', 'link.down'],
    'login.accepted': ['idle', 'link.ready'],
    'login.refused': ['waitingToLogin', 'close', 'link.down'],
    'call.made': null,
    verify: null,
    'settings.changed': null,
    destroy: ['destroyed', 'close'],
  },
  idle: {
    'socket.opened': null,
    'socket.closed': replaced,
    'login.accepted': null,
    'login.refused': null,
    'call.made': ['busy'],
    verify: ['verifying', 'ping'],
    'settings.changed': ['idle'],
    destroy: ['destroyed', 'close'],
  },
  busy: {
    'socket.opened': null,
    'socket.closed': replaced,
    'login.accepted': null,
    'login.refused': null,
    'call.made': null,
    verify: ['verifying', 'ping'],
    'settings.changed': ['busy'],
    destroy: ['destroyed', 'close'],
  },
  verifying: {
    'socket.opened': null,
    'socket.closed': replaced,
    'login.accepted': null,
    'login.refused': null,
    'call.made': null,
    verify: null,
    'settings.changed': null,
    destroy: ['destroyed', 'close'],
  },
  backingOff: {
    'socket.opened': null,
    'socket.closed': null,
    'login.accepted': null,
    'login.refused': null,
    'call.made': null,
    verify: ['connecting', 'open 2'],
    'settings.changed': null,
    destroy: ['destroyed'],
  },
  waitingToLogin: {
    'socket.opened': null,
    'socket.closed': null,
    'login.accepted': null,
    'login.refused': null,
    'call.made': null,
    verify: ['connecting', 'open 2'],
    'settings.changed': ['waitingToLogin'],
    destroy: ['destroyed'],
  },
  destroyed: {
    'socket.opened': null,
    'socket.closed': null,
    'login.accepted': null,
    'login.refused': null,
    'call.made': null,
    verify: null,
    'settings.changed': null,
    destroy: null,
  },
};

function eventOf(type: WebSocketLinkEvent['type'], socket: number): WebSocketLinkEvent {
  return { type, socket, reason: 'test' } as WebSocketLinkEvent;
}

const leaves = Object.keys(table) as Leaf[];

describe.each(leaves)('websocket-link in %s', (leaf) => {
  it.each(Object.entries(table[leaf]))('[WS29] answers %s as the table has it', (type, cell) => {
    const link = setUp();
    ways[leaf](link);
    expect(link.state()).toBe(leaf);
    link.done.length = 0;
    link.actor.send(eventOf(type as WebSocketLinkEvent['type'], 1));
    const [state, ...done] = cell ?? [leaf];
    expect(link.state()).toBe(state);
    expect(link.done).toEqual(done);
  });

  it('[WS11] ignores what a socket of another number does', () => {
    for (const socket of [0, 2]) {
      for (const type of ['socket.opened', 'socket.closed', 'login.accepted', 'login.refused'] as const) {
        const link = setUp();
        ways[leaf](link);
        link.done.length = 0;
        link.actor.send(eventOf(type, socket));
        expect(link.state()).toBe(leaf);
        expect(link.done).toEqual([]);
      }
    }
  });
});

it.each<[Leaf, number, Cell]>([
  ['connecting', 10_000, ['backingOff', 'close', 'link.down']],
  ['loggingIn', 30_000, replaced],
  ['idle', 300_000, ['busy', 'ping']],
  ['busy', 20_000, replaced],
  // Nothing is outstanding in this test's traffic, so that nothing is silent.
  ['verifying', 5000, ['busy']],
  ['backingOff', 188, ['connecting', 'open 2']],
  ['waitingToLogin', 30_000, ['connecting', 'open 2']],
])('[WS29] leaves %s after its time, and not before', (leaf, ms, cell) => {
  const link = setUp();
  ways[leaf](link);
  link.done.length = 0;
  link.clock.advance(ms - 1);
  expect(link.state()).toBe(leaf);
  expect(link.done).toEqual([]);
  link.clock.advance(1);
  const [state, ...done] = cell as [Leaf, ...string[]];
  expect(link.state()).toBe(state);
  expect(link.done).toEqual(done);
});
