import type { ControlFrame, PlainFrame } from '../src/protocol/reliable.ts';
import { setup } from './setup.ts';

/**
 * How long the other side has for an acknowledgement, in ms, unless more comes: long enough that an answer of the
 * application takes it along, short enough that nobody takes it for a loss.
 */
export const ACKNOWLEDGE_DELAY_MS = 25;

/** What the machine asks of a session's plain code. None of these may throw. */
export interface SessionTransport {
  /** Sends a frame; what the parent connection cannot take now is lost. */
  send(frame: PlainFrame): void;
  /** Sends a HEARTBEAT, which names what is missing as far as that is confirmed. */
  sendHeartbeat(to: string): void;
  /** Sends a HEARTBEAT since nothing was told of what has been sent for too long. */
  probe(to: string): void;
  /** What is missing has had its time to come: HEARTBEATs name it. */
  confirmGaps(): void;
  /** Lets messages of the other side's session `remote` in, and ours out. */
  openDataPath(remote: string): void;
  closeDataPath(): void;
  /** Keeps what is sent from now on. */
  holdMessages(): void;
  /** Sends at once what is missing after this HEARTBEAT, and from now on whatever comes. */
  releaseMessages(heartbeat: Heartbeat): void;
  /** Sends again what was reported missing. */
  resend(): void;
  /** Opens the parent connection, unless it is there or opening. */
  openParent(): void;
  /** Closes the parent connection, which looks alive and is not, and opens it again. */
  reopenParent(): void;
  /** Silence counts from now. */
  restartSilence(): void;
}

/** How long a session waits, in ms, as its round trip is now. */
export interface SessionTiming {
  /** How late a message may be that a later one has passed; 0 where none does. */
  readonly reorderAllowanceMs: number;
  /** After how long what is missing still is asked for again; `Infinity` where the other side must not be hurried. */
  readonly askIntervalMs: number;
  /** How long it is until the other side should have told of what was sent, after so many probes. */
  untilProbeMs(probes: number): number;
}

export interface SessionInput {
  transport: SessionTransport;
  /** The session id of this side. */
  own: string;
  timing: SessionTiming;
}

type Heartbeat = Extract<ControlFrame, { type: 'frame.heartbeat' }>;

/**
 * `heartbeat.due` and `silence.*` come from the endpoint's scan: the repeating of a frame is due; nothing was heard
 * for the invalidate interval; nothing for the lost timeout. While messages pass, HEARTBEATs go to the windows, and what
 * they change comes here.
 */
export type SessionEvent =
  | ControlFrame
  /** The application wants the connection. */
  | { type: 'open' }
  /** The application wants it no more; whether all that it has sent has arrived, as far as is known. */
  | { type: 'close'; isDelivered: boolean }
  | { type: 'heartbeat.due' }
  | { type: 'silence.invalidating' }
  | { type: 'silence.lost' }
  | { type: 'parent.up' }
  | { type: 'parent.down' }
  /** A message came, and one before it is missing. */
  | { type: 'gap.detected' }
  /** What was asked for has come, and there is another gap. */
  | { type: 'gap.remains' }
  | { type: 'gap.closed' }
  /** Something has come that the other side does not know of. */
  | { type: 'acknowledgement.owed' }
  /** So much has come, or something twice, that it should know at once. */
  | { type: 'acknowledgement.due' }
  /** The other side has told of messages that it misses. */
  | { type: 'loss.reported' }
  /** Something is on its way whose arrival the other side will tell. */
  | { type: 'delivery.started' }
  /** Everything that was sent has arrived. */
  | { type: 'delivery.completed' }
  /** A message that waited can never be sent: the order cannot be kept. */
  | { type: 'message.undeliverable'; reason: string };

/** How a session ended: before it was CONNECTED, by silence, or by the other side's wish. */
export type SessionEnd = 'failed' | 'lost' | 'closed';

export type SessionEmitted =
  | { type: 'session.connected' }
  | { type: 'session.suspended'; reason: string }
  | { type: 'session.resumed' }
  /** What was sent before the application closed it has arrived. */
  | { type: 'session.drained' }
  /** It came to nothing, and a new one has to take its place. */
  | { type: 'session.superseded' }
  /** It ended, and the application did not ask for it. */
  | { type: 'session.ended'; how: SessionEnd; reason: string }
  /** Nothing comes any more: the parent connection is free. */
  | { type: 'session.released' };

interface SessionContext extends SessionInput {
  /** The session id of the other side, as soon as it is known. */
  remote: string | undefined;
  /** How many times in a row nothing was told of what was sent. */
  probes: number;
}

interface Step {
  context: SessionContext;
  event: SessionEvent;
}

/** T of the table in PROTOCOL §4. */
const namesOwn = ({ context, event }: Step) => 'to' in event && event.to === context.own;

/** F of the table; a session whose other side was never known writes `undefined` in its place. */
const namesRemote = ({ context, event }: Step) => 'from' in event && event.from === String(context.remote);

const isOfSession = (step: Step) => namesOwn(step) && namesRemote(step);

const machineSetup = setup({
  types: {} as {
    context: SessionContext;
    input: SessionInput;
    events: SessionEvent;
    emitted: SessionEmitted;
  },
  delays: {
    acknowledgeDelay: ACKNOWLEDGE_DELAY_MS,
    /** Of the round trip. */
    reorderAllowance: ({ context }) => context.timing.reorderAllowanceMs,
    /** Of the round trip. */
    askInterval: ({ context }) => context.timing.askIntervalMs,
    /** Of the round trip, from when something was told last. */
    probeTimeout: ({ context }) => context.timing.untilProbeMs(context.probes),
  },
  guards: {
    namesOwn,
    namesRemote,
    isOfSession,
    isDelivered: ({ event }) => event.type === 'close' && event.isDelivered,
    mayBeLate: ({ context }) => context.timing.reorderAllowanceMs > 0,
    hasHeard: ({ context }) => context.timing.untilProbeMs(context.probes) > 0,
  },
});

const sendAnswer = (type: 'frame.accept' | 'frame.close.connection') =>
  machineSetup.createAction(({ context }) =>
    context.transport.send({ type, to: String(context.remote), from: context.own }),
  );

const announceEnd = (how: SessionEnd, reason: string) =>
  machineSetup.emit(({ event }) => ({
    type: 'session.ended',
    how,
    reason: 'reason' in event ? event.reason : reason,
  }));

/**
 * The life of one session of a reliable connection (PROTOCOL §4), from its handshake until nothing of it can come
 * any more. A session has one id on either side; a connection that is opened again gets a new session.
 *
 * @public
 */
export const reliableSessionMachine = machineSetup
  .extend({
    actions: {
      rememberRemote: machineSetup.assign({
        remote: ({ context, event }) => ('from' in event ? event.from : context.remote),
      }),
      countProbe: machineSetup.assign({ probes: ({ context }) => context.probes + 1 }),
      resetProbes: machineSetup.assign({ probes: 0 }),
      sendHandshake: ({ context }) => context.transport.send({ type: 'frame.handshake', from: context.own }),
      sendAccept: sendAnswer('frame.accept'),
      sendHeartbeat: ({ context }) => context.transport.sendHeartbeat(String(context.remote)),
      probe: ({ context }) => context.transport.probe(String(context.remote)),
      confirmGaps: ({ context }) => context.transport.confirmGaps(),
      sendCloseConnection: sendAnswer('frame.close.connection'),
      openDataPath: ({ context }) => context.transport.openDataPath(String(context.remote)),
      closeDataPath: ({ context }) => context.transport.closeDataPath(),
      holdMessages: ({ context }) => context.transport.holdMessages(),
      releaseMessages: ({ context, event }) => {
        if (event.type === 'frame.heartbeat') context.transport.releaseMessages(event);
      },
      resend: ({ context }) => context.transport.resend(),
      openParent: ({ context }) => context.transport.openParent(),
      reopenParent: ({ context }) => context.transport.reopenParent(),
      restartSilence: ({ context }) => context.transport.restartSilence(),
      announceConnected: machineSetup.emit({ type: 'session.connected' }),
      announceParentDown: machineSetup.emit({
        type: 'session.suspended',
        reason: 'the parent connection is down',
      }),
      announceSilence: machineSetup.emit({
        type: 'session.suspended',
        reason: 'nothing was heard for the invalidate interval',
      }),
      announceResumed: machineSetup.emit({ type: 'session.resumed' }),
      announceDrained: machineSetup.emit({ type: 'session.drained' }),
      announceSuperseded: machineSetup.emit({ type: 'session.superseded' }),
      announceFailed: announceEnd('failed', 'no answer within the lost timeout'),
      announceRefused: announceEnd('failed', 'the other side refused'),
      announceLost: announceEnd('lost', 'nothing was heard for the lost timeout'),
      announceClosed: announceEnd('closed', 'the other side closed the connection'),
      announceReleased: machineSetup.emit({ type: 'session.released' }),
    },
  })
  .createMachine({
    id: 'reliable-session',
    context: ({ input }) => ({ ...input, remote: undefined, probes: 0 }),
    initial: 'noAction',
    states: {
      // An actor exists one moment before its first event says who opens the session.
      noAction: {
        on: {
          open: 'handshaking',
          close: 'released',
          'frame.handshake': { target: 'accepting', actions: ['restartSilence', 'rememberRemote'] },
        },
      },
      // Opened here: the other side is asked until it answers.
      handshaking: {
        entry: ['sendHandshake', 'openParent'],
        on: {
          close: 'closing',
          'heartbeat.due': { actions: ['sendHandshake', 'openParent'] },
          'parent.up': { actions: 'sendHandshake' },
          'parent.down': { actions: 'openParent' },
          'silence.invalidating': { actions: 'reopenParent' },
          'silence.lost': { target: 'closing', actions: 'announceFailed' },
          'frame.handshake': { target: 'accepting.wanted', actions: ['restartSilence', 'rememberRemote'] },
          'frame.accept': {
            guard: 'namesOwn',
            target: 'connected',
            actions: ['restartSilence', 'rememberRemote', 'announceConnected'],
          },
          // Of an older session that the other side has held until now: from here on it takes a HANDSHAKE.
          'frame.close.connection': { actions: 'sendHandshake' },
        },
      },
      // The other side's HANDSHAKE is answered until its HEARTBEAT says that it knows.
      accepting: {
        entry: ['sendAccept', 'openParent'],
        initial: 'answering',
        on: {
          close: 'closing',
          'heartbeat.due': { actions: ['sendAccept', 'openParent'] },
          'parent.up': { actions: 'sendAccept' },
          'parent.down': { actions: 'openParent' },
          'silence.invalidating': { actions: 'reopenParent' },
          'frame.handshake': { guard: 'namesRemote', actions: ['restartSilence', 'sendAccept'] },
          'frame.accept': {
            guard: 'isOfSession',
            target: 'connected',
            actions: ['restartSilence', 'announceConnected'],
          },
          'frame.heartbeat': {
            guard: 'isOfSession',
            target: 'connected',
            actions: ['restartSilence', 'announceConnected'],
          },
          'frame.close.connection': { guard: 'namesRemote', target: 'closed', actions: 'announceRefused' },
        },
        states: {
          // Nobody here has asked for the connection.
          answering: {
            on: {
              open: 'wanted',
              'silence.lost': { target: '#reliable-session.closing', actions: 'announceFailed' },
            },
          },
          // The application wants it as well, so that a session of its own follows one that comes to nothing.
          wanted: {
            on: { 'silence.lost': { target: '#reliable-session.closing', actions: 'announceSuperseded' } },
          },
        },
      },
      // Both sides know each other: messages pass.
      connected: {
        type: 'parallel',
        entry: ['openDataPath', 'sendHeartbeat'],
        exit: 'closeDataPath',
        on: {
          'heartbeat.due': { actions: ['confirmGaps', 'sendHeartbeat', 'openParent'] },
          'parent.up': { actions: ['confirmGaps', 'sendHeartbeat'] },
          'loss.reported': { actions: 'resend' },
          'silence.lost': { target: 'closing', actions: 'announceLost' },
          'message.undeliverable': { target: 'closing', actions: 'announceLost' },
          // The other side has not heard our HEARTBEAT.
          'frame.accept': { guard: 'isOfSession', actions: ['restartSilence', 'sendHeartbeat'] },
          'frame.close.connection': { guard: 'isOfSession', target: 'closed', actions: 'announceClosed' },
        },
        states: {
          // Whether the application wants it.
          wish: {
            initial: 'wanted',
            states: {
              wanted: {
                on: {
                  close: [
                    { guard: 'isDelivered', target: '#reliable-session.closing' },
                    { target: 'draining' },
                  ],
                },
              },
              // The application wants it no more, and what it has sent is still to arrive.
              draining: {
                on: {
                  'delivery.completed': { target: '#reliable-session.closing', actions: 'announceDrained' },
                  // There is no time for that.
                  close: { guard: 'isDelivered', target: '#reliable-session.closing' },
                  // As below, but nobody is left to be told.
                  'silence.lost': '#reliable-session.closing',
                  'message.undeliverable': '#reliable-session.closing',
                  'frame.close.connection': { guard: 'isOfSession', target: '#reliable-session.closed' },
                },
              },
            },
          },
          // What is missing here: it is asked for until it has come.
          recovery: {
            initial: 'inOrder',
            states: {
              inOrder: {
                on: { 'gap.detected': [{ guard: 'mayBeLate', target: 'allowing' }, { target: 'asking' }] },
              },
              // A later message may only have passed an earlier one.
              allowing: { after: { reorderAllowance: 'asking' }, on: { 'gap.closed': 'inOrder' } },
              asking: {
                entry: ['confirmGaps', 'sendHeartbeat'],
                after: { askInterval: { target: 'asking', reenter: true } },
                on: { 'gap.remains': { target: 'asking', reenter: true }, 'gap.closed': 'inOrder' },
              },
            },
          },
          // What the other side does not know of what has come.
          acknowledgement: {
            initial: 'settled',
            states: {
              settled: {
                on: {
                  'acknowledgement.owed': 'owing',
                  'acknowledgement.due': { actions: 'sendHeartbeat' },
                },
              },
              // It goes out a moment later, together with that for whatever comes meanwhile.
              owing: {
                after: { acknowledgeDelay: { target: 'settled', actions: 'sendHeartbeat' } },
                on: { 'acknowledgement.due': { target: 'settled', actions: 'sendHeartbeat' } },
              },
            },
          },
          // What was sent, and whether the other side tells of it.
          delivery: {
            initial: 'completed',
            states: {
              completed: { on: { 'delivery.started': 'awaiting' } },
              awaiting: {
                after: {
                  probeTimeout: [
                    { guard: 'hasHeard', target: 'awaiting', reenter: true, actions: 'resetProbes' },
                    // The end of what was sent may be lost, or what the other side has told of it.
                    { target: 'awaiting', reenter: true, actions: ['countProbe', 'probe'] },
                  ],
                },
                on: { 'delivery.completed': { target: 'completed', actions: 'resetProbes' } },
              },
            },
          },
          // Whether the other side can be heard.
          liveness: {
            initial: 'live',
            states: {
              live: {
                on: {
                  'parent.down': {
                    target: 'interrupted.waiting',
                    actions: ['openParent', 'announceParentDown'],
                  },
                  'silence.invalidating': {
                    target: 'interrupted.probing',
                    actions: ['reopenParent', 'announceSilence'],
                  },
                },
              },
              // What is sent waits until the other side is heard again.
              interrupted: {
                entry: 'holdMessages',
                initial: 'waiting',
                states: {
                  // The parent connection is down.
                  waiting: {
                    on: {
                      'parent.up': { target: 'probing', actions: ['confirmGaps', 'sendHeartbeat'] },
                      'parent.down': { actions: 'openParent' },
                    },
                  },
                  // The parent connection is up, and says nothing about the other side.
                  probing: {
                    on: {
                      'parent.down': { target: 'waiting', actions: 'openParent' },
                      'silence.invalidating': { actions: 'reopenParent' },
                      'frame.heartbeat': {
                        guard: 'isOfSession',
                        target: '#reliable-session.connected.liveness.live',
                        actions: ['restartSilence', 'releaseMessages', 'announceResumed'],
                      },
                    },
                  },
                },
              },
            },
          },
        },
      },
      // Ended here, and the other side is told until it answers.
      closing: {
        entry: ['restartSilence', 'sendCloseConnection', 'openParent'],
        on: {
          'heartbeat.due': { actions: ['sendCloseConnection', 'openParent'] },
          'parent.up': { actions: 'sendCloseConnection' },
          'parent.down': { actions: 'openParent' },
          'silence.lost': 'released',
          'frame.close.accept': { guard: 'isOfSession', target: 'closed' },
        },
      },
      // Both sides know that it has ended: what is on its way still belongs to nobody else.
      closed: {
        entry: 'restartSilence',
        on: { 'silence.lost': 'released' },
      },
      released: { type: 'final', entry: 'announceReleased' },
    },
  });
