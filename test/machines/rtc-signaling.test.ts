import { describe, expect, test } from 'vitest';
import { createActor } from 'xstate';
import {
  type RtcPeerEvent,
  type RtcSignalingEmitted,
  type RtcSignalingEvent,
  type RtcSignalingTransport,
  rtcSignalingMachine,
} from '../../machines/rtc-signaling.machine.ts';
import { FEATURES, type RtcFeature, type RtcOffer } from '../../src/protocol/rtc-signaling.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';

const OWN_DATE = 100;

/** An attempt of `alice` at `bob`, on a transport that only keeps what it is asked for. */
function start({ eva = 'alice', targetEva = 'bob' } = {}) {
  const asked: string[] = [];
  const told: string[] = [];
  const clock = new VirtualClock();
  const ask =
    (name: string) =>
    (...args: unknown[]) => {
      asked.push([name, ...args.filter((arg) => typeof arg !== 'object')].join(' '));
    };
  const transport: RtcSignalingTransport = {
    openSignaling: ask('openSignaling'),
    closeSignaling: ask('closeSignaling'),
    startPeer: ask('startPeer'),
    createOffer: ask('createOffer'),
    createAnswer: ({ date }) => asked.push(`createAnswer ${date}`),
    acceptAnswer: ({ date }) => asked.push(`acceptAnswer ${date}`),
    addCandidates: ask('addCandidates'),
    sendDescription: (kind, { date, round }) =>
      asked.push(`send ${kind} ${date}${kind === 'restart' ? ` round ${round}` : ''}`),
    sendCandidates: ask('sendCandidates'),
    holdData: ask('holdData'),
    releaseData: ask('releaseData'),
    checkPeer: ask('checkPeer'),
    sendGreeting: ask('sendGreeting'),
    drain: ask('drain'),
    linger: ask('linger'),
    closePeer: ask('closePeer'),
  };
  const settings = { establishTimeoutMs: 5000 };
  const actor = createActor(rtcSignalingMachine, {
    clock,
    input: { transport, settings, eva, targetEva, date: OWN_DATE },
  });
  actor.on('*', (event: RtcSignalingEmitted) => told.push(event.type.replace('attempt.', '')));
  actor.start();
  const send = (
    ...events: (RtcSignalingEvent | 'call' | 'close' | 'terminate' | 'wake' | 'signaling.opened')[]
  ) => {
    for (const event of events) actor.send(typeof event === 'string' ? { type: event } : event);
  };
  /** What was asked for since the last call. */
  const news = () => asked.splice(0);
  return { actor, news, told, clock, send, state: () => actor.getSnapshot().value };
}

type PeerFact = RtcPeerEvent['type'];

const peer = (type: PeerFact, number = 1) => ({ type, peer: number, reason: 'a reason' }) as RtcPeerEvent;

const offer = (
  date: number,
  features: readonly RtcFeature[] = FEATURES,
): RtcSignalingEvent & { signal: RtcOffer } => ({
  type: 'offer.received',
  signal: { kind: 'early-offer', description: { type: 'offer', sdp: '' }, candidates: [], date, features },
});

const answer = (date: number, features: readonly RtcFeature[] = FEATURES): RtcSignalingEvent => ({
  type: 'answer.received',
  signal: { kind: 'answer', description: { type: 'answer', sdp: '' }, candidates: [], date, features },
});

const candidates = (date: number, fromOfferer: boolean): RtcSignalingEvent => ({
  type: 'candidates.received',
  signal: { kind: 'candidates', fromOfferer, candidates: [], date },
});

const restart = (round: number, fromOfferer: boolean, date = OWN_DATE): RtcSignalingEvent => ({
  type: 'restart.received',
  signal: {
    kind: 'restart',
    description: { type: fromOfferer ? 'offer' : 'answer', sdp: '' },
    candidates: [],
    fromOfferer,
    date,
    round,
  },
});

const noSignaling: RtcSignalingEvent = { type: 'signaling.failed', reason: 'nobody there' };

/** An attempt that has sent its early offer. */
function startOffering(names?: { eva: string; targetEva: string }) {
  const attempt = start(names);
  attempt.send('call', 'signaling.opened', peer('description.ready'));
  attempt.news();
  return attempt;
}

/** An attempt whose channel is open: ours, unless the other side made the offer. */
function startOpen({ features = FEATURES, offerer = 'self' as 'self' | 'other' } = {}) {
  const attempt = start();
  if (offerer === 'self')
    attempt.send('call', 'signaling.opened', peer('description.ready'), answer(100, features));
  else attempt.send(offer(100, features), peer('description.ready'), peer('gathering.completed'));
  attempt.send(peer('channel.opened'), peer('greeting.received'));
  expect(attempt.state()).toEqual({ established: 'open' });
  attempt.news();
  attempt.told.length = 0;
  return attempt;
}

describe('idle and openingSignaling', () => {
  test('[RS7] opens the signaling connection first, then makes its offer', () => {
    const { send, news } = start();
    send('call');
    expect(news()).toEqual(['openSignaling']);
    send('signaling.opened');
    expect(news()).toEqual(['startPeer 1', 'createOffer']);
    send(peer('description.ready'));
    expect(news()).toEqual(['send early-offer 100']);
  });

  test('[RS8] fails at once where the signaling connection cannot be opened', () => {
    const { send, told, state } = start();
    send('call', noSignaling);
    expect([told, state()]).toEqual([['failed'], 'failed']);
  });

  test('[RS9] takes an offer that comes before its own has left, though it is older', () => {
    for (const before of [[], ['signaling.opened' as const]]) {
      const { send, news, state } = start();
      send('call', ...before);
      news();
      send(offer(50));
      const number = before.length + 1;
      expect(news()).toEqual([`startPeer ${number}`, 'createAnswer 50']);
      expect(state()).toEqual({ opening: { answering: 'negotiating' } });
    }
  });

  test('[RS10] drops the facts of a peer connection that was replaced', () => {
    const { send, news, state } = start();
    send('call', 'signaling.opened', offer(50));
    news();
    send(
      peer('description.ready', 1),
      peer('peer.failed', 1),
      peer('ice.failed', 1),
      peer('channel.closed', 1),
    );
    expect([news(), state()]).toEqual([[], { opening: { answering: 'negotiating' } }]);
    send(peer('description.ready', 2));
    expect(news()).toEqual(['send answer 50']);
  });
});

describe('awaitingAnswer', () => {
  test('[RS11] sends the complete offer once gathering is complete', () => {
    const { send, news } = startOffering();
    send(peer('gathering.completed'));
    expect(news()).toEqual(['send offer 100']);
    send(peer('gathering.completed'));
    expect(news()).toEqual([]);
  });

  test('[RS11] sends the complete offer after 2 s where gathering takes longer', () => {
    const { clock, news } = startOffering();
    clock.advance(1999);
    expect(news()).toEqual([]);
    clock.advance(1);
    expect(news()).toEqual(['send offer 100']);
  });

  test('[RS11] sends no complete offer once the answer is there', () => {
    const { send, clock, news } = startOffering();
    send(answer(100));
    news();
    send(peer('gathering.completed'));
    clock.advance(3000);
    expect(news()).toEqual([]);
  });

  test('[RS12] lets candidates trickle to a peer that may take them', () => {
    const { send, news } = startOffering();
    send(
      peer('candidate.found'),
      answer(100),
      peer('candidate.found'),
      peer('channel.opened'),
      peer('candidate.found'),
    );
    expect(news().filter((ask) => ask === 'sendCandidates').length).toBe(3);
  });

  test('[RS12] lets none trickle to a peer of version 0.2.1', () => {
    const { send, news } = startOffering();
    send(answer(17, []));
    news();
    send(peer('candidate.found'), peer('channel.opened'), peer('candidate.found'));
    expect(news()).toEqual([]);
  });

  test('[RS13] takes the answer to its own offer', () => {
    const { send, news, state } = startOffering();
    send(answer(100));
    expect([news(), state()]).toEqual([['acceptAnswer 100'], { opening: { checking: 'connecting' } }]);
  });

  test('[RS13] drops the answer to another offer', () => {
    const { send, news } = startOffering();
    send(answer(99));
    expect(news()).toEqual([]);
  });

  test('[RS13] takes any date in the answer of a peer of version 0.2.1', () => {
    const { send, news } = startOffering();
    send(answer(17, []));
    expect(news()).toEqual(['acceptAnswer 17']);
  });

  test('[RS13] takes one answer', () => {
    const { send, news } = startOffering();
    send(answer(100), answer(100), answer(17, []));
    expect(news()).toEqual(['acceptAnswer 100']);
  });

  test('[RS14] ignores the older of two offers', () => {
    const { send, news } = startOffering();
    send(offer(99));
    expect(news()).toEqual([]);
    send(answer(100));
    expect(news()).toEqual(['acceptAnswer 100']);
  });

  test('[RS14] drops its own offer for a later one, and answers with a fresh peer connection', () => {
    const { send, news } = startOffering();
    send(offer(101));
    expect(news()).toEqual(['startPeer 2', 'createAnswer 101']);
    send(peer('description.ready', 2));
    expect(news()).toEqual(['send answer 101']);
  });

  test('[RS15] lets the greater address win where both offers have one date', () => {
    const loser = startOffering({ eva: 'alice', targetEva: 'bob' });
    loser.send(offer(100));
    expect(loser.news()).toEqual(['startPeer 2', 'createAnswer 100']);
    const winner = startOffering({ eva: 'bob', targetEva: 'alice' });
    winner.send(offer(100));
    expect(winner.news()).toEqual([]);
  });

  test('[RS15] has no ear for the candidates of an offer that lost, though it has the same date', () => {
    const { send, news } = startOffering({ eva: 'bob', targetEva: 'alice' });
    send(offer(100), candidates(100, true));
    expect(news()).toEqual([]);
    send(answer(100), candidates(100, false));
    expect(news()).toEqual(['acceptAnswer 100', 'addCandidates']);
  });

  test('[RS16] drops candidates of another attempt', () => {
    const { send, news } = startOffering();
    send(answer(100));
    news();
    send(candidates(99, false), candidates(100, true));
    expect(news()).toEqual([]);
  });

  test('[RS17] fails when the establish timeout is over, and lets the unanswered signaling connection go', () => {
    const { clock, news, told } = startOffering();
    clock.advance(4999);
    expect(told).toEqual([]);
    news();
    clock.advance(1);
    expect([told, news()]).toEqual([['failed'], ['closeSignaling', 'closePeer']]);
    expect(clock.pending).toBe(0);
  });

  test('[RS17] keeps the signaling connection where the other side has spoken', () => {
    const { send, clock, news, told } = startOffering();
    send(answer(100));
    news();
    clock.advance(5000);
    expect([told, news()]).toEqual([['failed'], ['closePeer']]);
  });

  test('[RS8] fails at once where the signaling connection goes', () => {
    const { send, told } = startOffering();
    send(noSignaling);
    expect(told).toEqual(['failed']);
  });

  test.each<PeerFact>(['peer.failed', 'ice.failed', 'channel.closed'])(
    '[RS18] fails at once on %s',
    (fact) => {
      const { send, told, news } = startOffering();
      send(peer(fact));
      expect([told, news()]).toEqual([['failed'], ['closePeer']]);
    },
  );

  test('[RS19] closes at once when the application lets go', () => {
    const { send, told, news, state, clock } = startOffering();
    send('close');
    expect([told, news(), state(), clock.pending]).toEqual([[], ['closePeer'], 'closed', 0]);
  });
});

describe('answering', () => {
  test('[RS20] answers a peer that can trickle at once', () => {
    const { send, news, state } = start();
    send(offer(7));
    expect(news()).toEqual(['startPeer 1', 'createAnswer 7']);
    send(peer('description.ready'));
    expect([news(), state()]).toEqual([['send answer 7'], { opening: { checking: 'connecting' } }]);
    send(peer('candidate.found'), candidates(7, true));
    expect(news()).toEqual(['sendCandidates', 'addCandidates']);
  });

  test('[RS20] answers a peer of version 0.2.1 once gathering is complete', () => {
    const { send, news } = start();
    send(offer(7, []), peer('description.ready'), peer('candidate.found'));
    expect(news()).toEqual(['startPeer 1', 'createAnswer 7']);
    send(peer('gathering.completed'));
    expect(news()).toEqual(['send answer 7']);
  });

  test('[RS20] answers a peer of version 0.2.1 after 2 s where gathering takes longer', () => {
    const { send, clock, news } = start();
    send(offer(7, []), peer('description.ready'));
    news();
    clock.advance(2000);
    expect(news()).toEqual(['send answer 7']);
  });

  test.each(['answering', 'checking'])('[RS21] ignores an offer that it has while %s', (state) => {
    const { send, news } = start();
    send(offer(7));
    if (state === 'checking') send(peer('description.ready'));
    news();
    send(offer(7), offer(6));
    expect(news()).toEqual([]);
  });

  test.each(['answering', 'checking'])('[RS21] starts over with a newer offer while %s', (state) => {
    const { send, news, clock, told } = start();
    send(offer(7));
    if (state === 'checking') send(peer('description.ready'));
    clock.advance(4000);
    news();
    send(offer(8));
    expect(news()).toEqual(['startPeer 2', 'createAnswer 8']);
    // With all the time that an attempt has.
    clock.advance(4000);
    expect(told).toEqual([]);
    clock.advance(1000);
    expect(told).toEqual(['failed']);
  });
});

describe('checking', () => {
  test('[RS22] is open when the channel is', () => {
    const { send, told, state, clock } = startOffering();
    send(answer(100), peer('channel.opened'), peer('greeting.received'));
    expect([told, state(), clock.pending]).toEqual([['opened'], { established: 'open' }, 0]);
  });

  test('[RS8] needs the signaling connection no more', () => {
    const { send, told } = startOffering();
    send(answer(100), noSignaling, peer('channel.opened'), peer('greeting.received'));
    expect(told).toEqual(['opened']);
  });

  test('[RS33] greets where it made the channel, and is open when the answer comes', () => {
    const { send, told, news, clock } = startOffering();
    send(answer(100), peer('channel.opened'));
    expect([news().at(-1), told]).toEqual(['sendGreeting', []]);
    send(peer('greeting.received'));
    expect([news(), told, clock.pending]).toEqual([[], ['opened'], 0]);
  });

  test('[RS33] answers the greeting where it gets the channel, and is open', () => {
    const { send, news, told } = start();
    send(offer(100), peer('description.ready'), peer('gathering.completed'));
    news();
    send(peer('channel.opened'));
    expect([news(), told]).toEqual([[], []]);
    send(peer('greeting.received'));
    expect([news(), told]).toEqual([['sendGreeting'], ['opened']]);
  });

  test.each(['self', 'other'])('[RS33] fails where no greeting comes (offer of %s)', (offerer) => {
    const { send, told, clock } = offerer === 'self' ? startOffering() : start();
    if (offerer === 'self') send(answer(100), peer('channel.opened'));
    else send(offer(100), peer('description.ready'), peer('gathering.completed'), peer('channel.opened'));
    expect(told).toEqual([]);
    clock.advance(5000);
    expect(told).toEqual(['failed']);
  });

  test('[RS33] neither greets nor waits where the other side did not announce it', () => {
    const caller = startOffering();
    caller.send(answer(17, []), peer('channel.opened'));
    const callee = start();
    callee.send(offer(100, []), peer('description.ready'), peer('gathering.completed'));
    callee.news();
    callee.send(peer('channel.opened'));
    expect([caller.told, callee.told, callee.news()]).toEqual([['opened'], ['opened'], []]);
  });
});

describe('open', () => {
  test('[RS8] does not care for the signaling connection', () => {
    const { send, told, state } = startOpen();
    send(noSignaling);
    expect([told, state()]).toEqual([[], { established: 'open' }]);
  });

  test('[RS23] is suspended while ICE hears nothing: what is sent waits', () => {
    const { send, told, news } = startOpen();
    send(peer('ice.disconnected'));
    expect([told, news()]).toEqual([['suspended'], ['holdData']]);
    send(peer('ice.connected'));
    expect([told, news()]).toEqual([['suspended', 'resumed'], ['releaseData']]);
  });

  test('[RS24] is closed when the channel closes', () => {
    const { send, told, state, news } = startOpen();
    send(peer('channel.closed'));
    expect([told, state(), news()]).toEqual([['closed'], 'closed', ['closePeer']]);
  });

  test('[RS25] is lost to a newer offer, which is for the next attempt', () => {
    const { send, told, news } = startOpen({ offerer: 'other' });
    send(offer(101));
    expect([told, news()]).toEqual([['lost', 'offer.deferred'], ['closePeer']]);
  });

  test('[RS25] ignores an offer that is not newer', () => {
    const { send, told } = startOpen({ offerer: 'other' });
    send(offer(100), offer(99));
    expect(told).toEqual([]);
  });

  test('[RS10] drops the facts of another peer connection', () => {
    const { send, told } = startOpen();
    send(peer('channel.closed', 0), peer('ice.failed', 2), peer('ice.disconnected', 0));
    expect(told).toEqual([]);
  });

  test('[RS18] outlives a description that is refused', () => {
    const { send, told } = startOpen();
    send(peer('peer.failed'));
    expect(told).toEqual([]);
  });

  test('[RS26] answers a restart of the other side, each once', () => {
    const { send, news, told } = startOpen({ offerer: 'other' });
    send(restart(1, true));
    expect(news()).toEqual(['createAnswer 100']);
    send(peer('description.ready'));
    expect(news()).toEqual(['send restart 100 round 1']);
    send(restart(1, true), restart(2, true, 99), restart(2, false));
    expect(news()).toEqual([]);
    send(restart(3, true), peer('description.ready'));
    expect(news()).toEqual(['createAnswer 100', 'send restart 100 round 3']);
    expect(told).toEqual([]);
  });

  test('[RS26] does not let the side that answered restart the one that offered', () => {
    const { send, news } = startOpen();
    send(restart(1, true));
    expect(news()).toEqual([]);
  });
});

describe('suspended', () => {
  test('[RS27] restarts ICE after 3 s, and again every 4 s, where it made the offer', () => {
    const { send, clock, news } = startOpen();
    send(peer('ice.disconnected'));
    clock.advance(2999);
    expect(news()).toEqual(['holdData']);
    clock.advance(1);
    expect(news()).toEqual(['openSignaling']);
    send('signaling.opened');
    expect(news()).toEqual(['createOffer']);
    send(peer('description.ready'), peer('candidate.found'));
    expect(news()).toEqual(['send restart 100 round 1', 'sendCandidates']);
    clock.advance(4000);
    send('signaling.opened', peer('description.ready'));
    expect(news()).toEqual(['closeSignaling', 'openSignaling', 'createOffer', 'send restart 100 round 2']);
  });

  test('[RS27] takes the answer to its last restart alone, also when ICE was faster', () => {
    const { send, clock, news, state } = startOpen();
    send(peer('ice.disconnected'));
    clock.advance(7000);
    send('signaling.opened', peer('description.ready'));
    news();
    send(restart(1, false));
    expect(news()).toEqual([]);
    send(peer('ice.connected'));
    expect([news(), state()]).toEqual([['releaseData'], { established: 'open' }]);
    send(restart(2, false));
    expect(news()).toEqual(['acceptAnswer 100']);
  });

  test('[RS27] goes on trying while there is no signaling connection', () => {
    const { send, clock, news, told } = startOpen();
    send(peer('ice.failed'), noSignaling);
    expect(news()).toEqual(['holdData', 'openSignaling']);
    clock.advance(4000);
    expect([news(), told]).toEqual([['closeSignaling', 'openSignaling'], ['suspended']]);
  });

  test('[PL6] restarts ICE at once when the page wakes, and no second time until 4 s later', () => {
    const { send, clock, news } = startOpen();
    send(peer('ice.disconnected'), 'wake', 'wake');
    expect(news()).toEqual(['holdData', 'openSignaling', 'checkPeer']);
    clock.advance(3999);
    expect(news()).toEqual([]);
    clock.advance(1);
    expect(news()).toEqual(['closeSignaling', 'openSignaling']);
  });

  test('[PL6] leaves the restart to the side that made the offer also when the page wakes', () => {
    const { send, news } = startOpen({ offerer: 'other' });
    send(peer('ice.disconnected'), 'wake');
    expect(news()).toEqual(['holdData', 'checkPeer']);
  });

  test('[PL6] looks at an open peer connection when the page wakes', () => {
    const { send, news } = startOpen();
    send('wake');
    expect(news()).toEqual(['checkPeer']);
  });

  test('[RS27] leaves the restart to the side that made the offer', () => {
    const { send, clock, news, told } = startOpen({ offerer: 'other' });
    send(peer('ice.disconnected'));
    clock.advance(14_999);
    expect([news(), told]).toEqual([['holdData'], ['suspended']]);
  });

  test('[RS27] never restarts ICE with a peer of version 0.2.1', () => {
    const { send, clock, news, told } = startOpen({ features: [] });
    send(peer('ice.disconnected'));
    clock.advance(14_999);
    expect([news(), told]).toEqual([['holdData'], ['suspended']]);
  });

  test('[RS28] restarts at once when ICE gives up', () => {
    const { send, news } = startOpen();
    send(peer('ice.disconnected'), peer('ice.failed'));
    expect(news()).toEqual(['holdData', 'openSignaling']);
  });

  test('[RS28] waits for the restart of the other side when ICE gives up', () => {
    const { send, told } = startOpen({ offerer: 'other' });
    send(peer('ice.failed'));
    expect(told).toEqual(['suspended']);
  });

  test.each(['self', 'other'] as const)(
    '[RS28] is lost when ICE gives up and there is no restart (%s)',
    (offerer) => {
      const { send, told, news, clock } = startOpen({ features: [], offerer });
      send(peer('ice.disconnected'), peer('ice.failed'));
      expect([told, news()]).toEqual([
        ['suspended', 'lost'],
        ['holdData', 'releaseData', 'closePeer'],
      ]);
      expect(clock.pending).toBe(0);
    },
  );

  test('[RS29] is lost after 15 s', () => {
    const { send, told, clock } = startOpen();
    send(peer('ice.disconnected'));
    clock.advance(14_999);
    expect(told).toEqual(['suspended']);
    clock.advance(1);
    expect([told, clock.pending]).toEqual([['suspended', 'lost'], 0]);
  });

  test('[RS24] is closed when the channel closes', () => {
    const { send, told } = startOpen();
    send(peer('ice.disconnected'), peer('channel.closed'));
    expect(told).toEqual(['suspended', 'closed']);
  });
});

describe('closing', () => {
  test('[RS30] waits until everything has left, and then for the end of the channel', () => {
    const { send, news, clock, told } = startOpen();
    send('close');
    expect(news()).toEqual(['drain']);
    clock.advance(500);
    send(peer('channel.drained'));
    expect(news()).toEqual(['linger']);
    clock.advance(500);
    send(peer('channel.closed'));
    expect([news(), told, clock.pending]).toEqual([['closePeer'], [], 0]);
  });

  test('[RS30] waits no longer than 5 s for what does not leave, and 5 s for the end of the channel', () => {
    const { send, news, clock } = startOpen();
    send('close');
    clock.advance(4999);
    expect(news()).toEqual(['drain']);
    clock.advance(1);
    expect(news()).toEqual(['linger']);
    clock.advance(4999);
    expect(news()).toEqual([]);
    clock.advance(1);
    expect(news()).toEqual(['closePeer']);
  });

  test('[RS30] waits on while something leaves', () => {
    const { send, news, clock } = startOpen();
    send('close');
    for (let second = 0; second < 60; second += 4) {
      clock.advance(4000);
      send(peer('channel.draining'));
    }
    expect(news()).toEqual(['drain']);
    clock.advance(5000);
    expect(news()).toEqual(['linger']);
  });

  test('[RS30] releases what was held when it closes during an interruption', () => {
    const { send, news } = startOpen();
    send(peer('ice.disconnected'), 'close');
    expect(news()).toEqual(['holdData', 'releaseData', 'drain']);
  });

  test('[RS30] closes at once when the channel does', () => {
    const { send, news, told } = startOpen();
    send('close', peer('channel.closed'));
    expect([news(), told]).toEqual([['drain', 'closePeer'], []]);
  });

  test('[RS31] closes at once when nothing may be left, in any state', () => {
    const attempts = [start(), startOffering(), startOpen(), startOpen({ offerer: 'other' })];
    attempts[3]?.send('close');
    for (const { send, news, state, told, clock } of attempts) {
      news();
      send('terminate');
      expect([news(), state(), clock.pending]).toEqual([['closePeer'], 'closed', 0]);
      expect(told).toEqual([]);
    }
  });
});
