import { describe, expect, test } from 'vitest';
import type { Clock } from '../../src/core/clock.ts';
import { InBrowserHub } from '../../src/hubs/in-browser-hub.ts';
import { MarshallerHub } from '../../src/hubs/marshaller-hub.ts';
import { ReliableHub } from '../../src/hubs/reliable-hub.ts';
import { ReliableRtcHub } from '../../src/hubs/reliable-rtc-hub.ts';
import { RtcHub } from '../../src/hubs/rtc-hub.ts';
import { connect, inbox, open, states } from '../../src/testing/peers.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { WebSocketRpc } from '../../src/websocket/websocket-rpc.ts';
import { fakePage } from '../support/fake-page.ts';
import { fakePeerConnections } from '../support/fake-peer-connection.ts';
import { FakeSockets } from '../support/fake-socket.ts';
import { captureLog } from '../support/log.ts';
import { LossyHub } from '../support/lossy-hub.ts';
import { connect as connectReliable, meetConnected, watch } from '../support/reliable-sides.ts';
import { pass, turns } from '../support/turns.ts';
import { connectedEndpoint } from '../support/websocket-endpoint.ts';

const log = captureLog();

/** A clock, and a page whose life the test makes up. */
function start() {
  const clock = new VirtualClock();
  return { clock, page: fakePage(clock) };
}

describe('a page that wakes', () => {
  /** A client that is logged in, in a page. */
  function startClient() {
    const { clock, page } = start();
    const sockets = new FakeSockets();
    const rpc = new WebSocketRpc('me', sockets, { clock, random: () => 0.5, pageLife: page.pageLife });
    sockets.last.login();
    clock.advance(1000);
    const pings = () => sockets.all.flatMap(({ sent }) => sent).filter((frame) => frame.endsWith(' PING'));
    return { clock, page, sockets, rpc, pings };
  }

  test('[PL3] asks the broker at once, and replaces a socket that does not answer within 5 s', () => {
    const { clock, page, sockets, pings } = startClient();
    page.wake();
    expect(pings()).toHaveLength(1);
    clock.advance(4999);
    expect(sockets.all).toHaveLength(1);
    clock.advance(1);
    expect([sockets.all.length, sockets.all[0]?.closed]).toEqual([2, true]);
  });

  test('[PL3] keeps a socket that answers, and asks once in 5 s however restless it is', () => {
    const { clock, page, sockets, pings } = startClient();
    for (let event = 0; event < 600; event += 1) {
      page.wake();
      if (pings().length > 0) sockets.last.answer('PING');
      clock.advance(100);
    }
    expect(sockets.all).toHaveLength(1);
    expect(pings().length).toBeGreaterThan(10);
    expect(pings().length).toBeLessThanOrEqual(13);
  });

  test('[PL3] ends a pause between two sockets at once, and opens one a second however restless it is', () => {
    const { clock, page, sockets } = startClient();
    sockets.last.break();
    sockets.last.break();
    const before = sockets.all.length;
    page.wake();
    expect(sockets.all).toHaveLength(before + 1);
    for (let event = 0; event < 100; event += 1) {
      sockets.last.break();
      page.wake();
      clock.advance(100);
    }
    expect(sockets.all.length - before).toBeLessThanOrEqual(20);
  });

  test('[PL4] says at once what its reliable sessions would repeat, and once a second at most', async () => {
    const { clock, page } = start();
    const way = new LossyHub();
    const a = watch(new ReliableHub(way, { clock, pageLife: page.pageLife }).openEndpoint('a'));
    const b = watch(new ReliableHub(way, { clock }).openEndpoint('b'));
    await connect(a, b);
    const before = way.frames.length;
    for (let event = 0; event < 100; event += 1) page.wake();
    expect(way.sentBy('a', before).map((text) => text.split(' ')[0])).toEqual(['HEARTBEAT']);
    way.hub.getEndPoint('a')?.closeConnection('b');
    expect(a.getConnectionState('b')).toBe('reconnecting');
    await pass(clock, 10_000);
    expect(way.sentBy('a', before).length).toBeLessThan(30);
  });

  test('[PL4] opens a parent connection that is gone', async () => {
    const { clock, page } = start();
    const base = new InBrowserHub();
    base.setOpenConnectionRetries(0);
    base.setEstablishConnectionTimeout(100);
    const hub = new ReliableHub(base, { clock, pageLife: page.pageLife });
    hub.setHeartbeatInterval(Number.POSITIVE_INFINITY);
    const a = watch(hub.openEndpoint('a'));
    const answer = open(a, 'b');
    await new Promise((resolve) => setTimeout(resolve, 200));
    watch(new ReliableHub(base, { clock }).openEndpoint('b'));
    await turns();
    expect(a.isConnected('b')).toBe(false);
    page.wake();
    expect((await answer).status).toBe('CONNECTED');
  });

  test('[PL6] hears of a peer connection that the browser has closed without a word', async () => {
    const { clock, page } = start();
    const signaling = new InBrowserHub();
    const { RTCPeerConnection, made } = fakePeerConnections();
    const options = { RTCPeerConnection, clock, pageLife: page.pageLife };
    const a = new RtcHub(signaling, options).openEndpoint('a');
    const b = new RtcHub(signaling, { RTCPeerConnection, clock }).openEndpoint('b');
    await connect(a, b);
    Object.assign(made[0] ?? {}, { iceConnectionState: 'closed' });
    page.wake();
    expect([a.getConnectionState('b'), made[0]?.isClosed]).toEqual(['closed', true]);
    a.destroy();
    b.destroy();
  });
});

describe('a process that was asleep', () => {
  /** Two sides, each with a clock of its own, since only one of them sleeps. */
  async function connectApart(wrap: (clock: VirtualClock) => Clock = (clock) => clock) {
    const way = new LossyHub();
    const [clockA, clockB] = [new VirtualClock(), new VirtualClock()];
    const hubB = new ReliableHub(way, { clock: wrap(clockB), random: () => 0.5 });
    const page = fakePage(clockA);
    const optionsA = { clock: wrap(clockA), random: () => 0.5, pageLife: page.pageLife };
    const a = watch(new ReliableHub(way, optionsA).openEndpoint('a'));
    const b = watch(hubB.openEndpoint('b'));
    await connect(a, b);
    return { way, clockA, clockB, page, hubB, a, b };
  }

  test('[RB29] takes what it has slept for no silence, and believes in what follows', async () => {
    const { way, clockA, a } = await connectApart();
    await pass(clockA, 2000);
    way.cut();
    clockA.sleep(120_000);
    await pass(clockA, 1000);
    expect(a.states).toEqual(['connecting', 'CONNECTED']);
    await pass(clockA, 10_500);
    expect(a.states.at(-1)).toBe('reconnecting');
    await pass(clockA, 1000);
    expect(a.states.at(-1)).toBe('lost');
  });

  test('[PL11] goes on where the other side was patient, with everything in order', async () => {
    const { way, clockA, clockB, hubB, a, b } = await connectApart();
    hubB.setConnectionLostTimeout(300_000);
    // A process that sleeps neither hears nor says anything.
    way.cut();
    clockA.sleep(120_000);
    for (let second = 0; second < 120; second += 1) {
      b.send('a', String(second));
      await pass(clockB, 1000, 500);
    }
    way.heal();
    await pass(clockA, 500);
    await pass(clockB, 2000);
    await pass(clockA, 2000);
    expect([a.states.at(-1), b.states.at(-1)]).toEqual(['CONNECTED', 'CONNECTED']);
    expect([...a.states, ...b.states]).not.toContain('lost');
    expect(a.messages).toEqual(Array.from({ length: 120 }, (_, second) => String(second)));
  });

  test('[RB31, PL12] hears at once that the other side has given up, and can connect again', async () => {
    const { way, clockA, clockB, page, a, b } = await connectApart();
    way.hub.setImmediateSend(false);
    way.cut();
    clockA.sleep(120_000);
    await pass(clockB, 60_000);
    expect(b.states.at(-1)).toBe('lost');
    way.heal();
    page.wake();
    await turns();
    expect(a.states.at(-1)).toBe('closed');
    expect((await open(a, 'b')).status).toBe('CONNECTED');
    a.send('b', 'again');
    await turns();
    expect(b.messages).toEqual(['again']);
  });

  /** As in a page in the background: timers come once a minute. */
  const throttled = ({ now, setTimeout, clearTimeout }: VirtualClock): Clock => ({
    now,
    setTimeout: (callback, ms) => setTimeout(callback, ms + 59_900),
    clearTimeout,
  });

  test('[RB30] answers what it hears while its timers come once a minute', async () => {
    const way = new LossyHub();
    const clock = new VirtualClock();
    const page = new ReliableHub(way, { clock: throttled(clock), random: () => 0.5 });
    const a = watch(page.openEndpoint('a'));
    const b = watch(new ReliableHub(way, { clock, random: () => 0.5 }).openEndpoint('b'));
    await connect(a, b);
    await pass(clock, 180_000);
    expect([a.states, b.states]).toEqual([
      ['connecting', 'CONNECTED'],
      ['connecting', 'CONNECTED'],
    ]);
    expect(way.sentBy('a').length).toBeGreaterThan(80);
  });

  test('[RB29] two pages in the background do not lose each other', async () => {
    const { clockA, clockB, a, b } = await connectApart(throttled);
    for (let second = 0; second < 600; second += 1) {
      await pass(clockA, 1000, 1000);
      await pass(clockB, 1000, 1000);
    }
    expect([...a.states, ...b.states]).not.toContain('lost');
  });

  test('[RB31] a HEARTBEAT for a session that is over is answered with CLOSE-CONNECTION, any other frame as before', async () => {
    const { say, a } = await meetConnected();
    expect(say('HEARTBEAT a-7 other-3 0 -1')).toEqual(['CLOSE-CONNECTION other-3 a-7']);
    expect(say('HEARTBEAT a-1 other-3 0 -1', 'ACCEPT a-7 other-3', 'CLOSE-ACCEPT a-7 other-3')).toEqual([]);
    expect(a.states).toEqual(['connecting', 'CONNECTED']);
  });

  test('[RB31] a session that is closing does not answer twice', async () => {
    const { clock, way, a } = await connectReliable();
    way.loses = ({ from }) => from === 'b';
    a.closeConnection('b');
    const before = way.frames.length;
    way.hub.getEndPoint('b')?.send('a', 'HEARTBEAT a-1 b-1 0 -1');
    expect(way.sentBy('a', before)).toEqual([]);
    await pass(clock, 100);
  });
});

describe('a page that is left', () => {
  test('[PL8] says goodbye from the outermost hub on, and then closes peer connections at once', async () => {
    const { clock, page } = start();
    const signaling = new InBrowserHub();
    const { RTCPeerConnection, made } = fakePeerConnections();
    const options = { RTCPeerConnection, clock, pageLife: page.pageLife };
    const a = new MarshallerHub<string>(new ReliableRtcHub(signaling, options), options).openEndpoint('a');
    const b = new MarshallerHub<string>(
      new ReliableRtcHub(signaling, { RTCPeerConnection, clock }),
    ).openEndpoint('b');
    const connected = connect(a, b);
    await pass(clock, 2000);
    await connected;
    const seen = [states(a), states(b)];
    const got = inbox(b);
    a.send('b', 'last words');
    page.leave();
    expect([a.isDestroyed(), made[0]?.isClosed, page.listening]).toEqual([true, true, 0]);
    expect(signaling.getEndPoint('a')).toBeUndefined();
    // What is said in the event is all that the other side gets: afterwards nothing runs here.
    expect(seen.map((events) => events.map(({ state }) => state))).toEqual([['closed'], ['closed']]);
    expect(got.map(({ message }) => message)).toEqual(['last words']);
    b.destroy();
  });

  test('[PL8] closes what an endpoint that was destroyed before has still to send', async () => {
    const { clock, page } = start();
    const signaling = new InBrowserHub();
    const { RTCPeerConnection, made } = fakePeerConnections();
    const a = new RtcHub(signaling, { RTCPeerConnection, clock, pageLife: page.pageLife }).openEndpoint('a');
    const b = new RtcHub(signaling, { RTCPeerConnection, clock }).openEndpoint('b');
    await connect(a, b);
    a.destroy();
    expect([made[0]?.isClosed, page.listening]).toEqual([false, 1]);
    page.leave();
    expect([made[0]?.isClosed, page.listening]).toEqual([true, 0]);
    await turns();
    expect(b.getConnectionState('a')).toBe('closed');
    b.destroy();
  });

  test('[PL8] sends CLOSE-CONNECTION through the broker before the socket closes', () => {
    const clock = new VirtualClock();
    const page = fakePage(clock);
    const { endpoint, sockets, bodies } = connectedEndpoint({ clock, pageLife: page.pageLife });
    page.leave();
    expect(bodies()).toEqual(['CLOSE-CONNECTION']);
    expect([endpoint.isDestroyed(), sockets.last.closed, page.listening]).toEqual([true, true, 0]);
    expect([clock.pending, log.filter(({ level }) => level === 'error')]).toEqual([0, []]);
  });

  test('[PL8] closes the socket of a client that no hub uses', () => {
    const { clock, page } = start();
    const sockets = new FakeSockets();
    const rpc = new WebSocketRpc('me', sockets, { clock, pageLife: page.pageLife });
    sockets.last.login();
    page.leave();
    expect([rpc.isDestroyed(), sockets.last.closed, clock.pending]).toEqual([true, true, 0]);
  });
});
