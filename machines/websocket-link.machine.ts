import { setup } from './setup.ts';

/** What the machine asks of the RPC. None of these may throw. */
export interface WebSocketLinkTransport {
  /** Opens socket number `socket`; every fact about it carries this number. */
  open(socket: number): void;
  /** Closes the socket that is open. */
  close(): void;
  /** Sends LOGIN: `login.accepted` or `login.refused` of the same number. */
  login(socket: number): void;
  /** Sends PING, so that something has to be answered. */
  ping(): void;
}

/** Plain counters that the RPC keeps, so that no call has to be an event. */
export interface WebSocketLinkTraffic {
  /** How many calls have no answer yet. */
  readonly outstanding: number;
  /** How many responses have ever come. */
  readonly responses: number;
}

/** How patient a link is; `settings.changed` tells of a change. */
export interface WebSocketLinkSettings {
  /** How often, in ms, calls without an answer make sure that responses come at all. */
  busyIntervalMs: number;
  /** How long, in ms, nothing is asked before a PING is. */
  idleIntervalMs: number;
  /** The pause after a refused LOGIN, and the patience for one without an answer, in ms. */
  loginIntervalMs: number;
}

export interface WebSocketLinkInput {
  transport: WebSocketLinkTransport;
  traffic: WebSocketLinkTraffic;
  settings: WebSocketLinkSettings;
  /** Chance, from 0 up to 1: spreads the clients that a broker's restart has thrown out. */
  random: () => number;
}

export type WebSocketLinkEvent =
  | { type: 'socket.opened'; socket: number }
  | { type: 'socket.closed'; socket: number; reason: string }
  | { type: 'login.accepted'; socket: number }
  | { type: 'login.refused'; socket: number; reason: string }
  /** A call was made while the link was idle. */
  | { type: 'call.made' }
  /** The application doubts the socket, for instance since the page was asleep. */
  | { type: 'verify' }
  /** The wait that runs begins anew with the new settings; a LOGIN that is under way keeps its own. */
  | { type: 'settings.changed' }
  | { type: 'destroy' };

export type WebSocketLinkEmitted =
  /** The broker has accepted the LOGIN: calls pass. */
  | { type: 'link.ready' }
  /** The socket is gone, whether it had been ready or not. */
  | { type: 'link.down'; reason: string };

interface WebSocketLinkContext extends WebSocketLinkInput {
  /** The number of the socket: the epoch of its facts. */
  socket: number;
  /** Sockets opened since the last one that lasted. */
  trial: number;
  /** The responses that had come when the check that runs began. */
  responsesSeen: number;
}

const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 10_000;

const machineSetup = setup({
  types: {} as {
    context: WebSocketLinkContext;
    input: WebSocketLinkInput;
    events: WebSocketLinkEvent;
    emitted: WebSocketLinkEmitted;
    tags: 'ready' | 'idle';
  },
  delays: {
    /** Far above any handshake that still succeeds; a packet filter that swallows it would hold us for minutes. */
    connectTimeout: 10_000,
    /** The setting: how long a LOGIN may take, and the pause after a refused one. */
    loginInterval: ({ context }) => context.settings.loginIntervalMs,
    /** The setting: how long calls may go without any response. */
    busyInterval: ({ context }) => context.settings.busyIntervalMs,
    /** The setting: how long quiet is taken for health. */
    idleInterval: ({ context }) => context.settings.idleIntervalMs,
    /** Somebody waits for the answer; far above any round trip. */
    verifyTimeout: 5000,
    /** A socket that lives this long was no trial: a broker that drops us right after LOGIN is not hammered. */
    lastingTimeout: 1000,
    /** Doubles with every trial; between half and the whole, so that clients do not come back all at once. */
    backoff: ({ context: { trial, random } }) =>
      Math.min(FIRST_BACKOFF_MS * 2 ** (trial - 1), LONGEST_BACKOFF_MS) * (0.5 + random() / 2),
  },
  guards: {
    isCurrentSocket: ({ context, event }) => 'socket' in event && event.socket === context.socket,
    isFirstTrial: ({ context, event }) =>
      'socket' in event && event.socket === context.socket && context.trial <= 1,
    hasCallsAfterLogin: ({ context, event }) =>
      event.type === 'login.accepted' && event.socket === context.socket && context.traffic.outstanding > 0,
    hasCalls: ({ context }) => context.traffic.outstanding > 0,
    isSilent: ({ context }) =>
      context.traffic.outstanding > 0 && context.traffic.responses === context.responsesSeen,
  },
});

/** Tells that the socket is gone, and why: the fact's own reason, or one for a time that ran out. */
const announceDown = (reason: string) =>
  machineSetup.emit(({ event }) => ({
    type: 'link.down' as const,
    reason: 'reason' in event ? event.reason : reason,
  }));

/**
 * The life of one client of a broker: a socket, the next one where it fails, and the LOGIN on each.
 *
 * @public
 */
export const websocketLinkMachine = machineSetup
  .extend({
    actions: {
      countSocket: machineSetup.assign({
        socket: ({ context }) => context.socket + 1,
        trial: ({ context }) => context.trial + 1,
      }),
      forgetTrials: machineSetup.assign({ trial: 0 }),
      noteResponses: machineSetup.assign({ responsesSeen: ({ context }) => context.traffic.responses }),
      openSocket: ({ context }) => context.transport.open(context.socket),
      closeSocket: ({ context }) => context.transport.close(),
      login: ({ context }) => context.transport.login(context.socket),
      ping: ({ context }) => context.transport.ping(),
      announceReady: machineSetup.emit({ type: 'link.ready' }),
      announceClosed: announceDown('the socket closed'),
      announceConnectTimeout: announceDown('the socket did not open in time'),
      announceLoginTimeout: announceDown('LOGIN was not answered in time'),
      announceSilence: announceDown('calls were not answered in time'),
    },
  })
  .createMachine({
    id: 'websocket-link',
    context: ({ input }) => ({ ...input, socket: 0, trial: 0, responsesSeen: 0 }),
    initial: 'active',
    on: { destroy: '.destroyed' },
    states: {
      // Owns one socket: entering opens it, and whatever leaves closes it.
      active: {
        entry: ['countSocket', 'openSocket'],
        exit: 'closeSocket',
        initial: 'connecting',
        on: {
          'socket.closed': { guard: 'isCurrentSocket', target: 'backingOff', actions: 'announceClosed' },
        },
        states: {
          // A socket that nobody refuses may still never open.
          connecting: {
            after: {
              connectTimeout: { target: '#websocket-link.backingOff', actions: 'announceConnectTimeout' },
            },
            on: { 'socket.opened': { guard: 'isCurrentSocket', target: 'loggingIn' } },
          },
          // The broker takes nothing before LOGIN.
          loggingIn: {
            entry: 'login',
            after: {
              loginInterval: {
                target: '#websocket-link.active',
                reenter: true,
                actions: 'announceLoginTimeout',
              },
            },
            on: {
              'login.accepted': [
                { guard: 'hasCallsAfterLogin', target: 'ready.busy' },
                { guard: 'isCurrentSocket', target: 'ready' },
              ],
              'login.refused': {
                guard: 'isCurrentSocket',
                target: '#websocket-link.waitingToLogin',
                actions: 'announceClosed',
              },
            },
          },
          // Calls pass. Below, what is known of the socket's health.
          ready: {
            tags: 'ready',
            entry: 'announceReady',
            initial: 'idle',
            after: { lastingTimeout: { actions: 'forgetTrials' } },
            on: {
              'socket.closed': {
                guard: 'isFirstTrial',
                target: '#websocket-link.active',
                reenter: true,
                actions: 'announceClosed',
              },
            },
            states: {
              // Nothing is asked, so nothing is known; after a while, ask.
              idle: {
                tags: 'idle',
                after: { idleInterval: { target: 'busy', actions: 'ping' } },
                on: {
                  'call.made': 'busy',
                  verify: 'verifying',
                  'settings.changed': { target: 'idle', reenter: true },
                },
              },
              // Calls wait for answers: in each interval one has to come.
              busy: {
                entry: 'noteResponses',
                after: {
                  busyInterval: [
                    {
                      guard: 'isSilent',
                      target: '#websocket-link.active',
                      reenter: true,
                      actions: 'announceSilence',
                    },
                    { guard: 'hasCalls', target: 'busy', reenter: true },
                    { target: 'idle' },
                  ],
                },
                on: { verify: 'verifying', 'settings.changed': { target: 'busy', reenter: true } },
              },
              // The application wants to know now.
              verifying: {
                entry: ['noteResponses', 'ping'],
                after: {
                  verifyTimeout: [
                    {
                      guard: 'isSilent',
                      target: '#websocket-link.active',
                      reenter: true,
                      actions: 'announceSilence',
                    },
                    { target: 'busy' },
                  ],
                },
              },
            },
          },
        },
      },
      // The broker cannot be reached: longer pauses spare it and the battery.
      backingOff: { after: { backoff: 'active' }, on: { verify: 'active' } },
      // The broker refuses us, most often since it holds our last socket for alive: that takes it a while to notice.
      waitingToLogin: {
        after: { loginInterval: 'active' },
        on: { verify: 'active', 'settings.changed': { target: 'waitingToLogin', reenter: true } },
      },
      destroyed: { type: 'final' },
    },
  });
