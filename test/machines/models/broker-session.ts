import {
  type BrokerSessionEmitted,
  type BrokerSessionEvent,
  type BrokerSessionLogins,
  type BrokerSessionTransport,
  brokerSessionMachine,
} from '../../../machines/broker-session.machine.ts';
import type { Model } from './run.ts';
import { cellsOf, type StateOf, type Table } from './table.ts';
import { World } from './world.ts';

type Machine = typeof brokerSessionMachine;

type LoginCall = Extract<BrokerSessionEvent, { type: 'login.requested' }>;

class BrokerSessionWorld extends World<Machine> implements BrokerSessionTransport, BrokerSessionLogins {
  readonly input = {
    transport: this,
    logins: this,
    settings: { loginTimeoutMs: 50_000, pingIntervalMs: 20_000 },
  };
  /** Whether other sockets hold the EVAs that are asked for. */
  areTaken = false;
  /** Whether anything has come since the last ping. */
  isHeard = false;
  /** What this session holds. */
  eva: string | undefined;
  /** The LOGIN that waits for what becomes of the holder. */
  claim: LoginCall | undefined;
  #receivedBytes = 0;

  constructor() {
    super();
    this.opens('socket');
    this.opens('session');
  }

  receive(): void {
    this.#receivedBytes += 1;
    this.isHeard = true;
  }

  ping(): void {
    this.isHeard = false;
    this.say('ping');
  }

  getReceivedBytes(): number {
    return this.#receivedBytes;
  }

  close(code: number): void {
    this.say(`close ${code}`);
  }

  terminate(): void {
    this.closes('socket');
    this.say('terminate');
  }

  isFree(eva: string): boolean {
    return !this.areTaken && eva !== this.eva;
  }

  take(eva: string): void {
    this.eva = eva;
    this.opens('EVA');
    this.say(`take ${eva}`);
  }

  challenge(eva: string): void {
    this.opens('claim');
    this.say(`challenge ${eva}`);
  }

  describe(fact: BrokerSessionEmitted): string {
    switch (fact.type) {
      case 'login.answered':
        return `${fact.header} ${fact.result}`;
      case 'liveness.proved':
        return 'proved';
      case 'session.ended':
        this.closes('session');
        this.drops('EVA');
        this.drops('claim');
        return fact.expected ? 'ended' : 'ended by the broker';
      case 'session.closed':
        return 'closed';
    }
  }

  override settled(event: BrokerSessionEvent, entered: readonly StateOf<Machine>[]): void {
    if (event.type === 'socket.closed') this.closes('socket');
    if (event.type === 'login.requested' && entered.includes('open.login.anonymous.claiming'))
      this.claim = event;
    if (event.type === 'claim.settled' && entered.length > 0) {
      this.claim = undefined;
      this.closes('claim');
    }
  }

  facts() {
    return [this.areTaken, this.isHeard, this.eva, this.claim?.header];
  }
}

type When = (world: BrokerSessionWorld, event: BrokerSessionEvent) => boolean;

const areFree: When = ({ areTaken }) => !areTaken;
const isOwnEva: When = ({ eva }, event) => 'eva' in event && event.eva === eva;
const isHeard: When = (world) => world.isHeard;

const evaOf = (event: BrokerSessionEvent) => (event as LoginCall).eva;
const challengeHolder = (_: BrokerSessionWorld, event: BrokerSessionEvent) => `challenge ${evaOf(event)}`;
const take = (_: BrokerSessionWorld, event: BrokerSessionEvent) => `take ${evaOf(event)}`;
const takeClaimed = ({ claim }: BrokerSessionWorld) => `take ${claim?.eva}`;
const answer = (result: string) => (_: BrokerSessionWorld, event: BrokerSessionEvent) =>
  `${(event as LoginCall).header} ${result}`;
const answerClaim =
  (result: string) =>
  ({ claim }: BrokerSessionWorld) =>
    `${claim?.header} ${result}`;

const OK = 'OK';
const IN_USE = 'NOT-OK-LOGIN-ALREADY-IN-USE';
const AUTHORIZED = 'NOT-OK-ALREADY-AUTHORIZED';

const { go, stay, when, ignore, ignoring, notSet } = cellsOf<Machine, BrokerSessionWorld>();

const READY = 'open.login.ready';
const QUIET = 'open.liveness.quiet';
const CHALLENGED = 'open.liveness.challenged';

/** Whatever ends an open session: both regions at once, so that it stands in the rows of one. */
const ends = {
  'socket.closed': go('closed', 'ended', 'closed'),
  'socket.overflowed': go('draining', 'close 1013', 'ended by the broker'),
  'broker.closing': go('draining', 'close 1001', 'ended'),
} as const;
const unauthenticated = go('draining', 'close 1008', 'ended by the broker');
const dead = go('closed', 'terminate', 'ended by the broker', 'closed');

/** A row of the region `login`. */
const login = {
  ...ends,
  ...ignoring('it is about the life of the socket', 'login.challenged', 'pong.received'),
  ...notSet('pingInterval', 'probeTimeout', 'drainTimeout'),
};

/** A row of the region `liveness`. */
const liveness = {
  ...ignoring('the rows of `login` have it', 'socket.closed', 'socket.overflowed', 'broker.closing'),
  ...ignoring('it is about who this is', 'login.requested', 'claim.settled'),
  ...notSet('loginTimeout', 'drainTimeout'),
};

const table: Table<Machine, BrokerSessionWorld> = {
  'open.login.anonymous.awaitingLogin': {
    ...login,
    'login.requested': [
      when(areFree, go(READY, take, answer(OK))),
      go('open.login.anonymous.claiming', challengeHolder),
    ],
    'claim.settled': ignore('nothing is claimed'),
    'after loginTimeout': unauthenticated,
  },
  'open.login.anonymous.claiming': {
    ...login,
    'login.requested': stay(answer(IN_USE)),
    'claim.settled': [
      when(areFree, go(READY, takeClaimed, answerClaim(OK))),
      go('open.login.anonymous.awaitingLogin', answerClaim(IN_USE)),
    ],
    'after loginTimeout': unauthenticated,
  },
  [READY]: {
    ...login,
    'login.requested': [when(isOwnEva, stay(answer(OK))), stay(answer(AUTHORIZED))],
    'claim.settled': ignore('nothing is claimed'),
    ...notSet('loginTimeout'),
  },
  [QUIET]: {
    ...liveness,
    'login.challenged': go(CHALLENGED, 'ping'),
    'pong.received': ignore('nobody waits for it'),
    'after pingInterval': go('open.liveness.pinged', 'ping'),
    ...notSet('probeTimeout'),
  },
  'open.liveness.pinged': {
    ...liveness,
    'login.challenged': go(CHALLENGED, 'ping'),
    'pong.received': go(QUIET),
    'after pingInterval': [when(isHeard, go('open.liveness.pinged', 'ping')), dead],
    ...notSet('probeTimeout'),
  },
  [CHALLENGED]: {
    ...liveness,
    'login.challenged': ignore('it is being asked'),
    'pong.received': go(QUIET, 'proved'),
    'after probeTimeout': [when(isHeard, go(QUIET, 'proved')), dead],
    ...notSet('pingInterval'),
  },
  draining: {
    'socket.closed': go('closed', 'closed'),
    'after drainTimeout': go('closed', 'terminate', 'closed'),
    ...ignoring('what still comes is nobody’s any more', 'login.requested', 'claim.settled', 'pong.received'),
    ...ignoring('its EVA is free', 'login.challenged'),
    ...ignoring('it closes', 'socket.overflowed', 'broker.closing'),
    ...notSet('loginTimeout', 'pingInterval', 'probeTimeout'),
  },
  closed: 'final',
};

export const brokerSessionModel: Model<Machine, BrokerSessionWorld> = {
  machine: brokerSessionMachine,
  table,
  worlds: [() => new BrokerSessionWorld()],
  start: go(['open.login.anonymous.awaitingLogin', QUIET]),
  events: {
    'login.requested': () => [
      { type: 'login.requested', header: '1 LOGIN', eva: 'alice' },
      { type: 'login.requested', header: '2 LOGIN', eva: 'bob' },
    ],
    'login.challenged': () => [{ type: 'login.challenged' }],
    'claim.settled': () => [{ type: 'claim.settled' }],
    'pong.received': () => [{ type: 'pong.received' }],
    'socket.overflowed': () => [{ type: 'socket.overflowed' }],
    'socket.closed': () => [{ type: 'socket.closed', reason: 'a reason' }],
    'broker.closing': () => [{ type: 'broker.closing' }],
  },
  changes: {
    'others take the EVAs': (world) => {
      world.areTaken = true;
    },
    'others free the EVAs': (world) => {
      world.areTaken = false;
    },
    'something comes over the socket': (world) => world.receive(),
  },
};
