import {
  type ConnectionEmitted,
  type ConnectionEvent,
  type ConnectionState,
  type ConnectionTransport,
  connectionMachine,
  PEER_ATTEMPT,
} from '../../../machines/connection.machine.ts';
import type { Model } from './run.ts';
import { cellsOf, type Table } from './table.ts';
import { World } from './world.ts';

type Machine = typeof connectionMachine;

class ConnectionWorld extends World<Machine> implements ConnectionTransport {
  readonly input = {
    transport: this,
    settings: { establishTimeoutMs: 1000, retryDelayMs: 100, retries: 1 },
  };
  /** The number of our latest attempt. */
  attempt = PEER_ATTEMPT;
  #published: ConnectionState | undefined;

  connect(attempt: number): void {
    this.attempt = attempt;
    this.opens('attempt');
    this.say(`connect ${attempt}`);
  }

  abandon(attempt: number): void {
    this.closes('attempt');
    this.say(`abandon ${attempt}`);
  }

  verify(): void {
    this.say('verify');
  }

  release(): void {
    this.say('release');
  }

  disconnect(): void {
    this.drops('attempt');
    this.say('disconnect');
  }

  describe(fact: ConnectionEmitted): string {
    switch (fact.type) {
      case 'state.changed':
        if (fact.previous !== this.#published) this.fault(`it was ${this.#published}, not ${fact.previous}`);
        if (this.#published === undefined) this.opens('question how its opening ends');
        this.#published = fact.state;
        return fact.state;
      case 'connection.opened':
        this.drops('attempt');
        this.closes('question how its opening ends');
        this.opens('connection');
        return 'opened';
      case 'connection.failed':
        this.closes('question how its opening ends');
        return 'failed';
      case 'connection.ended':
        this.closes('connection');
        return 'ended';
    }
  }

  override settled(event: ConnectionEvent): void {
    if (event.type === 'link.down' && event.attempt === this.attempt) this.drops('attempt');
  }

  facts() {
    return this.attempt;
  }
}

type When = (world: ConnectionWorld, event: ConnectionEvent) => boolean;

const isOfThisAttempt: When = ({ attempt }, event) => 'attempt' in event && event.attempt === attempt;

const isOfThisOrThePeersAttempt: When = (world, event) =>
  isOfThisAttempt(world, event) || ('attempt' in event && event.attempt === PEER_ATTEMPT);

const hasAttemptsLeft: When = ({ attempt, input }) => attempt < 1 + input.settings.retries;

const failsWithAttemptsLeft: When = (world, event) =>
  isOfThisAttempt(world, event) && hasAttemptsLeft(world, event);

const connectNext = ({ attempt }: ConnectionWorld) => `connect ${attempt + 1}`;
const abandonThis = ({ attempt }: ConnectionWorld) => `abandon ${attempt}`;

const { go, stay, when, ignore, ignoring, notSet } = cellsOf<Machine, ConnectionWorld>();

// Also between two attempts: the last one may have got through after all.
const opened = [
  when(isOfThisOrThePeersAttempt, go('CONNECTED', 'CONNECTED', 'opened')),
  ignore('an attempt that was given up'),
];
const failed = go('failed', 'lost', 'failed');
const givenUp = go('closed', 'disconnect', 'closed', 'failed');
const lost = go('lost', 'lost', 'ended');
const closedByPeer = go('closed', 'closed', 'ended');
const closed = go('closed', 'disconnect', 'closed', 'ended');

const noLinkYet = ignoring(
  'there is no link yet',
  'link.suspended',
  'link.resumed',
  'link.restored',
  'link.verified',
  'link.unverified',
  'link.lost',
  'link.closed',
);
const linkIsThere = ignoring(
  'the link is there: what is said of attempts is late',
  'open',
  'peer.opening',
  'link.up',
  'link.down',
);
const noAttempt = notSet('establishTimeout', 'retryDelay');
const nothingAsked = notSet('verifyInterval', 'verifyTimeout');

const table: Table<Machine, ConnectionWorld> = {
  idle: {
    open: go('connecting.attempting', connectNext, 'connecting'),
    'peer.opening': go('connecting.accepting', 'connecting'),
    ...ignoring('nobody wants the connection yet', 'close', 'wake', 'link.up', 'link.down'),
    ...noLinkYet,
    ...noAttempt,
    ...nothingAsked,
  },
  'connecting.attempting': {
    'link.up': opened,
    'link.down': [
      when(failsWithAttemptsLeft, go('connecting.delaying')),
      when(isOfThisAttempt, failed),
      ignore('an attempt that was given up'),
    ],
    close: givenUp,
    'after establishTimeout': [
      when(hasAttemptsLeft, go('connecting.delaying', abandonThis)),
      go('failed', abandonThis, 'disconnect', 'lost', 'failed'),
    ],
    ...ignoring('an attempt is under way', 'open', 'peer.opening', 'wake'),
    ...notSet('retryDelay'),
    ...noLinkYet,
    ...nothingAsked,
  },
  'connecting.delaying': {
    'link.up': opened,
    'link.down': ignore('the attempt that is over'),
    close: givenUp,
    wake: go('connecting.attempting', connectNext),
    'after retryDelay': go('connecting.attempting', connectNext),
    ...ignoring('the next attempt comes', 'open', 'peer.opening'),
    ...notSet('establishTimeout'),
    ...noLinkYet,
    ...nothingAsked,
  },
  'connecting.accepting': {
    open: go('connecting.attempting', connectNext),
    'link.up': opened,
    'link.down': [when(isOfThisAttempt, failed), ignore('an attempt that was given up')],
    close: givenUp,
    ...ignoring('the other side is at it', 'peer.opening', 'wake'),
    ...noLinkYet,
    ...noAttempt,
    ...nothingAsked,
  },
  CONNECTED: {
    'link.suspended': go('reconnecting.waiting', 'reconnecting'),
    'link.lost': lost,
    'link.closed': closedByPeer,
    close: closed,
    ...ignoring('it is not interrupted', 'link.resumed', 'link.restored', 'link.verified', 'link.unverified'),
    ...ignoring('the link itself hears of it', 'wake'),
    ...linkIsThere,
    ...noAttempt,
    ...nothingAsked,
  },
  'reconnecting.waiting': {
    'link.suspended': stay(),
    'link.resumed': go('CONNECTED', 'CONNECTED'),
    'link.restored': go('reconnecting.verifying.asking', 'verify'),
    'link.lost': lost,
    'link.closed': closedByPeer,
    close: closed,
    ...ignoring('nothing was asked', 'link.verified', 'link.unverified'),
    ...ignoring('the link itself hears of it', 'wake'),
    ...linkIsThere,
    ...noAttempt,
    ...nothingAsked,
  },
  'reconnecting.verifying.asking': {
    'link.suspended': go('reconnecting.waiting'),
    'link.resumed': go('CONNECTED', 'CONNECTED'),
    'link.restored': go('reconnecting.verifying.asking', 'verify'),
    'link.verified': go('CONNECTED', 'release', 'CONNECTED'),
    'link.unverified': go('reconnecting.verifying.pausing'),
    'link.lost': lost,
    'link.closed': closedByPeer,
    close: closed,
    'after verifyTimeout': lost,
    ...notSet('verifyInterval'),
    ...ignoring('the link itself hears of it', 'wake'),
    ...linkIsThere,
    ...noAttempt,
  },
  'reconnecting.verifying.pausing': {
    'link.suspended': go('reconnecting.waiting'),
    'link.resumed': go('CONNECTED', 'CONNECTED'),
    'link.restored': go('reconnecting.verifying.asking', 'verify'),
    'link.verified': go('CONNECTED', 'release', 'CONNECTED'),
    'link.unverified': ignore('it asks again anyway'),
    'link.lost': lost,
    'link.closed': closedByPeer,
    close: closed,
    'after verifyTimeout': lost,
    'after verifyInterval': go('reconnecting.verifying.asking', 'verify'),
    ...ignoring('the link itself hears of it', 'wake'),
    ...linkIsThere,
    ...noAttempt,
  },
  lost: 'final',
  failed: 'final',
  closed: 'final',
};

const reason = 'a reason';

/** The other side's, this one, the one before, and one that was never made. */
const attempts = ({ attempt }: ConnectionWorld) =>
  [...new Set([PEER_ATTEMPT, attempt - 1, attempt, attempt + 1])].filter((number) => number >= 0);

export const connectionModel: Model<Machine, ConnectionWorld> = {
  machine: connectionMachine,
  table,
  worlds: [() => new ConnectionWorld()],
  start: go('idle'),
  events: {
    open: () => [{ type: 'open' }],
    close: () => [{ type: 'close' }],
    wake: () => [{ type: 'wake' }],
    'peer.opening': () => [{ type: 'peer.opening' }],
    'link.up': (world) => attempts(world).map((attempt) => ({ type: 'link.up', attempt })),
    'link.down': (world) => attempts(world).map((attempt) => ({ type: 'link.down', attempt, reason })),
    'link.suspended': () => [{ type: 'link.suspended', reason }],
    'link.resumed': () => [{ type: 'link.resumed' }],
    'link.restored': () => [{ type: 'link.restored' }],
    'link.verified': () => [{ type: 'link.verified' }],
    'link.unverified': () => [{ type: 'link.unverified', reason }],
    'link.lost': () => [{ type: 'link.lost', reason }],
    'link.closed': () => [{ type: 'link.closed' }],
  },
};
