import type { ControlFrame, PlainFrame } from '../src/protocol/reliable.ts';
import { setup } from './setup.ts';

/** What the machine asks of a session's plain code. None of these may throw. */
export interface SessionTransport {
  /** Sends a frame; what the parent connection cannot take now is lost. */
  send(frame: PlainFrame): void;
  /** Sends a HEARTBEAT that names the first gap, if there is one. */
  sendHeartbeat(to: string): void;
  /** Lets MESSAGEs of the other side's session `remote` in, and ours out. */
  openDataPath(remote: string): void;
  closeDataPath(): void;
  /** Keeps what is sent from now on. */
  holdMessages(): void;
  /** Sends at once what is not acknowledged, and from now on whatever comes. */
  releaseMessages(): void;
  /** Everything before `gapBegin` has arrived. */
  acknowledge(gapBegin: number): void;
  /** Sends the messages `begin` to `end` again, both included, as far as they are held. */
  resend(begin: number, end: number): void;
  /** Opens the parent connection, unless it is there or opening. */
  openParent(): void;
  /** Closes the parent connection, which looks alive and is not, and opens it again. */
  reopenParent(): void;
  /** Silence counts from now. */
  restartSilence(): void;
}

export interface SessionInput {
  transport: SessionTransport;
  /** The session id of this side. */
  own: string;
}

/** A HEARTBEAT, and how many messages had been sent when it came. */
type HeardFrame = Extract<ControlFrame, { type: 'frame.heartbeat' }> & { sent: number };

/**
 * `heartbeat.due` and `silence.*` come from the endpoint's scan: the repeating of a frame is due; nothing was heard
 * for the invalidate interval; nothing for the lost timeout.
 */
export type SessionEvent =
  | Exclude<ControlFrame, { type: 'frame.heartbeat' }>
  | HeardFrame
  /** The application wants the connection. */
  | { type: 'open' }
  /** The application wants it no more. */
  | { type: 'close' }
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
  /** So much has come since the last HEARTBEAT that the other side's memory should be freed early. */
  | { type: 'acknowledgement.due' }
  /** A message that waited can never be sent: the order cannot be kept. */
  | { type: 'message.undeliverable'; reason: string };

/** How a session ended: before it was CONNECTED, by silence, or by the other side's wish. */
export type SessionEnd = 'failed' | 'lost' | 'closed';

export type SessionEmitted =
  | { type: 'session.connected' }
  | { type: 'session.suspended'; reason: string }
  | { type: 'session.resumed' }
  /** It came to nothing, and a new one has to take its place. */
  | { type: 'session.superseded' }
  /** It ended, and the application did not ask for it. */
  | { type: 'session.ended'; how: SessionEnd; reason: string }
  /** Nothing comes any more: the parent connection is free. */
  | { type: 'session.released' };

interface SessionContext extends SessionInput {
  /** The session id of the other side, as soon as it is known. */
  remote: string | undefined;
  /** The first of the equal HEARTBEATs that came last. */
  heard: HeardFrame | undefined;
  /** How many times it has been repeated. */
  repeats: number;
  /** How many repetitions it takes until what is missing is sent again. */
  patience: number;
  /** What had been sent when that was done last; once it has arrived, the first repetition is enough again. */
  resent: number;
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

/**
 * How many HEARTBEATs in a row before this one missed the same. Messages that were sent after the first of them may
 * still be on their way, and do not count.
 */
const countRepeats = ({ heard, repeats }: SessionContext, { gapBegin, gapEnd }: HeardFrame) =>
  heard?.gapBegin === gapBegin && heard.gapEnd === gapEnd && heard.sent > gapBegin ? repeats + 1 : 0;

/** A gap with the same end and a later begin is being filled. */
const isNewGap = ({ heard }: SessionContext, { gapEnd }: HeardFrame) => gapEnd !== heard?.gapEnd;

const isPowerOfTwo = (count: number) => Number.isInteger(Math.log2(count));

const noteResend = (event: SessionEvent, patience: number) =>
  event.type === 'frame.heartbeat' ? { heard: event, repeats: 0, patience, resent: event.sent } : {};

const NOTHING_HEARD = { heard: undefined, repeats: 0, patience: 1, resent: 0 };

const machineSetup = setup({
  types: {} as {
    context: SessionContext;
    input: SessionInput;
    events: SessionEvent;
    emitted: SessionEmitted;
  },
  guards: {
    namesOwn,
    namesRemote,
    isOfSession,
    asksForGap: ({ context, event }) =>
      event.type === 'frame.heartbeat' &&
      isOfSession({ context, event }) &&
      event.gapEnd >= 0 &&
      (isNewGap(context, event) || isPowerOfTwo(countRepeats(context, event))),
    exhaustsPatience: ({ context, event }) =>
      event.type === 'frame.heartbeat' &&
      isOfSession({ context, event }) &&
      event.gapEnd < 0 &&
      countRepeats(context, event) >= context.patience,
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
      noteHeartbeat: machineSetup.assign(({ context, event }) => {
        if (event.type !== 'frame.heartbeat') return {};
        const repeats = countRepeats(context, event);
        const patience = event.gapBegin >= context.resent ? 1 : context.patience;
        return { heard: repeats > 0 ? context.heard : event, repeats, patience };
      }),
      // On a slow connection the copies may be in a queue, and more of them would only make it longer.
      doublePatience: machineSetup.assign(({ context, event }) => noteResend(event, 2 * context.patience)),
      // As after a first resend: whatever was in a queue is gone with the old parent connection.
      restartPatience: machineSetup.assign(({ event }) => noteResend(event, 2)),
      sendHandshake: ({ context }) => context.transport.send({ type: 'frame.handshake', from: context.own }),
      sendAccept: sendAnswer('frame.accept'),
      sendHeartbeat: ({ context }) => context.transport.sendHeartbeat(String(context.remote)),
      sendCloseConnection: sendAnswer('frame.close.connection'),
      openDataPath: ({ context }) => context.transport.openDataPath(String(context.remote)),
      closeDataPath: ({ context }) => context.transport.closeDataPath(),
      holdMessages: ({ context }) => context.transport.holdMessages(),
      releaseMessages: ({ context }) => context.transport.releaseMessages(),
      acknowledge: ({ context, event }) => {
        if (event.type === 'frame.heartbeat') context.transport.acknowledge(event.gapBegin);
      },
      resendGap: ({ context, event }) => {
        if (event.type === 'frame.heartbeat') context.transport.resend(event.gapBegin, event.gapEnd);
      },
      // Everything once. After that the last message will do: if it arrives alone, the other side names the gap.
      resendMissing: ({ context }) => {
        const { gapBegin = 0, sent = 0 } = context.heard ?? {};
        context.transport.resend(context.patience === 1 ? gapBegin : sent - 1, sent - 1);
      },
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
    context: ({ input }) => ({ ...input, remote: undefined, ...NOTHING_HEARD }),
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
            actions: ['restartSilence', 'noteHeartbeat', 'announceConnected'],
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
          close: 'closing',
          'heartbeat.due': { actions: ['sendHeartbeat', 'openParent'] },
          'acknowledgement.due': { actions: 'sendHeartbeat' },
          'parent.up': { actions: 'sendHeartbeat' },
          'silence.lost': { target: 'closing', actions: 'announceLost' },
          'message.undeliverable': { target: 'closing', actions: 'announceLost' },
          // The other side has not heard our HEARTBEAT.
          'frame.accept': { guard: 'isOfSession', actions: ['restartSilence', 'sendHeartbeat'] },
          'frame.close.connection': { guard: 'isOfSession', target: 'closed', actions: 'announceClosed' },
        },
        states: {
          // What is missing here. One gap after the other is asked for, as fast as the answers come.
          recovery: {
            initial: 'inOrder',
            states: {
              inOrder: { on: { 'gap.detected': 'recovering' } },
              recovering: {
                entry: 'sendHeartbeat',
                on: { 'gap.remains': { actions: 'sendHeartbeat' }, 'gap.closed': 'inOrder' },
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
                  'frame.heartbeat': [
                    {
                      guard: 'asksForGap',
                      actions: ['restartSilence', 'acknowledge', 'resendGap', 'noteHeartbeat'],
                    },
                    {
                      guard: 'exhaustsPatience',
                      actions: ['restartSilence', 'acknowledge', 'resendMissing', 'doublePatience'],
                    },
                    { guard: 'isOfSession', actions: ['restartSilence', 'acknowledge', 'noteHeartbeat'] },
                  ],
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
                      'parent.up': { target: 'probing', actions: 'sendHeartbeat' },
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
                        actions: [
                          'restartSilence',
                          'acknowledge',
                          'releaseMessages',
                          'restartPatience',
                          'announceResumed',
                        ],
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
