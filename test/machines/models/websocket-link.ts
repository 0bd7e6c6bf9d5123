import {
  type WebSocketLinkEmitted,
  type WebSocketLinkEvent,
  type WebSocketLinkTransport,
  websocketLinkMachine,
} from '../../../machines/websocket-link.machine.ts';
import type { Model } from './run.ts';
import { cellsOf, type StateOf, type Table } from './table.ts';
import { World } from './world.ts';

type Machine = typeof websocketLinkMachine;

class WebSocketLinkWorld extends World<Machine> implements WebSocketLinkTransport {
  /** What the RPC counts; of calls without an answer it matters only whether there are any. */
  readonly traffic = { outstanding: 0, responses: 0 };
  readonly input = {
    transport: this,
    traffic: this.traffic,
    settings: { busyIntervalMs: 20_000, idleIntervalMs: 300_000, loginIntervalMs: 30_000 },
    random: () => 0.5,
  };
  /** The number of the newest socket. */
  socket = 0;
  /** Sockets opened since the last one that lasted for a second after its LOGIN. */
  trials = 0;
  /** Whether a response has come since the last look at them. */
  hasResponded = false;

  open(socket: number): void {
    this.socket = socket;
    this.trials += 1;
    this.opens('socket');
    this.say(`open ${socket}`);
  }

  close(): void {
    this.closes('socket');
    this.say('close');
  }

  login(socket: number): void {
    this.say(`login ${socket}`);
  }

  ping(): void {
    this.traffic.outstanding = 1;
    this.say('ping');
  }

  respond(outstanding: number): void {
    this.traffic.responses += 1;
    this.traffic.outstanding = outstanding;
    this.hasResponded = true;
  }

  describe({ type }: WebSocketLinkEmitted): string {
    return type;
  }

  override settled({ type }: { type: string }, entered: readonly StateOf<Machine>[]): void {
    if (type.startsWith('xstate.after.lastingTimeout.')) this.trials = 0;
    if (entered.some((state) => state === 'active.ready.busy' || state === 'active.ready.verifying')) {
      this.hasResponded = false;
    }
  }

  facts() {
    return [Math.min(this.trials, 2), this.traffic.outstanding, this.hasResponded];
  }
}

type When = (world: WebSocketLinkWorld, event: WebSocketLinkEvent) => boolean;

const isOfThisSocket: When = ({ socket }, event) => 'socket' in event && event.socket === socket;
const isOfFirstTrial: When = (world, event) => isOfThisSocket(world, event) && world.trials <= 1;
const hasCalls: When = ({ traffic }) => traffic.outstanding > 0;
const isAcceptedWithCalls: When = (world, event) => isOfThisSocket(world, event) && hasCalls(world, event);
const isSilent: When = (world, event) => hasCalls(world, event) && !world.hasResponded;

const openNext = ({ socket }: WebSocketLinkWorld) => `open ${socket + 1}`;
const loginThis = ({ socket }: WebSocketLinkWorld) => `login ${socket}`;

const { go, stay, when, ignore, ignoring, notSet } = cellsOf<Machine, WebSocketLinkWorld>();

const ofAnother = ignore('a socket that was replaced');
const destroyed = go('destroyed', 'close');
const backsOff = go('backingOff', 'close', 'link.down');
const isReplaced = go('active.connecting', 'close', openNext, 'link.down');
const opens = go('active.connecting', openNext);
const verifies = go('active.ready.verifying', 'ping');

const hasNoSocket = ignoring(
  'the socket is closed',
  'socket.opened',
  'socket.closed',
  'login.accepted',
  'login.refused',
  'call.made',
);

const ready = {
  'socket.closed': [when(isOfFirstTrial, isReplaced), when(isOfThisSocket, backsOff), ofAnother],
  destroy: destroyed,
  'after lastingTimeout': stay(),
  ...ignoring('that is done', 'socket.opened', 'login.accepted', 'login.refused'),
  ...notSet('connectTimeout', 'loginInterval', 'backoff'),
};

const table: Table<Machine, WebSocketLinkWorld> = {
  'active.connecting': {
    'socket.opened': [when(isOfThisSocket, go('active.loggingIn', loginThis)), ofAnother],
    'socket.closed': [when(isOfThisSocket, backsOff), ofAnother],
    destroy: destroyed,
    'after connectTimeout': backsOff,
    ...ignoring('LOGIN has not left', 'login.accepted', 'login.refused'),
    ...ignoring('the call waits for LOGIN', 'call.made'),
    ...ignoring('it is about to be known', 'verify'),
    ...ignoring('its patience is no setting', 'settings.changed'),
    ...notSet('loginInterval', 'busyInterval', 'idleInterval', 'verifyTimeout', 'lastingTimeout', 'backoff'),
  },
  'active.loggingIn': {
    'socket.closed': [when(isOfThisSocket, backsOff), ofAnother],
    'login.accepted': [
      when(isAcceptedWithCalls, go('active.ready.busy', 'link.ready')),
      when(isOfThisSocket, go('active.ready.idle', 'link.ready')),
      ofAnother,
    ],
    'login.refused': [when(isOfThisSocket, go('waitingToLogin', 'close', 'link.down')), ofAnother],
    destroy: destroyed,
    'after loginInterval': isReplaced,
    ...ignoring('that is done', 'socket.opened'),
    ...ignoring('the call waits for LOGIN', 'call.made'),
    ...ignoring('it is about to be known', 'verify'),
    ...ignoring('a LOGIN that is under way keeps its patience', 'settings.changed'),
    ...notSet('connectTimeout', 'busyInterval', 'idleInterval', 'verifyTimeout', 'lastingTimeout', 'backoff'),
  },
  'active.ready.idle': {
    'call.made': go('active.ready.busy'),
    verify: verifies,
    'settings.changed': go('active.ready.idle'),
    'after idleInterval': go('active.ready.busy', 'ping'),
    ...notSet('busyInterval', 'verifyTimeout'),
    ...ready,
  },
  'active.ready.busy': {
    verify: verifies,
    'settings.changed': go('active.ready.busy'),
    'after busyInterval': [
      when(isSilent, isReplaced),
      when(hasCalls, go('active.ready.busy')),
      go('active.ready.idle'),
    ],
    ...ignoring('a check runs', 'call.made'),
    ...notSet('idleInterval', 'verifyTimeout'),
    ...ready,
  },
  'active.ready.verifying': {
    'after verifyTimeout': [when(isSilent, isReplaced), go('active.ready.busy')],
    ...ignoring('a check runs', 'call.made', 'verify'),
    ...ignoring('its patience is no setting', 'settings.changed'),
    ...notSet('busyInterval', 'idleInterval'),
    ...ready,
  },
  backingOff: {
    verify: opens,
    destroy: go('destroyed'),
    'after backoff': opens,
    ...hasNoSocket,
    ...ignoring('its patience is no setting', 'settings.changed'),
    ...notSet(
      'connectTimeout',
      'loginInterval',
      'busyInterval',
      'idleInterval',
      'verifyTimeout',
      'lastingTimeout',
    ),
  },
  waitingToLogin: {
    verify: opens,
    'settings.changed': go('waitingToLogin'),
    destroy: go('destroyed'),
    'after loginInterval': opens,
    ...hasNoSocket,
    ...notSet('connectTimeout', 'busyInterval', 'idleInterval', 'verifyTimeout', 'lastingTimeout', 'backoff'),
  },
  destroyed: 'final',
};

const reason = 'a reason';

/** This one, the one before, and one that was never opened. */
const sockets = ({ socket }: WebSocketLinkWorld) => [socket - 1, socket, socket + 1];

export const websocketLinkModel: Model<Machine, WebSocketLinkWorld> = {
  machine: websocketLinkMachine,
  table,
  worlds: [() => new WebSocketLinkWorld()],
  start: go('active.connecting', 'open 1'),
  events: {
    'socket.opened': (world) => sockets(world).map((socket) => ({ type: 'socket.opened', socket })),
    'socket.closed': (world) => sockets(world).map((socket) => ({ type: 'socket.closed', socket, reason })),
    'login.accepted': (world) => sockets(world).map((socket) => ({ type: 'login.accepted', socket })),
    'login.refused': (world) => sockets(world).map((socket) => ({ type: 'login.refused', socket, reason })),
    'call.made': () => [{ type: 'call.made' }],
    verify: () => [{ type: 'verify' }],
    'settings.changed': () => [{ type: 'settings.changed' }],
    destroy: () => [{ type: 'destroy' }],
  },
  changes: {
    'a call is made': ({ traffic }) => {
      traffic.outstanding = 1;
    },
    'one of several calls is answered': (world) => world.respond(1),
    'the last call is answered': (world) => world.respond(0),
    'all calls are cancelled': ({ traffic }) => {
      traffic.outstanding = 0;
    },
  },
};
