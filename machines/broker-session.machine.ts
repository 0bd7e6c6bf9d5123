import { setup } from 'xstate';

/** What the machine asks of the socket's side. None of these may throw. */
export interface BrokerSessionTransport {
  /** Sends a ping; the answer comes as `pong.received`. */
  ping(): void;
  /** How many bytes have come over the socket since it opened. */
  getReceivedBytes(): number;
  /** Begins to close the socket; `socket.closed` follows when the other side agrees. */
  close(code: number, reason: string): void;
  /** Cuts the socket: nothing is sent and nothing is waited for. */
  terminate(): void;
}

/** Who holds which EVA, as one session sees it. None of these may throw. */
export interface BrokerSessionLogins {
  isFree(eva: string): boolean;
  /** Makes this session the holder of a free EVA. */
  take(eva: string): void;
  /** Lets the holder prove that its socket lives; `claim.settled` follows, however that ends. */
  challenge(eva: string): void;
}

/** How patient a broker is; all of its sessions share one object. */
export interface BrokerSessionSettings {
  /** How long a socket may stay without a login, in ms; `Infinity` for ever. */
  loginTimeoutMs: number;
  /** The pause between two pings, and how long the answer may take, in ms; `Infinity` never pings. */
  pingIntervalMs: number;
}

export interface BrokerSessionInput {
  transport: BrokerSessionTransport;
  logins: BrokerSessionLogins;
  settings: BrokerSessionSettings;
}

// One socket for the whole life of a session: nothing here can come from a replaced one, so there is no epoch.
export type BrokerSessionEvent =
  /** The client calls LOGIN; `header` identifies the call. */
  | { type: 'login.requested'; header: string; eva: string }
  /** Another socket wants the EVA that this one holds. */
  | { type: 'login.challenged' }
  /** The holder of the claimed EVA is gone, or has proved that it lives. */
  | { type: 'claim.settled' }
  | { type: 'pong.received' }
  /** More waits for this socket than it may. */
  | { type: 'socket.overflowed' }
  | { type: 'socket.closed'; reason: string }
  | { type: 'broker.closing' };

export type LoginResult = 'OK' | 'NOT-OK-ALREADY-AUTHORIZED' | 'NOT-OK-LOGIN-ALREADY-IN-USE';

export type BrokerSessionEmitted =
  | { type: 'login.answered'; header: string; result: LoginResult }
  /** The socket lives, which was in doubt. */
  | { type: 'liveness.proved' }
  /** Its EVA and its entries are free from now on. `expected` unless the broker had to end it. */
  | { type: 'session.ended'; reason: string; expected: boolean }
  /** Its socket is closed as well. */
  | { type: 'session.closed' };

interface BrokerSessionContext extends BrokerSessionInput {
  /** The EVA that this session holds, from its login on. */
  eva: string | undefined;
  /** The LOGIN call that waits for its answer, or waited last. */
  claim: { header: string; eva: string } | undefined;
  /** The bytes that had been received when the last ping left. */
  receivedBytes: number;
}

const machineSetup = setup({
  types: {} as {
    context: BrokerSessionContext;
    input: BrokerSessionInput;
    events: BrokerSessionEvent;
    emitted: BrokerSessionEmitted;
  },
  delays: {
    /** The broker's option: a socket that never logs in must not be kept for ever. */
    loginTimeout: ({ context }) => context.settings.loginTimeoutMs,
    /** The broker's option: how long a dead socket may go unnoticed while nobody claims its EVA. */
    pingInterval: ({ context }) => context.settings.pingIntervalMs,
    /** Several round trips of a slow line, and still short for a client that waits for its own EVA. */
    probeTimeout: 1000,
    /** The other side needs one round trip to agree; one that doesn't must not hold up the broker's end. */
    drainTimeout: 1000,
  },
  guards: {
    isEvaFree: ({ context, event }) => {
      const call = requestedLogin(context, event);
      return call !== undefined && context.logins.isFree(call.eva);
    },
    isOwnEva: ({ context, event }) => event.type === 'login.requested' && event.eva === context.eva,
    // Any byte proves that the socket lives: a pong can be queued behind a big frame on a slow line.
    hasBeenHeard: ({ context }) => context.transport.getReceivedBytes() > context.receivedBytes,
  },
});

/** The LOGIN call that an event brings, else the one that waits. */
function requestedLogin({ claim }: BrokerSessionContext, event: BrokerSessionEvent) {
  return event.type === 'login.requested' ? event : claim;
}

const answerLogin = (result: LoginResult) =>
  machineSetup.enqueueActions(({ context, event, enqueue }) => {
    const call = requestedLogin(context, event);
    if (call !== undefined) enqueue.emit({ type: 'login.answered', header: call.header, result });
  });

/** Closes the socket with a code, so that a client that still listens learns why. */
const closeWith = (code: number, reason: string) =>
  machineSetup.createAction(({ context }) => context.transport.close(code, reason));

const announceEnd = (reason: string, expected = false) =>
  machineSetup.emit({ type: 'session.ended', reason, expected });

const UNAUTHENTICATED = 'no LOGIN in time';
const SLOW = 'the receiver is too slow: too much waits for it';
const SHUTDOWN = 'the broker closes';

/**
 * The life of one socket on the broker: who it is, whether it still lives, and its orderly end. What a client sends
 * besides LOGIN never comes here.
 *
 * @public
 */
export const brokerSessionMachine = machineSetup
  .extend({
    actions: {
      rememberClaim: machineSetup.assign({
        claim: ({ context, event }) => {
          const call = requestedLogin(context, event);
          return call && { header: call.header, eva: call.eva };
        },
      }),
      challengeHolder: ({ context }) => {
        if (context.claim !== undefined) context.logins.challenge(context.claim.eva);
      },
      rememberEva: machineSetup.assign({
        eva: ({ context, event }) => requestedLogin(context, event)?.eva,
      }),
      takeEva: ({ context }) => {
        if (context.eva !== undefined) context.logins.take(context.eva);
      },
      answerOk: answerLogin('OK'),
      answerAlreadyAuthorized: answerLogin('NOT-OK-ALREADY-AUTHORIZED'),
      answerInUse: answerLogin('NOT-OK-LOGIN-ALREADY-IN-USE'),
      rememberReceivedBytes: machineSetup.assign({
        receivedBytes: ({ context }) => context.transport.getReceivedBytes(),
      }),
      ping: ({ context }) => context.transport.ping(),
      terminate: ({ context }) => context.transport.terminate(),
      // 1008: policy violation · 1013: try again later · 1001: going away
      closeUnauthenticated: closeWith(1008, UNAUTHENTICATED),
      closeSlow: closeWith(1013, SLOW),
      closeForShutdown: closeWith(1001, SHUTDOWN),
      announceUnauthenticated: announceEnd(UNAUTHENTICATED),
      announceSlow: announceEnd(SLOW),
      announceShutdown: announceEnd(SHUTDOWN, true),
      announceProved: machineSetup.emit({ type: 'liveness.proved' }),
      announceDead: announceEnd('no answer to a ping'),
      announceGone: machineSetup.emit(({ event }) => ({
        type: 'session.ended',
        reason: 'reason' in event ? event.reason : event.type,
        expected: true,
      })),
      announceClosed: machineSetup.emit({ type: 'session.closed' }),
    },
  })
  .createMachine({
    id: 'broker-session',
    context: ({ input }) => ({ ...input, eva: undefined, claim: undefined, receivedBytes: 0 }),
    initial: 'open',
    states: {
      // Owns the socket's rights: whoever leaves it holds no EVA and no entry any more.
      open: {
        type: 'parallel',
        on: {
          'socket.closed': { target: 'closed', actions: 'announceGone' },
          'socket.overflowed': { target: 'draining', actions: ['closeSlow', 'announceSlow'] },
          'broker.closing': { target: 'draining', actions: ['closeForShutdown', 'announceShutdown'] },
        },
        states: {
          login: {
            initial: 'anonymous',
            states: {
              // The time to log in runs from the opening of the socket on, however many LOGINs are refused.
              anonymous: {
                initial: 'awaitingLogin',
                after: {
                  loginTimeout: {
                    target: '#broker-session.draining',
                    actions: ['closeUnauthenticated', 'announceUnauthenticated'],
                  },
                },
                states: {
                  // Nobody knows yet who this is.
                  awaitingLogin: {
                    on: {
                      'login.requested': [
                        {
                          guard: 'isEvaFree',
                          target: '#broker-session.open.login.ready',
                          actions: ['rememberEva', 'takeEva', 'answerOk'],
                        },
                        { target: 'claiming', actions: 'rememberClaim' },
                      ],
                    },
                  },
                  // Another socket holds the EVA. Often it is this client's own dead one, so it is asked for a sign of life.
                  claiming: {
                    entry: 'challengeHolder',
                    on: {
                      'claim.settled': [
                        {
                          guard: 'isEvaFree',
                          target: '#broker-session.open.login.ready',
                          actions: ['rememberEva', 'takeEva', 'answerOk'],
                        },
                        { target: 'awaitingLogin', actions: 'answerInUse' },
                      ],
                      'login.requested': { actions: 'answerInUse' },
                    },
                  },
                },
              },
              // It holds its EVA; its calls pass.
              ready: {
                on: {
                  'login.requested': [
                    { guard: 'isOwnEva', actions: 'answerOk' },
                    { actions: 'answerAlreadyAuthorized' },
                  ],
                },
              },
            },
          },
          liveness: {
            initial: 'quiet',
            states: {
              // It was heard of not long ago.
              quiet: {
                after: { pingInterval: 'pinged' },
                on: { 'login.challenged': 'challenged' },
              },
              // A ping is out that nobody is in a hurry for.
              pinged: {
                entry: ['rememberReceivedBytes', 'ping'],
                on: { 'pong.received': 'quiet', 'login.challenged': 'challenged' },
                after: {
                  pingInterval: [
                    { guard: 'hasBeenHeard', target: 'pinged', reenter: true },
                    { target: '#broker-session.closed', actions: ['terminate', 'announceDead'] },
                  ],
                },
              },
              // Somebody waits for the EVA: a live socket keeps it, a dead one loses it at once.
              challenged: {
                entry: ['rememberReceivedBytes', 'ping'],
                on: { 'pong.received': { target: 'quiet', actions: 'announceProved' } },
                after: {
                  probeTimeout: [
                    { guard: 'hasBeenHeard', target: 'quiet', actions: 'announceProved' },
                    { target: '#broker-session.closed', actions: ['terminate', 'announceDead'] },
                  ],
                },
              },
            },
          },
        },
      },
      // The socket closes in good order; what still comes over it is nobody's any more.
      draining: {
        on: { 'socket.closed': 'closed' },
        after: { drainTimeout: { target: 'closed', actions: 'terminate' } },
      },
      closed: { type: 'final', entry: 'announceClosed' },
    },
  });
