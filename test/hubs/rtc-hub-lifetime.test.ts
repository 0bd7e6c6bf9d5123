import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Endpoint } from '../../src/core/contracts.ts';
import { InBrowserHub } from '../../src/hubs/in-browser-hub.ts';
import { RtcHub } from '../../src/hubs/rtc-hub.ts';
import { encodeRtcSignal, FEATURES, type RtcSignal } from '../../src/protocol/rtc-signaling.ts';
import { connect, inbox, losses, open, states, until } from '../../src/testing/peers.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { fakePeerConnections } from '../support/fake-peer-connection.ts';
import { captureLog } from '../support/log.ts';

const log = captureLog();

/** Two endpoints on fake peer connections, with a clock that the test moves. */
function openPair() {
  const signaling = new InBrowserHub();
  const clock = new VirtualClock();
  const { RTCPeerConnection, made } = fakePeerConnections();
  const newHub = () => new RtcHub(signaling, { RTCPeerConnection, clock });
  return {
    clock,
    made,
    signaling,
    alice: newHub().openEndpoint('alice'),
    bob: newHub().openEndpoint('bob'),
  };
}

type Pair = ReturnType<typeof openPair>;

function nextTask(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function offer(date: number, sdp = '0'): RtcSignal {
  const description = { type: 'offer' as const, sdp };
  return { kind: 'early-offer', description, candidates: [], date, features: FEATURES };
}

describe('with a clock that the test moves', () => {
  let pair: Pair;
  const endpoints = (): Endpoint[] => [pair.alice, pair.bob];

  beforeEach(() => {
    pair = openPair();
  });

  afterEach(() => {
    for (const endpoint of endpoints()) endpoint.destroy();
    pair.clock.advance(8000);
    // Nothing is left of any test: no timer, no peer connection.
    expect([pair.clock.pending, pair.made.filter(({ isClosed }) => !isClosed)]).toEqual([0, []]);
  });

  test('[RH6] takes an attempt that the other side has begun for its own', async () => {
    const { alice, bob, made, signaling } = pair;
    // Holds the answer back, so that nothing is connected yet.
    const atAlice = signaling.openEndpoint('alice');
    const { onMessage } = atAlice;
    const held = inbox(atAlice);
    const statuses: string[] = [];
    alice.openConnection('bob', ({ status }) => statuses.push(status));
    await until(() => held.length > 0);
    bob.openConnection('alice', ({ status }) => statuses.push(status));
    atAlice.onMessage = onMessage;
    for (const { from, message } of held) onMessage?.({ sourceEva: from, message, endpoint: atAlice });
    await until(() => statuses.length >= 2);
    expect([statuses, made.length]).toEqual([['CONNECTED', 'CONNECTED'], 2]);
  });

  test('[RH37] leaves no timer behind where its endpoints are destroyed inside a listener', async () => {
    const { alice, bob, clock } = pair;
    alice.openConnection('bob', () => {
      alice.destroy();
      bob.destroy();
    });
    await until(() => alice.isDestroyed() && alice.getConnections().length === 0);
    await until(() => bob.getConnections().length === 0);
    // What was sent may leave first; the peer connections are closed then.
    clock.advance(6000);
    expect(clock.pending).toBe(0);
  });

  test('[RH13] keeps what is sent while it is reconnecting, and sends it then, in order', async () => {
    const { alice, bob, made } = pair;
    await connect(alice, bob);
    const received = inbox(bob);
    const atAlice = states(alice);
    made[0]?.ice('disconnected');
    for (const text of ['1', '2', '3']) alice.send('bob', text);
    expect([alice.getConnectionState('bob'), alice.isConnected('bob')]).toEqual(['reconnecting', true]);
    expect(received).toEqual([]);
    made[0]?.ice('connected');
    expect(received.map(({ message }) => message)).toEqual(['1', '2', '3']);
    expect(atAlice.map(({ state }) => state)).toEqual(['reconnecting', 'CONNECTED']);
  });

  test('[RH20] is saved by an ICE restart after 3 s', async () => {
    const { alice, bob, made, clock } = pair;
    await connect(alice, bob);
    made[0]?.ice('disconnected');
    made[1]?.ice('disconnected');
    clock.advance(3000);
    await until(() => alice.getConnectionState('bob') === 'CONNECTED');
    await until(() => bob.getConnectionState('alice') === 'CONNECTED');
    expect(made.map(({ restarts }) => restarts)).toEqual([1, 0]);
  });

  test('[RH24] is lost after 15 s of silence, at either side', async () => {
    const { alice, bob, made, clock, signaling } = pair;
    await connect(alice, bob);
    const lost = [losses(alice), losses(bob)];
    // Nothing of the restart gets through.
    signaling.openEndpoint('bob').onMessage = () => {};
    made[0]?.ice('disconnected');
    made[1]?.ice('failed');
    clock.advance(14_999);
    expect(lost).toEqual([[], []]);
    clock.advance(1);
    expect(lost).toEqual([['bob'], ['alice']]);
    expect([alice.getConnectionState('bob'), bob.getConnectionState('alice')]).toEqual(['lost', 'lost']);
    expect(made.every(({ isClosed }) => isClosed)).toBe(true);
  });

  test('[RH18] tries as often as it was told, then fails', async () => {
    const { alice, bob, clock, made, signaling } = pair;
    signaling.openEndpoint('bob').onMessage = () => {};
    const statuses: string[] = [];
    alice.openConnection('bob', ({ status }) => statuses.push(status));
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      await until(() => made.length === attempt && signaling.openEndpoint('bob').isConnected('alice'));
      await nextTask();
      expect(statuses).toEqual([]);
      clock.advance(5000);
    }
    await until(() => statuses.length > 0);
    expect([statuses, made.length, bob.getConnections()]).toEqual([['FAILED'], 4, []]);
  });

  test('[RH25] answers a newer offer with a new connection, after telling the loss of the old one', async () => {
    const { alice, bob, made, signaling } = pair;
    await connect(alice, bob);
    const atBob = states(bob);
    // Alice's page is loaded anew: nobody has closed her old channel, and nothing leaves it any more.
    if (made[0]?.channel) made[0].channel.keeps = true;
    const successor = new RtcHub(signaling, {
      RTCPeerConnection: made[0]?.constructor as never,
      clock: pair.clock,
    });
    signaling.openEndpoint('alice').destroy();
    // Offers are told apart by their dates, and no page is loaded within a millisecond.
    pair.clock.advance(1);
    const reborn = successor.openEndpoint('alice');
    expect((await open(reborn, 'bob')).status).toBe('CONNECTED');
    await until(() => bob.isConnected('alice'));
    expect(atBob.map(({ state }) => state)).toEqual(['lost', 'connecting', 'CONNECTED']);
    const received = inbox(bob);
    reborn.send('bob', 'it is me again');
    expect(received).toEqual([{ from: 'alice', message: 'it is me again' }]);
    reborn.destroy();
  });

  test('[RH26] ignores an offer that repeats one whose attempt is over', async () => {
    const { bob, signaling, made } = pair;
    const peer = signaling.openEndpoint('peer');
    await new Promise((resolve) => peer.openConnection('bob', resolve));
    const atBob = states(bob);
    peer.send('bob', encodeRtcSignal(offer(7)));
    await until(() => atBob.length === 1);
    bob.closeConnection('peer');
    peer.send('bob', encodeRtcSignal({ ...offer(7), kind: 'offer' } as RtcSignal));
    peer.send('bob', encodeRtcSignal({ kind: 'candidates', fromOfferer: true, candidates: [], date: 7 }));
    await until(() => log.filter(({ text }) => text === 'a signaling message was ignored').length === 2);
    expect([atBob.map(({ state }) => state), made.length]).toEqual([['connecting', 'closed'], 1]);
    peer.send('bob', encodeRtcSignal(offer(8)));
    await until(() => made.length === 2);
    expect(atBob.map(({ state }) => state)).toEqual(['connecting', 'closed', 'connecting']);
    peer.destroy();
  });

  test('[RH27] closes a signaling connection that no connection has used for 30 s', async () => {
    const { alice, bob, clock, signaling } = pair;
    await connect(alice, bob);
    const lost = losses(bob);
    alice.closeConnection('bob');
    clock.advance(100);
    await until(() => lost.length > 0);
    const isOpen = () => signaling.openEndpoint('alice').isConnected('bob');
    clock.advance(29_000);
    await connect(alice, bob);
    clock.advance(60_000);
    expect(isOpen()).toBe(true);
    alice.closeConnection('bob');
    clock.advance(29_999);
    await nextTask();
    expect(isOpen()).toBe(true);
    clock.advance(1);
    await until(() => !isOpen());
  });

  test('[RH28] opens the signaling connection anew for the next attempt where nobody has answered', async () => {
    const { alice, bob, clock, signaling, made } = pair;
    await connect(signaling.openEndpoint('alice'), signaling.openEndpoint('bob'));
    const ends = states(signaling.openEndpoint('alice'));
    const onMessage = signaling.openEndpoint('bob').onMessage;
    signaling.openEndpoint('bob').onMessage = () => {};
    const statuses: string[] = [];
    alice.openConnection('bob', ({ status }) => statuses.push(status));
    await until(() => made.length === 1);
    await nextTask();
    signaling.openEndpoint('bob').onMessage = onMessage as never;
    clock.advance(5000);
    await until(() => statuses.length > 0);
    expect([statuses, bob.isConnected('alice')]).toEqual([['CONNECTED'], true]);
    expect(ends.map(({ state }) => state)).toEqual(['closed', 'connecting', 'CONNECTED']);
  });

  test('[RH34] takes no more than 256 candidates of an attempt, and logs the rest once', async () => {
    const { signaling, made } = pair;
    const peer = signaling.openEndpoint('peer');
    await new Promise((resolve) => peer.openConnection('bob', resolve));
    peer.send('bob', encodeRtcSignal(offer(7)));
    const candidates = Array.from({ length: 100 }, () => ({ candidate: 'candidate:1' }));
    for (let message = 0; message < 5; message += 1) {
      peer.send('bob', encodeRtcSignal({ kind: 'candidates', fromOfferer: true, candidates, date: 7 }));
    }
    peer.send('bob', encodeRtcSignal({ kind: 'candidates', fromOfferer: true, candidates, date: 6 }));
    await until(() => made[0]?.candidates === 256);
    await nextTask();
    expect(made[0]?.candidates).toBe(256);
    expect(log.filter(({ text }) => text === 'candidates were dropped').length).toBe(1);
    peer.destroy();
  });

  test('[RH35] works where the signaling hub delivers inside its calls', async () => {
    const { alice, bob, signaling } = pair;
    signaling.setImmediateSend(true);
    const statuses: string[] = [];
    alice.openConnection('bob', ({ status }) => statuses.push(status));
    bob.openConnection('alice', ({ status }) => statuses.push(status));
    await until(() => statuses.length >= 2);
    const received = inbox(bob);
    alice.send('bob', 'hello');
    expect([statuses, received.length]).toEqual([['CONNECTED', 'CONNECTED'], 1]);
  });

  test('[RH29] outlives a parent that throws', async () => {
    const { RTCPeerConnection } = fakePeerConnections();
    const throwing = () => {
      throw new Error('a parent of a user');
    };
    const parent = {
      eva: 'carol',
      onMessage: undefined,
      openConnection: throwing,
      isConnected: () => false,
      send: throwing,
      closeConnection: throwing,
      onConnectionOpen: () => {},
      onConnectionLost: () => {},
      onDestroy: () => {},
      destroy: () => {},
      isDestroyed: () => false,
    };
    const hub = new RtcHub({ openEndpoint: () => parent }, { RTCPeerConnection, clock: pair.clock });
    hub.setOpenConnectionRetries(0);
    const carol = hub.openEndpoint('carol');
    expect((await open(carol, 'bob')).status).toBe('FAILED');
    pair.clock.advance(30_000);
    expect(log.some(({ level, reason }) => level === 'warn' && reason === 'a parent of a user')).toBe(true);
    carol.destroy();
  });
});
