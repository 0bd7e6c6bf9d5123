import {
  type RtcPeerEvent,
  type RtcSignalingEmitted,
  type RtcSignalingEvent,
  type RtcSignalingTransport,
  rtcSignalingMachine,
} from '../../../machines/rtc-signaling.machine.ts';
import {
  FEATURES,
  type RtcAnswer,
  type RtcAttemptFacts,
  type RtcFeature,
  type RtcOffer,
  type RtcRestart,
} from '../../../src/protocol/rtc-signaling.ts';
import type { Model } from './run.ts';
import { cellsOf, type StateOf, type Table } from './table.ts';
import { World } from './world.ts';

type Machine = typeof rtcSignalingMachine;

/** The date of the offer that this side would make. */
const OWN_DATE = 1000;

class RtcSignalingWorld extends World<Machine> implements RtcSignalingTransport {
  readonly input;
  /** Whether this side's offer wins over one of the same date. */
  readonly isGreater: boolean;
  /** The number of the newest peer connection. */
  peer = 0;
  /** Of the offer that counts. */
  date = OWN_DATE;
  offerer: 'self' | 'other' = 'self';
  features: readonly RtcFeature[] = [];
  round = 0;
  #isOfferAnswered = false;

  constructor(eva: string, targetEva: string) {
    super();
    this.input = { transport: this, settings: { establishTimeoutMs: 5000 }, eva, targetEva, date: OWN_DATE };
    this.isGreater = eva > targetEva;
    this.opens('attempt');
  }

  openSignaling(): void {
    this.say('open signaling');
  }

  closeSignaling(): void {
    this.say('close signaling');
  }

  startPeer(peer: number): void {
    this.peer = peer;
    this.drops('peer connection');
    this.opens('peer connection');
    this.say(`start peer ${peer}`);
  }

  createOffer(): void {
    this.say('create offer');
  }

  createAnswer(signal: RtcOffer | RtcRestart): void {
    if (signal.kind === 'restart') this.round = signal.round;
    else Object.assign(this, { date: signal.date, features: signal.features, offerer: 'other' });
    this.say(`create answer ${signal.date}`);
  }

  acceptAnswer(answer: RtcAnswer | RtcRestart): void {
    if (answer.kind === 'answer') this.features = answer.features;
    this.#isOfferAnswered = true;
    this.say(`accept answer ${answer.date}`);
  }

  addCandidates(): void {
    this.say('add candidates');
  }

  sendDescription(kind: string, facts: RtcAttemptFacts): void {
    this.#check(facts);
    this.say(`send ${kind} ${facts.date}${kind === 'restart' ? ` #${facts.round}` : ''}`);
  }

  sendCandidates(facts: RtcAttemptFacts): void {
    this.#check(facts);
    this.say(`send candidates ${facts.date}`);
  }

  sendGreeting(): void {
    this.say('greet');
  }

  checkPeer(): void {
    this.say('check peer');
  }

  holdData(): void {
    this.opens('hold');
    this.say('hold');
  }

  releaseData(): void {
    this.closes('hold');
    this.say('release');
  }

  drain(): void {
    this.say('drain');
  }

  linger(): void {
    this.say('linger');
  }

  closePeer(): void {
    this.drops('peer connection');
    this.say('close peer');
  }

  describe(fact: RtcSignalingEmitted): string {
    switch (fact.type) {
      case 'offer.deferred':
        return `defer ${fact.signal.date}`;
      case 'attempt.failed':
      case 'attempt.lost':
      case 'attempt.closed':
        this.closes('attempt');
        return fact.type.replace('attempt.', '');
      default:
        return fact.type.replace('attempt.', '');
    }
  }

  override settled({ type }: RtcSignalingEvent, entered: readonly StateOf<Machine>[]): void {
    if (type === 'close' || type === 'terminate') this.drops('attempt');
    if (entered.includes('established.suspended.restarting')) this.round += 1;
  }

  facts() {
    const { offerer, features, round, isGreater } = this;
    // Who is greater matters only while offers may cross; how many restarts there were, not beyond the first.
    const mayCross = offerer === 'self' && !this.#isOfferAnswered;
    return [offerer, features, Math.min(round, 1), mayCross && isGreater];
  }

  /** What is sent is about the offer that counts, and made for what the other side can do. */
  #check({ date, offerer, features }: RtcAttemptFacts): void {
    const came = JSON.stringify([date, offerer, features]);
    const expected = JSON.stringify([this.date, this.offerer, this.features]);
    if (came !== expected) this.fault(`it sends for ${came}, not for ${expected}`);
  }
}

type When = (world: RtcSignalingWorld, event: RtcSignalingEvent) => boolean;
type Say = (world: RtcSignalingWorld, event: RtcSignalingEvent) => string;

type Signal = Extract<RtcSignalingEvent, { signal: unknown }>['signal'];
const signalOf = (event: RtcSignalingEvent) => (event as { signal: Signal }).signal;

const can =
  (feature: RtcFeature): When =>
  (world) =>
    world.features.includes(feature);
const canTrickle = can('trickle');
const canRestart = can('restart');
const canGreet = can('greeting');

const isCurrent: When = ({ peer }, event) => 'peer' in event && event.peer === peer;
const isCurrentTrickling: When = (world, event) => isCurrent(world, event) && canTrickle(world, event);
const greetsFirst: When = (world, event) =>
  isCurrent(world, event) && canGreet(world, event) && world.offerer === 'self';
const greetsSecond: When = (world, event) =>
  isCurrent(world, event) && canGreet(world, event) && world.offerer === 'other';
const mayRestart: When = (world, event) => canRestart(world, event) && world.offerer === 'self';
const isCurrentAndMayRestart: When = (world, event) => isCurrent(world, event) && mayRestart(world, event);
const isCurrentAndCanRestart: When = (world, event) => isCurrent(world, event) && canRestart(world, event);

const isNewer: When = ({ date }, event) => signalOf(event).date > date;
const losesGlare: When = ({ date, isGreater }, event) =>
  date > signalOf(event).date || (date === signalOf(event).date && isGreater);
const answersOffer: When = ({ date }, event) => {
  const signal = signalOf(event) as RtcAnswer;
  return signal.date === date || signal.features.length === 0;
};
/** Of this attempt, and from the side that the other one is in it. */
const isOfAttempt: When = ({ date, offerer }, event) => {
  const signal = signalOf(event) as RtcRestart;
  return signal.date === date && signal.fromOfferer === (offerer === 'other');
};
const asksForRestart: When = (world, event) =>
  isOfAttempt(world, event) &&
  world.offerer === 'other' &&
  (signalOf(event) as RtcRestart).round > world.round;
const answersRestart: When = (world, event) =>
  isOfAttempt(world, event) &&
  world.offerer === 'self' &&
  (signalOf(event) as RtcRestart).round === world.round;

const startNext: Say = ({ peer }) => `start peer ${peer + 1}`;
const createAnswer: Say = (_, event) => `create answer ${signalOf(event).date}`;
const acceptAnswer: Say = (_, event) => `accept answer ${signalOf(event).date}`;
const defer: Say = (_, event) => `defer ${signalOf(event).date}`;
const send =
  (what: string): Say =>
  ({ date }) =>
    `send ${what} ${date}`;
const sendRestart: Say = ({ date, round }) => `send restart ${date} #${round}`;

const { go, stay, when, ignore, ignoring, notSet } = cellsOf<Machine, RtcSignalingWorld>();

const ofAnother = ignore('a peer connection that was replaced');
const terminated = go('closed', 'close peer');

const failed = go('failed', 'close peer', 'failed');
const whereCurrentFails = [when(isCurrent, failed), ofAnother];
const answers = go('opening.answering.negotiating', startNext, createAnswer);
const opens = go('established.open', 'opened');
const sendsCandidates = [
  when(isCurrentTrickling, stay(send('candidates'))),
  ignore('it is replaced, or the other side takes no candidates'),
];

/** In every row. */
const always = {
  'candidates.received': [when(isOfAttempt, stay('add candidates')), ignore('of another attempt')],
  ...ignoring('it has its way', 'call'),
} as const;

const noChannel = {
  ...ignoring('there is no channel', 'wake', 'restart.received', 'channel.draining', 'channel.drained'),
  ...ignoring('ICE has not found a way yet', 'ice.connected', 'ice.disconnected'),
  ...notSet('graceTimeout', 'restartInterval', 'recoveryTimeout', 'drainTimeout', 'lingerTimeout'),
} as const;

const opening = {
  ...always,
  ...noChannel,
  close: go('closed', 'close peer'),
  terminate: terminated,
  'signaling.failed': failed,
  'ice.failed': whereCurrentFails,
  'channel.closed': whereCurrentFails,
  'peer.failed': whereCurrentFails,
  'after handshakeTimeout': failed,
} as const;

const noDescriptionYet = ignoring(
  'the description is not ready',
  'candidate.found',
  'gathering.completed',
  'channel.opened',
  'greeting.received',
);

const awaitingAnswer = {
  ...opening,
  'offer.received': [when(losesGlare, ignore('the other side will answer ours')), answers],
  'answer.received': [
    when(answersOffer, go('opening.checking.connecting', acceptAnswer)),
    ignore('of another offer'),
  ],
  'candidate.found': [when(isCurrent, stay(send('candidates'))), ofAnother],
  'after handshakeTimeout': go('failed', 'close signaling', 'close peer', 'failed'),
  ...ignoring('that is done', 'signaling.opened', 'description.ready'),
  ...ignoring('nobody has answered', 'channel.opened', 'greeting.received'),
} as const;

const offerWhileAnswering = [when(isNewer, answers), ignore('it is not newer')];

const checking = {
  ...opening,
  'offer.received': offerWhileAnswering,
  'signaling.failed': ignore('it has done its part'),
  'candidate.found': sendsCandidates,
  'greeting.received': [
    when(greetsSecond, go('established.open', 'greet', 'opened')),
    when(greetsFirst, opens),
    ignore('it is replaced, or nobody greets'),
  ],
  ...ignoring(
    'signaling has done its part',
    'signaling.opened',
    'answer.received',
    'description.ready',
    'gathering.completed',
  ),
  ...notSet('gatherTimeout'),
} as const;

/** In every row of a channel, with what it lets go of first where it is left. */
const established = (...leaves: string[]) =>
  ({
    ...always,
    close: go('closing.draining', ...leaves, 'drain'),
    terminate: go('closed', ...leaves, 'close peer'),
    'channel.closed': [when(isCurrent, go('closed', ...leaves, 'close peer', 'closed')), ofAnother],
    'offer.received': [
      when(isNewer, go('lost', ...leaves, 'close peer', 'lost', defer)),
      ignore('it is not newer'),
    ],
    'restart.received': [
      when(asksForRestart, stay(createAnswer)),
      when(answersRestart, stay(acceptAnswer)),
      ignore('of another attempt, or another restart'),
    ],
    'description.ready': [when(isCurrent, stay(sendRestart)), ofAnother],
    'candidate.found': sendsCandidates,
    ...ignoring('the channel does not need it', 'signaling.failed'),
    ...ignoring('there is a channel', 'answer.received', 'channel.opened', 'greeting.received'),
    ...ignoring('candidates are sent as they are found', 'gathering.completed'),
    ...ignoring('nothing drains', 'channel.draining', 'channel.drained'),
    ...ignoring('a channel that is open outlives a description that is refused', 'peer.failed'),
    ...notSet('handshakeTimeout', 'gatherTimeout', 'drainTimeout', 'lingerTimeout'),
  }) as const;

const lost = go('lost', 'release', 'close peer', 'lost');

const suspended = {
  ...established('release'),
  'ice.connected': [when(isCurrent, go('established.open', 'release', 'resumed')), ofAnother],
  'ice.disconnected': ignore('it is known'),
  'after recoveryTimeout': lost,
} as const;

const closing = {
  ...always,
  terminate: terminated,
  'channel.closed': [when(isCurrent, go('closed', 'close peer')), ofAnother],
  ...ignoring(
    'it closes',
    'close',
    'wake',
    'signaling.opened',
    'signaling.failed',
    'offer.received',
    'answer.received',
    'restart.received',
    'description.ready',
    'candidate.found',
    'gathering.completed',
    'channel.opened',
    'greeting.received',
    'ice.connected',
    'ice.disconnected',
    'ice.failed',
    'peer.failed',
  ),
  ...notSet('handshakeTimeout', 'gatherTimeout', 'graceTimeout', 'restartInterval', 'recoveryTimeout'),
} as const;

const table: Table<Machine, RtcSignalingWorld> = {
  idle: {
    ...always,
    ...noChannel,
    call: go('opening.openingSignaling', 'open signaling'),
    terminate: terminated,
    'offer.received': answers,
    ...ignoring('nothing has begun', 'close', 'signaling.opened', 'signaling.failed', 'answer.received'),
    ...ignoring(
      'there is no peer connection',
      'description.ready',
      'ice.failed',
      'channel.closed',
      'peer.failed',
    ),
    ...noDescriptionYet,
    ...notSet('handshakeTimeout', 'gatherTimeout'),
  },
  'opening.openingSignaling': {
    ...opening,
    'signaling.opened': go('opening.offering', startNext, 'create offer'),
    'offer.received': answers,
    ...ignoring('no offer has left', 'answer.received'),
    // There is no peer connection that any of these could come from.
    ...ignoring(
      'there is no peer connection',
      'description.ready',
      'ice.failed',
      'channel.closed',
      'peer.failed',
    ),
    ...noDescriptionYet,
    ...notSet('gatherTimeout'),
  },
  'opening.offering': {
    ...opening,
    'offer.received': answers,
    'description.ready': [
      when(isCurrent, go('opening.awaitingAnswer.gathering', send('early-offer'))),
      ofAnother,
    ],
    ...ignoring('that is done', 'signaling.opened'),
    ...ignoring('no offer has left', 'answer.received'),
    ...noDescriptionYet,
    ...notSet('gatherTimeout'),
  },
  'opening.awaitingAnswer.gathering': {
    ...awaitingAnswer,
    'gathering.completed': [when(isCurrent, go('opening.awaitingAnswer.offered', send('offer'))), ofAnother],
    'after gatherTimeout': go('opening.awaitingAnswer.offered', send('offer')),
  },
  'opening.awaitingAnswer.offered': {
    ...awaitingAnswer,
    ...ignoring('the complete offer has left', 'gathering.completed'),
    ...notSet('gatherTimeout'),
  },
  'opening.answering.negotiating': {
    ...opening,
    'offer.received': offerWhileAnswering,
    'description.ready': [
      when(isCurrentTrickling, go('opening.checking.connecting', send('answer'))),
      when(isCurrent, go('opening.answering.gathering')),
      ofAnother,
    ],
    ...ignoring('it answers', 'signaling.opened', 'answer.received'),
    ...noDescriptionYet,
    ...notSet('gatherTimeout'),
  },
  'opening.answering.gathering': {
    ...opening,
    'offer.received': offerWhileAnswering,
    'gathering.completed': [when(isCurrent, go('opening.checking.connecting', send('answer'))), ofAnother],
    'after gatherTimeout': go('opening.checking.connecting', send('answer')),
    ...ignoring('it answers', 'signaling.opened', 'answer.received', 'description.ready'),
    ...ignoring('the answer will have them inside', 'candidate.found'),
    ...ignoring('the answer has not left', 'channel.opened', 'greeting.received'),
  },
  'opening.answering.ready': 'transient',
  'opening.checking.connecting': {
    ...checking,
    'channel.opened': [
      when(greetsFirst, go('opening.checking.awaitingGreeting', 'greet')),
      when(greetsSecond, go('opening.checking.awaitingGreeting')),
      when(isCurrent, opens),
      ofAnother,
    ],
  },
  'opening.checking.awaitingGreeting': {
    ...checking,
    'channel.opened': ignore('that is done'),
  },
  'established.open': {
    ...established(),
    wake: stay('check peer'),
    'ice.disconnected': [
      when(isCurrent, go('established.suspended.waiting', 'hold', 'suspended')),
      ofAnother,
    ],
    'ice.failed': [
      when(
        isCurrentAndMayRestart,
        go('established.suspended.restarting', 'hold', 'open signaling', 'suspended'),
      ),
      when(isCurrentAndCanRestart, go('established.suspended.waiting', 'hold', 'suspended')),
      when(isCurrent, go('lost', 'hold', 'release', 'close peer', 'suspended', 'lost')),
      ofAnother,
    ],
    ...ignoring('it is known', 'ice.connected'),
    ...ignoring('nothing is restarted', 'signaling.opened'),
    ...notSet('graceTimeout', 'restartInterval', 'recoveryTimeout'),
  },
  'established.suspended.waiting': {
    ...suspended,
    wake: [when(mayRestart, go('established.suspended.restarting', 'open signaling')), stay('check peer')],
    'ice.failed': [
      when(isCurrentAndMayRestart, go('established.suspended.restarting', 'open signaling')),
      when(isCurrentAndCanRestart, go('established.suspended.waiting')),
      when(isCurrent, lost),
      ofAnother,
    ],
    'after graceTimeout': [
      when(mayRestart, go('established.suspended.restarting', 'open signaling')),
      ignore('only the other side can restart, or nobody'),
    ],
    ...ignoring('nothing is restarted', 'signaling.opened'),
    ...notSet('restartInterval'),
  },
  'established.suspended.failing': 'transient',
  'established.suspended.restarting': {
    ...suspended,
    wake: stay('check peer'),
    'signaling.opened': stay('create offer'),
    // Only the side that made the offer restarts.
    'restart.received': [
      when(answersRestart, stay(acceptAnswer)),
      ignore('of another attempt, or another restart'),
    ],
    'ice.failed': ignore('it is being restarted'),
    'after restartInterval': go('established.suspended.restarting', 'close signaling', 'open signaling'),
    ...notSet('graceTimeout'),
  },
  'closing.draining': {
    ...closing,
    'channel.draining': [when(isCurrent, go('closing.draining')), ofAnother],
    'channel.drained': [when(isCurrent, go('closing.lingering', 'linger')), ofAnother],
    'after drainTimeout': go('closing.lingering', 'linger'),
    ...notSet('lingerTimeout'),
  },
  'closing.lingering': {
    ...closing,
    'after lingerTimeout': terminated,
    ...ignoring('that is done', 'channel.draining', 'channel.drained'),
    ...notSet('drainTimeout'),
  },
  failed: 'final',
  lost: 'final',
  closed: 'final',
};

/** An old peer, this version, and each feature that something depends on alone. */
const KINDS_OF_PEERS: (readonly RtcFeature[])[] = [[], FEATURES, ['trickle'], ['restart'], ['greeting']];

const offer = (date: number, features: readonly RtcFeature[]) => ({
  type: 'offer.received' as const,
  signal: {
    kind: 'offer' as const,
    description: { type: 'offer' as const, sdp: '' },
    candidates: [],
    date,
    features,
  },
});

const answer = (date: number, features: readonly RtcFeature[]) => ({
  type: 'answer.received' as const,
  signal: {
    kind: 'answer' as const,
    description: { type: 'answer' as const, sdp: '' },
    candidates: [],
    date,
    features,
  },
});

const restart = (date: number, fromOfferer: boolean, round: number) => ({
  type: 'restart.received' as const,
  signal: {
    kind: 'restart' as const,
    description: { type: fromOfferer ? ('offer' as const) : ('answer' as const), sdp: '' },
    candidates: [],
    date,
    fromOfferer,
    round,
  },
});

/** Of the newest peer connection, the one before, and one that was never made. */
const peers = ({ peer }: RtcSignalingWorld) => [peer - 1, peer, peer + 1].filter((number) => number >= 1);

const facts =
  <Type extends RtcPeerEvent['type']>(type: Type) =>
  (world: RtcSignalingWorld) =>
    peers(world).map(
      (peer) => ({ type, peer, reason: 'a reason' }) as unknown as Extract<RtcPeerEvent, { type: Type }>,
    );

export const rtcSignalingModel: Model<Machine, RtcSignalingWorld> = {
  machine: rtcSignalingMachine,
  table,
  worlds: [() => new RtcSignalingWorld('alice', 'bob'), () => new RtcSignalingWorld('bob', 'alice')],
  start: go('idle'),
  events: {
    call: () => [{ type: 'call' }],
    close: () => [{ type: 'close' }],
    terminate: () => [{ type: 'terminate' }],
    wake: () => [{ type: 'wake' }],
    'signaling.opened': () => [{ type: 'signaling.opened' }],
    'signaling.failed': () => [{ type: 'signaling.failed', reason: 'a reason' }],
    'offer.received': ({ date }) => [
      ...KINDS_OF_PEERS.map((features) => offer(date + 1, features)),
      offer(date, FEATURES),
      offer(date - 1, FEATURES),
    ],
    'answer.received': ({ date }) => [
      ...KINDS_OF_PEERS.map((features) => answer(date, features)),
      answer(date + 1, FEATURES),
      answer(date + 1, []),
    ],
    'candidates.received': ({ date }) =>
      [date, date + 1].flatMap((of) =>
        [true, false].map((fromOfferer) => ({
          type: 'candidates.received' as const,
          signal: { kind: 'candidates' as const, fromOfferer, candidates: [], date: of },
        })),
      ),
    'restart.received': ({ date, round }) =>
      [true, false].flatMap((fromOfferer) => [
        restart(date, fromOfferer, round + 1),
        restart(date, fromOfferer, Math.max(round, 1)),
        restart(date + 1, fromOfferer, round + 1),
      ]),
    'description.ready': facts('description.ready'),
    'candidate.found': facts('candidate.found'),
    'gathering.completed': facts('gathering.completed'),
    'channel.opened': facts('channel.opened'),
    'greeting.received': facts('greeting.received'),
    'channel.closed': facts('channel.closed'),
    'channel.draining': facts('channel.draining'),
    'channel.drained': facts('channel.drained'),
    'ice.connected': facts('ice.connected'),
    'ice.disconnected': facts('ice.disconnected'),
    'ice.failed': facts('ice.failed'),
    'peer.failed': facts('peer.failed'),
  },
};
