import { stateIn } from 'xstate';
import type {
  RtcAnswer,
  RtcAttemptFacts,
  RtcCandidates,
  RtcOffer,
  RtcRestart,
  RtcSignal,
} from '../src/protocol/rtc-signaling.ts';
import { setup } from './setup.ts';

/** What the machine asks of the hub. None of these may throw; there is one peer connection at a time. */
export interface RtcSignalingTransport {
  /** Opens the signaling connection, if it isn't open: `signaling.opened` or `signaling.failed`. */
  openSignaling(): void;
  /** Closes the signaling connection: the other side does not seem to have its end of it. */
  closeSignaling(): void;
  /** Makes peer connection number `peer`, whose facts carry the number, and closes the one before. */
  startPeer(peer: number): void;
  /** Makes the channel and its offer, or a new offer that restarts the one there is: `description.ready`. */
  createOffer(): void;
  /** Takes an offer and makes the answer: `description.ready`. */
  createAnswer(offer: RtcOffer | RtcRestart): void;
  acceptAnswer(answer: RtcAnswer | RtcRestart): void;
  addCandidates(signal: RtcCandidates): void;
  /** Sends the description that is ready, with the candidates found so far. */
  sendDescription(kind: 'early-offer' | 'offer' | 'answer' | 'restart', facts: RtcAttemptFacts): void;
  /** Sends the candidates found since the last message. */
  sendCandidates(facts: RtcAttemptFacts): void;
  /** Sends an empty message, before any other one. */
  sendGreeting(): void;
  /** Reports the state of the peer connection as it is now: its event may have been lost. */
  checkPeer(): void;
  /** From now on what is sent waits. */
  holdData(): void;
  releaseData(): void;
  /** Says goodbye, and reports `channel.drained` once everything sent has left. */
  drain(): void;
  /** Waits until the other side has everything: `channel.closed`. */
  linger(): void;
  closePeer(): void;
}

export interface RtcSignalingInput {
  transport: RtcSignalingTransport;
  /** How long a handshake may take, in ms. */
  settings: { establishTimeoutMs: number };
  eva: string;
  targetEva: string;
  /** The `connectionCreateDate` of the offer that this side would make; no two attempts have the same. */
  date: number;
}

/** Facts of a peer connection: `peer` is its number, the epoch. */
export type RtcPeerEvent =
  | { type: 'description.ready'; peer: number }
  /** Candidates were found after the description was ready. */
  | { type: 'candidate.found'; peer: number }
  | { type: 'gathering.completed'; peer: number }
  | { type: 'channel.opened'; peer: number }
  /** The first message has come. */
  | { type: 'greeting.received'; peer: number }
  | { type: 'channel.closed'; peer: number; reason: string }
  /** Not yet, but there is less to leave than before. */
  | { type: 'channel.draining'; peer: number }
  | { type: 'channel.drained'; peer: number }
  | { type: 'ice.connected'; peer: number }
  | { type: 'ice.disconnected'; peer: number; reason: string }
  | { type: 'ice.failed'; peer: number; reason: string }
  | { type: 'peer.failed'; peer: number; reason: string };

export type RtcSignalingEvent =
  /** Offer a channel to the other side. */
  | { type: 'call' }
  /** The application wants it no more: what was sent may still leave. */
  | { type: 'close' }
  /** Nothing may be left of it. */
  | { type: 'terminate' }
  /** The page acts again after a pause. */
  | { type: 'wake' }
  | { type: 'signaling.opened' }
  /** It could not be opened, or is gone. */
  | { type: 'signaling.failed'; reason: string }
  | { type: 'offer.received'; signal: RtcOffer }
  | { type: 'answer.received'; signal: RtcAnswer }
  | { type: 'candidates.received'; signal: RtcCandidates }
  | { type: 'restart.received'; signal: RtcRestart }
  | RtcPeerEvent;

export type RtcSignalingEmitted =
  | { type: 'attempt.opened' }
  | { type: 'attempt.failed'; reason: string }
  | { type: 'attempt.suspended'; reason: string }
  | { type: 'attempt.resumed' }
  | { type: 'attempt.lost'; reason: string }
  /** The other side closed the channel. */
  | { type: 'attempt.closed' }
  /** The other side starts over with this offer. */
  | { type: 'offer.deferred'; signal: RtcOffer };

/** With the number of the peer connection that is in use. */
type RtcSignalingContext = RtcSignalingInput & RtcAttemptFacts & { peer: number };

/** Neither of another attempt, nor what the loser of a glare still sends for its own offer. */
function isOfAttempt({ date, offerer }: RtcSignalingContext, signal: RtcRestart | RtcCandidates): boolean {
  return signal.date === date && signal.fromOfferer === (offerer === 'other');
}

const isGreeting = ({ features }: RtcSignalingContext) => features.includes('greeting');

type RestartEvent = Extract<RtcSignalingEvent, { type: 'restart.received' }>;

function isRestart(context: RtcSignalingContext, event: RtcSignalingEvent): event is RestartEvent {
  return event.type === 'restart.received' && isOfAttempt(context, event.signal);
}

const machineSetup = setup({
  types: {} as {
    context: RtcSignalingContext;
    input: RtcSignalingInput;
    events: RtcSignalingEvent;
    emitted: RtcSignalingEmitted;
  },
  delays: {
    /** The hub's setting: how long an attempt may take, from the call or the offer to the open channel. */
    handshakeTimeout: ({ context }) => context.settings.establishTimeoutMs,
    /** Local candidates take milliseconds; a STUN server that is away would hold gathering up for 10 s and more. */
    gatherTimeout: 2000,
    /** Most interruptions (a Wi-Fi roam, a busy moment) are over by then. */
    graceTimeout: 3000,
    /** Long enough for an offer and its checks, short enough to try again where the network itself was away. */
    restartInterval: 4000,
    /** As long as a ReliableHub waits by default: above that, a new channel is the better bet. */
    recoveryTimeout: 15_000,
    /** A lost packet costs the channel 1 s, two in a row 3 s. Where nothing leaves for longer, nothing will. */
    drainTimeout: 5000,
    /** The other side answers a goodbye within a round trip; one that is gone never does. */
    lingerTimeout: 5000,
  },
  guards: {
    isCurrentPeer: ({ context, event }) => 'peer' in event && event.peer === context.peer,
    isAwaitingAnswer: stateIn({ opening: 'awaitingAnswer' }),
    /** In a glare the later offer wins, of two of one date the one of the greater address. */
    isOwnOfferStronger: ({ context, event }) => {
      if (event.type !== 'offer.received') return false;
      const { date, eva, targetEva } = context;
      return date === event.signal.date ? eva > targetEva : date > event.signal.date;
    },
    isNewerOffer: ({ context, event }) => event.type === 'offer.received' && event.signal.date > context.date,
    isStaleOffer: ({ context, event }) =>
      event.type === 'offer.received' && event.signal.date <= context.date,
    /** A peer of version 0.2.1 writes whatever date it likes. */
    isAnswerToOffer: ({ context, event }) =>
      event.type === 'answer.received' &&
      (event.signal.date === context.date || event.signal.features.length === 0),
    isForThisAttempt: ({ context, event }) =>
      event.type === 'candidates.received' && isOfAttempt(context, event.signal),
    isTricklePeer: ({ context, event }) =>
      'peer' in event && event.peer === context.peer && context.features.includes('trickle'),
    /**
     * The side that made the channel greets, and the other one answers: what either is sent before it hears may come
     * in any order (wrtc), or not at all (Chromium).
     */
    isGreeter: ({ context, event }) =>
      'peer' in event && event.peer === context.peer && context.offerer === 'self' && isGreeting(context),
    isGreeted: ({ context, event }) =>
      'peer' in event && event.peer === context.peer && context.offerer === 'other' && isGreeting(context),
    isRestartKnown: ({ context }) => context.features.includes('restart'),
    isRestartDue: ({ context }) => context.offerer === 'self' && context.features.includes('restart'),
    isNewRestart: ({ context, event }) =>
      isRestart(context, event) && event.signal.fromOfferer && event.signal.round > context.round,
    isRestartAnswer: ({ context, event }) =>
      isRestart(context, event) && !event.signal.fromOfferer && event.signal.round === context.round,
  },
});

/** Announces a fact, and why: what caused it has a reason of its own, is a time that ran out, or a new offer. */
const announce = (type: 'attempt.failed' | 'attempt.suspended' | 'attempt.lost') =>
  machineSetup.emit(({ event }) => {
    if ('reason' in event) return { type, reason: event.reason };
    const isLate = event.type.startsWith('xstate.after.');
    return { type, reason: isLate ? 'it took too long' : 'the other side has started over' };
  });

/** What the other side sent, in an action of nothing but its events. */
function signalOf<S extends RtcSignal>(event: RtcSignalingEvent): S {
  return (event as RtcSignalingEvent & { signal: S }).signal;
}

/**
 * One attempt at a WebRTC channel, from the offer or the answer to its end: the handshake over the signaling
 * connection, the rescue of an interrupted channel, and the farewell.
 *
 * @public
 */
export const rtcSignalingMachine = machineSetup
  .extend({
    actions: {
      openSignaling: ({ context }) => context.transport.openSignaling(),
      closeSignaling: ({ context }) => context.transport.closeSignaling(),
      countPeer: machineSetup.assign({ peer: ({ context }) => context.peer + 1 }),
      startPeer: ({ context }) => context.transport.startPeer(context.peer),
      closePeer: ({ context }) => context.transport.closePeer(),
      createOffer: ({ context }) => context.transport.createOffer(),
      adoptOffer: machineSetup.assign(({ event }) => {
        const { date, features } = signalOf<RtcOffer>(event);
        return { offerer: 'other', date, features };
      }),
      createAnswer: ({ context, event }) => context.transport.createAnswer(signalOf(event)),
      adoptAnswer: machineSetup.assign({ features: ({ event }) => signalOf<RtcAnswer>(event).features }),
      acceptAnswer: ({ context, event }) => context.transport.acceptAnswer(signalOf(event)),
      addCandidates: ({ context, event }) => context.transport.addCandidates(signalOf(event)),
      sendEarlyOffer: ({ context }) => context.transport.sendDescription('early-offer', context),
      sendOffer: ({ context }) => context.transport.sendDescription('offer', context),
      sendAnswer: ({ context }) => context.transport.sendDescription('answer', context),
      sendCandidates: ({ context }) => context.transport.sendCandidates(context),
      countRestart: machineSetup.assign({ round: ({ context }) => context.round + 1 }),
      adoptRestart: machineSetup.assign({ round: ({ event }) => signalOf<RtcRestart>(event).round }),
      sendRestart: ({ context }) => context.transport.sendDescription('restart', context),
      checkPeer: ({ context }) => context.transport.checkPeer(),
      sendGreeting: ({ context }) => context.transport.sendGreeting(),
      holdData: ({ context }) => context.transport.holdData(),
      releaseData: ({ context }) => context.transport.releaseData(),
      drain: ({ context }) => context.transport.drain(),
      linger: ({ context }) => context.transport.linger(),
      announceOpened: machineSetup.emit({ type: 'attempt.opened' }),
      announceFailed: announce('attempt.failed'),
      announceSuspended: announce('attempt.suspended'),
      announceResumed: machineSetup.emit({ type: 'attempt.resumed' }),
      announceLost: announce('attempt.lost'),
      announceClosed: machineSetup.emit({ type: 'attempt.closed' }),
      deferOffer: machineSetup.emit(({ event }) => ({ type: 'offer.deferred', signal: signalOf(event) })),
    },
  })
  .createMachine({
    id: 'rtcSignaling',
    context: ({ input }) => ({ ...input, offerer: 'self', features: [], round: 0, peer: 0 }),
    initial: 'idle',
    on: {
      terminate: '.closed',
      'candidates.received': { guard: 'isForThisAttempt', actions: 'addCandidates' },
    },
    states: {
      // An actor exists one moment before its first event says which side it is on.
      idle: {
        on: { call: 'opening', 'offer.received': { target: 'opening.answering', actions: 'adoptOffer' } },
      },
      // The handshake: its time runs from the call, and anew from each offer of the other side that is taken.
      opening: {
        initial: 'openingSignaling',
        after: {
          handshakeTimeout: [
            // Nobody spoke: the other side may have started anew, and not know of the signaling connection.
            { guard: 'isAwaitingAnswer', target: 'failed', actions: 'closeSignaling' },
            { target: 'failed' },
          ],
        },
        on: {
          close: 'closed',
          'offer.received': { target: '.answering', reenter: true, actions: 'adoptOffer' },
          'signaling.failed': 'failed',
          'ice.failed': { guard: 'isCurrentPeer', target: 'failed' },
          'channel.closed': { guard: 'isCurrentPeer', target: 'failed' },
          'peer.failed': { guard: 'isCurrentPeer', target: 'failed' },
        },
        states: {
          // The offer needs a way to the other side. An offer of that one is taken: ours has not left.
          openingSignaling: { entry: 'openSignaling', on: { 'signaling.opened': 'offering' } },
          // Our peer connection makes its offer.
          offering: {
            entry: ['countPeer', 'startPeer', 'createOffer'],
            on: { 'description.ready': { guard: 'isCurrentPeer', target: 'awaitingAnswer' } },
          },
          // A peer that can trickle answers the early offer; one of version 0.2.1 only the one that is complete.
          awaitingAnswer: {
            entry: 'sendEarlyOffer',
            initial: 'gathering',
            on: {
              'answer.received': {
                guard: 'isAnswerToOffer',
                target: 'checking',
                actions: ['adoptAnswer', 'acceptAnswer'],
              },
              'candidate.found': { guard: 'isCurrentPeer', actions: 'sendCandidates' },
              // Glare: the other side drops its offer and answers ours. If ours is the weaker one, we do.
              'offer.received': { guard: 'isOwnOfferStronger' },
            },
            states: {
              gathering: {
                on: { 'gathering.completed': { guard: 'isCurrentPeer', target: 'offered' } },
                after: { gatherTimeout: 'offered' },
              },
              offered: { entry: 'sendOffer' },
            },
          },
          // A fresh peer connection answers the other side's offer.
          answering: {
            entry: ['countPeer', 'startPeer', 'createAnswer'],
            initial: 'negotiating',
            on: { 'offer.received': { guard: 'isStaleOffer' } },
            onDone: { target: 'checking', actions: 'sendAnswer' },
            states: {
              negotiating: {
                on: {
                  'description.ready': [
                    { guard: 'isTricklePeer', target: 'ready' },
                    { guard: 'isCurrentPeer', target: 'gathering' },
                  ],
                },
              },
              // A peer of version 0.2.1 takes candidates inside the answer alone.
              gathering: {
                on: { 'gathering.completed': { guard: 'isCurrentPeer', target: 'ready' } },
                after: { gatherTimeout: 'ready' },
              },
              ready: { type: 'final' },
            },
          },
          // Both descriptions are known: ICE looks for a way, and the channel opens on it. Signaling has done its part.
          checking: {
            initial: 'connecting',
            on: {
              'offer.received': { guard: 'isStaleOffer' },
              'signaling.failed': {},
              'candidate.found': { guard: 'isTricklePeer', actions: 'sendCandidates' },
              'greeting.received': [
                {
                  guard: 'isGreeted',
                  target: '#rtcSignaling.established',
                  actions: ['sendGreeting', 'announceOpened'],
                },
                { guard: 'isGreeter', target: '#rtcSignaling.established', actions: 'announceOpened' },
              ],
            },
            states: {
              connecting: {
                on: {
                  'channel.opened': [
                    { guard: 'isGreeter', target: 'awaitingGreeting', actions: 'sendGreeting' },
                    { guard: 'isGreeted', target: 'awaitingGreeting' },
                    {
                      guard: 'isCurrentPeer',
                      target: '#rtcSignaling.established',
                      actions: 'announceOpened',
                    },
                  ],
                },
              },
              // The channel is open here; whether the other side can hear is what its greeting says.
              awaitingGreeting: {},
            },
          },
        },
      },
      // The channel is there.
      established: {
        initial: 'open',
        on: {
          close: 'closing',
          wake: { actions: 'checkPeer' },
          // The other side's stack has shut it down: a broken network never does.
          'channel.closed': { guard: 'isCurrentPeer', target: 'closed', actions: 'announceClosed' },
          'offer.received': {
            guard: 'isNewerOffer',
            target: 'lost',
            actions: ['announceLost', 'deferOffer'],
          },
          'restart.received': [
            { guard: 'isNewRestart', actions: ['adoptRestart', 'createAnswer'] },
            { guard: 'isRestartAnswer', actions: 'acceptAnswer' },
          ],
          'description.ready': { guard: 'isCurrentPeer', actions: 'sendRestart' },
          'candidate.found': { guard: 'isTricklePeer', actions: 'sendCandidates' },
        },
        states: {
          // Messages pass.
          open: {
            on: {
              'ice.disconnected': { guard: 'isCurrentPeer', target: 'suspended' },
              'ice.failed': { guard: 'isCurrentPeer', target: 'suspended.failing' },
            },
          },
          // ICE hears nothing: the channel may be saved, and what is sent waits.
          suspended: {
            entry: ['holdData', 'announceSuspended'],
            exit: 'releaseData',
            initial: 'waiting',
            after: { recoveryTimeout: { target: '#rtcSignaling.lost', actions: 'announceLost' } },
            on: {
              'ice.connected': { guard: 'isCurrentPeer', target: 'open', actions: 'announceResumed' },
              'ice.failed': { guard: 'isCurrentPeer', target: '.failing' },
            },
            states: {
              // Most interruptions end by themselves; some only with the other side's restart.
              waiting: {
                after: { graceTimeout: { guard: 'isRestartDue', target: 'restarting' } },
                on: { wake: { guard: 'isRestartDue', target: 'restarting' } },
              },
              // The peer connection has given up: only a restart can help it.
              failing: {
                always: [
                  { guard: 'isRestartDue', target: 'restarting' },
                  { guard: 'isRestartKnown', target: 'waiting' },
                  { target: '#rtcSignaling.lost', actions: 'announceLost' },
                ],
              },
              // The side that made the offer makes another one for the same channel, again while the network is away.
              restarting: {
                entry: ['countRestart', 'openSignaling'],
                // Where nobody answers, the other side may not have its end of the signaling connection.
                after: {
                  restartInterval: { target: 'restarting', reenter: true, actions: 'closeSignaling' },
                },
                on: { 'signaling.opened': { actions: 'createOffer' }, 'ice.failed': {} },
              },
            },
          },
        },
      },
      // The application has let go: what was sent before may still leave.
      closing: {
        entry: 'drain',
        initial: 'draining',
        on: { 'channel.closed': { guard: 'isCurrentPeer', target: 'closed' } },
        states: {
          draining: {
            on: {
              'channel.draining': { guard: 'isCurrentPeer', target: 'draining', reenter: true },
              'channel.drained': { guard: 'isCurrentPeer', target: 'lingering' },
            },
            after: { drainTimeout: 'lingering' },
          },
          // It has left the buffer, and needs a moment to arrive.
          lingering: { entry: 'linger', after: { lingerTimeout: '#rtcSignaling.closed' } },
        },
      },
      // The next attempt, if there is one, starts from nothing.
      failed: { type: 'final', entry: ['closePeer', 'announceFailed'] },
      lost: { type: 'final', entry: 'closePeer' },
      closed: { type: 'final', entry: 'closePeer' },
    },
  });
