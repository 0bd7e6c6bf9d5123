import { setup } from './setup.ts';

/** The states of a connection that the library publishes. */
export type ConnectionState = 'connecting' | 'CONNECTED' | 'reconnecting' | 'lost' | 'closed';

/** The number of the attempt that the other side started; our own count from 1. */
export const PEER_ATTEMPT = 0;

/** What the machine asks of a hub's side of a connection. None of these may throw. */
export interface ConnectionTransport {
  /** Starts attempt `attempt`, which ends with `link.up` or `link.down` of the same number. */
  connect(attempt: number): void;
  /** Gives up attempt `attempt`: what it still does must be silent. */
  abandon(attempt: number): void;
  /** Asks whether the other side is still there, after an outage: `link.verified` or `link.unverified`. */
  verify(): void;
  /** The other side is there after an outage: what has waited may leave. */
  release(): void;
  /** Ends the connection on purpose, and tells the other side. */
  disconnect(): void;
}

/** How patient a connection is; a hub shares one object among its connections, so that a change reaches all. */
export interface ConnectionSettings {
  /** How long one attempt may take, in ms; `Infinity` where the transport itself ends its attempts. */
  establishTimeoutMs: number;
  /** The pause between two attempts, in ms. */
  retryDelayMs: number;
  /** How many attempts follow the first one that fails. */
  retries: number;
}

export interface ConnectionInput {
  transport: ConnectionTransport;
  settings: ConnectionSettings;
}

export type ConnectionEvent =
  /** The application wants the connection. */
  | { type: 'open' }
  /** The application wants it no more. */
  | { type: 'close' }
  /** The page acts again after a pause. */
  | { type: 'wake' }
  /** The other side has begun to open it. */
  | { type: 'peer.opening' }
  | { type: 'link.up'; attempt: number }
  | { type: 'link.down'; attempt: number; reason: string }
  /** The transport is interrupted, and will come back or say that it is lost. */
  | { type: 'link.suspended'; reason: string }
  /** The transport is back, and the other side with it. */
  | { type: 'link.resumed' }
  /** The transport is back; whether the other side is there has to be asked. */
  | { type: 'link.restored' }
  | { type: 'link.verified' }
  | { type: 'link.unverified'; reason: string }
  /** Gone for good, and nobody wanted it. */
  | { type: 'link.lost'; reason: string }
  /** The other side ended it on purpose. */
  | { type: 'link.closed' };

export type ConnectionEmitted =
  | { type: 'state.changed'; state: ConnectionState; previous: ConnectionState | undefined; reason: string }
  /** It is CONNECTED for the first time. */
  | { type: 'connection.opened' }
  /** It ended before it was ever CONNECTED. */
  | { type: 'connection.failed' }
  /** It ended after it had been CONNECTED, whoever ended it. */
  | { type: 'connection.ended' };

interface ConnectionContext extends ConnectionInput {
  /** The attempt that runs or ran last: the epoch of `link.up` and `link.down`. */
  attempt: number;
  /** What was published last. */
  published: ConnectionState | undefined;
}

const machineSetup = setup({
  types: {} as {
    context: ConnectionContext;
    input: ConnectionInput;
    events: ConnectionEvent;
    emitted: ConnectionEmitted;
  },
  delays: {
    /** The hub's setting: how long an attempt may take before the next one. */
    establishTimeout: ({ context }) => context.settings.establishTimeoutMs,
    /** The hub's setting: the pause before the next attempt. */
    retryDelay: ({ context }) => context.settings.retryDelayMs,
    /** Long enough that asking costs a broker nothing, short enough that nobody waits for it. */
    verifyInterval: 250,
    /** Longer than the longest back-off of the other side's socket (10 s) and its login. */
    verifyTimeout: 15_000,
  },
  guards: {
    isCurrentAttempt: ({ context, event }) =>
      (event.type === 'link.up' || event.type === 'link.down') &&
      (event.attempt === context.attempt || (event.type === 'link.up' && event.attempt === PEER_ATTEMPT)),
    hasRetriesLeft: ({ context }) => context.attempt <= context.settings.retries,
    canRetry: ({ context, event }) =>
      event.type === 'link.down' &&
      event.attempt === context.attempt &&
      context.attempt <= context.settings.retries,
  },
});

/** Why a state was left, for the log: a fact's own reason, else what happened. */
function reasonFor(event: ConnectionEvent): string {
  if ('reason' in event) return event.reason;
  return event.type.startsWith('xstate.after.') ? 'no answer in time' : event.type;
}

/** Tells the application of a state. An emitted event leaves after the machine is in the state, not before. */
const publish = (state: ConnectionState) =>
  machineSetup.emit(({ context, event }) => ({
    type: 'state.changed',
    state,
    previous: context.published,
    reason: reasonFor(event),
  }));

const note = (published: ConnectionState) => machineSetup.assign({ published });

/**
 * The life of one connection of an endpoint, from the wish for it to its end. The five public states are its
 * top-level states (`failed` is published as `lost`).
 *
 * @public
 */
export const connectionMachine = machineSetup
  .extend({
    actions: {
      countAttempt: machineSetup.assign({ attempt: ({ context }) => context.attempt + 1 }),
      connect: ({ context }) => context.transport.connect(context.attempt),
      abandon: ({ context }) => context.transport.abandon(context.attempt),
      verify: ({ context }) => context.transport.verify(),
      release: ({ context }) => context.transport.release(),
      disconnect: ({ context }) => context.transport.disconnect(),
      publishConnecting: publish('connecting'),
      publishConnected: publish('CONNECTED'),
      publishReconnecting: publish('reconnecting'),
      publishLost: publish('lost'),
      publishClosed: publish('closed'),
      noteConnecting: note('connecting'),
      noteConnected: note('CONNECTED'),
      noteReconnecting: note('reconnecting'),
      noteLost: note('lost'),
      noteClosed: note('closed'),
      announceOpened: machineSetup.emit({ type: 'connection.opened' }),
      announceFailed: machineSetup.emit({ type: 'connection.failed' }),
      announceEnded: machineSetup.emit({ type: 'connection.ended' }),
    },
  })
  .createMachine({
    id: 'connection',
    context: ({ input }) => ({ ...input, attempt: PEER_ATTEMPT, published: undefined }),
    initial: 'idle',
    states: {
      // An actor exists one moment before its first event says who wants the connection.
      idle: {
        on: { open: 'connecting', 'peer.opening': 'connecting.accepting' },
      },
      connecting: {
        entry: ['publishConnecting', 'noteConnecting'],
        initial: 'attempting',
        on: {
          'link.up': {
            guard: 'isCurrentAttempt',
            target: 'CONNECTED',
            actions: ['publishConnected', 'announceOpened'],
          },
          close: { target: 'closed', actions: ['disconnect', 'publishClosed', 'announceFailed'] },
        },
        states: {
          // One attempt of our own is under way.
          attempting: {
            entry: ['countAttempt', 'connect'],
            after: {
              establishTimeout: [
                { guard: 'hasRetriesLeft', target: 'delaying', actions: 'abandon' },
                // The other side may have accepted, and its answer be late: it must not stay connected to nobody.
                { target: '#connection.failed', actions: ['abandon', 'disconnect'] },
              ],
            },
            on: {
              'link.down': [
                { guard: 'canRetry', target: 'delaying' },
                { guard: 'isCurrentAttempt', target: '#connection.failed' },
              ],
            },
          },
          // The last attempt failed; the next one waits for its moment.
          delaying: { after: { retryDelay: 'attempting' }, on: { wake: 'attempting' } },
          // The other side opens; nobody here has asked for the connection, so there is no second attempt.
          accepting: {
            on: {
              open: 'attempting',
              'link.down': { guard: 'isCurrentAttempt', target: '#connection.failed' },
            },
          },
        },
      },
      CONNECTED: {
        entry: 'noteConnected',
        on: {
          'link.suspended': { target: 'reconnecting', actions: 'publishReconnecting' },
          'link.lost': { target: 'lost', actions: ['publishLost', 'announceEnded'] },
          'link.closed': { target: 'closed', actions: ['publishClosed', 'announceEnded'] },
          close: { target: 'closed', actions: ['disconnect', 'publishClosed', 'announceEnded'] },
        },
      },
      // Interrupted: what is sent waits in the transport.
      reconnecting: {
        entry: 'noteReconnecting',
        initial: 'waiting',
        on: {
          'link.suspended': '.waiting',
          'link.restored': '.verifying',
          'link.resumed': { target: 'CONNECTED', actions: 'publishConnected' },
          'link.lost': { target: 'lost', actions: ['publishLost', 'announceEnded'] },
          'link.closed': { target: 'closed', actions: ['publishClosed', 'announceEnded'] },
          close: { target: 'closed', actions: ['disconnect', 'publishClosed', 'announceEnded'] },
        },
        states: {
          // The transport is down. It alone knows for how long.
          waiting: {},
          // The transport is back, and the other side may need a moment longer than we did.
          verifying: {
            initial: 'asking',
            after: {
              verifyTimeout: { target: '#connection.lost', actions: ['publishLost', 'announceEnded'] },
            },
            on: {
              'link.verified': { target: '#connection.CONNECTED', actions: ['release', 'publishConnected'] },
            },
            states: {
              asking: { entry: 'verify', on: { 'link.unverified': 'pausing' } },
              pausing: { after: { verifyInterval: 'asking' } },
            },
          },
        },
      },
      lost: { type: 'final', entry: 'noteLost' },
      // It never came up: for the application it is lost, and its callback says FAILED.
      failed: { type: 'final', entry: ['publishLost', 'noteLost', 'announceFailed'] },
      closed: { type: 'final', entry: 'noteClosed' },
    },
  });
