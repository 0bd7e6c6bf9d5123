import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Endpoint } from '../../src/core/contracts.ts';
import { InBrowserHub } from '../../src/hubs/in-browser-hub.ts';
import { RtcHub, type RtcHubOptions } from '../../src/hubs/rtc-hub.ts';
import { findPeerConnection as findInBrowser } from '../../src/rtc/peer-connection.browser.ts';
import { findPeerConnection } from '../../src/rtc/peer-connection.node.ts';
import { connect, inbox, losses, open, states, until } from '../../src/testing/peers.ts';
import { captureLog } from '../support/log.ts';
import { watchPeerConnections } from '../support/rtc.ts';

const log = captureLog();
const opened: Endpoint[] = [];

/** Two endpoints with a hub each, on one signaling hub in memory, and real WebRTC between them. */
function openPair(options: RtcHubOptions = {}) {
  const signaling = new InBrowserHub();
  const watch = watchPeerConnections();
  const newHub = () => new RtcHub(signaling, { RTCPeerConnection: watch.RTCPeerConnection, ...options });
  const alice = newHub().openEndpoint('alice');
  const bob = newHub().openEndpoint('bob');
  opened.push(alice, bob);
  return { signaling, watch, newHub, alice, bob };
}

afterEach(() => {
  for (const endpoint of opened.splice(0)) endpoint.destroy();
});

describe('a hub', () => {
  test('[RH1] gives its parent 1500 ms for an attempt', () => {
    const signaling = new InBrowserHub();
    const timeout = vi.spyOn(signaling, 'setEstablishConnectionTimeout');
    new RtcHub(signaling);
    expect(timeout.mock.calls).toEqual([[1500]]);
  });

  test('[RH2] says what to install where there is no WebRTC', () => {
    const missing = () => {
      throw new Error("Cannot find module '@roamhq/wrtc'");
    };
    expect(() => findPeerConnection(missing)).toThrow(
      expect.objectContaining({
        code: 'ERR_MISSING_DEPENDENCY',
        message: expect.stringContaining('npm install @roamhq/wrtc'),
      }),
    );
    expect(() => findInBrowser()).toThrow(expect.objectContaining({ code: 'ERR_MISSING_DEPENDENCY' }));
  });

  test('[RH2] takes the RTCPeerConnection that it is given, else a global one, else that of wrtc', () => {
    class Global {}
    vi.stubGlobal('RTCPeerConnection', Global);
    try {
      expect([findPeerConnection(), findInBrowser()]).toEqual([Global, Global]);
    } finally {
      vi.unstubAllGlobals();
    }
    expect(findPeerConnection().name).toBe('RTCPeerConnection');
    expect(() => new RtcHub(new InBrowserHub(), { RTCPeerConnection: 7 as never })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }),
    );
  });
});

describe('a connection', () => {
  test('[RH3] carries the conversation of the seed, then leaves no peer connection open', async () => {
    const { alice, bob, watch } = openPair();
    const transcript: string[] = [];
    alice.onMessage = ({ sourceEva, message }) => {
      transcript.push(message);
      if (message === 'I am good!') alice.closeConnection(sourceEva);
    };
    bob.onMessage = ({ sourceEva, message }) => {
      transcript.push(message);
      if (message === 'How are you?') bob.send(sourceEva, 'I am good!');
    };
    const lost = losses(bob);
    alice.openConnection('bob', ({ targetEva }) => alice.send(targetEva, 'How are you?'));
    await until(() => lost.length > 0);
    expect(transcript).toEqual(['How are you?', 'I am good!']);
    await until(() => watch.open.size === 0);
    expect(watch.made.length).toBe(2);
  });

  test('[RH4] shows its RTCPeerConnection', async () => {
    const { alice, bob, watch } = openPair();
    expect(alice.getRtcConnection('bob')).toBeUndefined();
    await connect(alice, bob);
    expect(alice.getRtcConnection('bob')).toBe(watch.made[0]);
    expect(bob.getRtcConnection('alice')).toBe(watch.made[1]);
    await open(alice, 'alice');
    expect(alice.getRtcConnection('alice')).toBeUndefined();
  });

  test.each(['now', 'at one date'])('[RH5] is one, twenty times, where both sides open %s', async (when) => {
    const { alice, bob, watch } = openPair();
    if (when === 'at one date') {
      const date = Date.now();
      vi.spyOn(Date, 'now').mockImplementation(() => date);
    }
    for (let round = 0; round < 20; round += 1) {
      const statuses: string[] = [];
      // The attempts of both have to leave before the other's arrives.
      const before = watch.made.length;
      alice.openConnection('bob', ({ status }) => statuses.push(status));
      bob.openConnection('alice', ({ status }) => statuses.push(status));
      await until(() => statuses.length >= 2, 'both callbacks');
      const atBob = inbox(bob);
      const atAlice = inbox(alice);
      alice.send('bob', `to bob ${round}`);
      bob.send('alice', `to alice ${round}`);
      await until(() => atBob.length > 0 && atAlice.length > 0, 'both messages');
      expect(statuses).toEqual(['CONNECTED', 'CONNECTED']);
      expect(atBob).toEqual([{ from: 'alice', message: `to bob ${round}` }]);
      expect(atAlice).toEqual([{ from: 'bob', message: `to alice ${round}` }]);
      expect(watch.open.size).toBe(2);
      expect(watch.made.length - before).toBeGreaterThanOrEqual(2);
      const lost = [losses(alice), losses(bob)];
      alice.closeConnection('bob');
      await until(() => lost.every((list) => list.length > 0), 'both losses');
      await until(() => watch.open.size === 0, 'every peer connection being closed');
    }
    expect(watch.made.length).toBeGreaterThan(40);
  });

  test('[RH6] is one where a listener opens it as soon as the other side does', async () => {
    const { alice, bob, watch } = openPair();
    const statuses: string[] = [];
    bob.onConnectionStateChange(({ state }) => {
      if (state === 'connecting') bob.openConnection('alice', ({ status }) => statuses.push(status));
    });
    alice.openConnection('bob', ({ status }) => statuses.push(status));
    await until(() => statuses.length >= 2);
    expect([statuses, watch.open.size]).toEqual([['CONNECTED', 'CONNECTED'], 2]);
  });

  test('[RH7] loses nothing of what was sent in bulk right before the close', async () => {
    const { alice, bob } = openPair();
    await connect(alice, bob);
    const received = inbox(bob);
    const lost = losses(bob);
    const block = 'x'.repeat(60_000);
    for (let index = 0; index < 100; index += 1) alice.send('bob', `${index} ${block}`);
    alice.closeConnection('bob');
    await until(() => lost.length > 0);
    expect(received.map(({ message }) => Number.parseInt(message, 10))).toEqual(
      Array.from({ length: 100 }, (_, i) => i),
    );
  });

  test('[RH8] does not wait for the rest of a connection that is opened again', async () => {
    const { alice, bob, watch } = openPair();
    await connect(alice, bob);
    const [first] = watch.made;
    const atAlice = states(alice);
    alice.closeConnection('bob');
    expect(watch.open.has(first as RTCPeerConnection)).toBe(true);
    const reopened = open(alice, 'bob');
    expect(watch.open.has(first as RTCPeerConnection)).toBe(false);
    expect((await reopened).status).toBe('CONNECTED');
    const received = inbox(bob);
    alice.send('bob', 'again');
    await until(() => received.length > 0);
    expect(atAlice.map(({ state }) => state)).toEqual(['closed', 'connecting', 'CONNECTED']);
  });

  test('[RH9] closes every peer connection of an endpoint that is destroyed, open or opening', async () => {
    const { alice, bob, newHub, watch } = openPair();
    const carol = newHub().openEndpoint('carol');
    opened.push(carol);
    await connect(alice, bob);
    const lost = losses(bob);
    carol.openConnection('alice', () => {});
    await until(() => watch.made.length >= 3);
    alice.destroy();
    carol.destroy();
    await until(() => lost.length > 0);
    await until(() => watch.open.size === 0);
  });

  test('[RH12, RH38] carries a message of the largest size, and refuses a larger one', async () => {
    const { alice, bob } = openPair();
    await connect(alice, bob);
    const received = inbox(bob);
    const texts = ['ä'.repeat(2 ** 17), 'ä'.repeat(2 ** 17 + 1), 'ä'.repeat(2 ** 23), 'after'];
    for (const text of texts.slice(0, 3)) alice.send('bob', text);
    expect(() => alice.send('bob', 'ä'.repeat(2 ** 23 + 1))).toThrow(
      expect.objectContaining({ code: 'ERR_MESSAGE_TOO_LARGE' }),
    );
    alice.send('bob', 'after');
    await until(() => received.length >= 4);
    expect(received.map(({ message }) => message)).toEqual(texts);
  });

  test('[RH17] goes on where a signaling message is malformed, which is logged once', async () => {
    const { alice, bob, signaling } = openPair();
    await connect(alice, bob);
    const mallory = signaling.openEndpoint('bob');
    for (const text of ['no JSON', '{"type":"rtc-connection"}', 'x'.repeat(300_000)])
      mallory.send('alice', text);
    mallory.send('alice', '{"type":"rtc-hologram"}');
    const received = inbox(alice);
    bob.send('alice', 'still here');
    await until(() => received.length > 0);
    const warnings = log.filter(({ level }) => level === 'warn');
    expect(warnings.map(({ endpoint, peer }) => `${endpoint} ${peer}`)).toEqual(Array(3).fill('alice bob'));
    expect(warnings.map(({ reason }) => reason)).toEqual([
      'it is no JSON',
      expect.stringContaining('requestForNewConnection'),
      expect.stringContaining('300000'),
    ]);
  });

  test('[RH17] fails where the description of the other side is nonsense', async () => {
    const { bob, signaling } = openPair();
    const mallory = signaling.openEndpoint('mallory');
    const atBob = states(bob);
    const message = {
      type: 'rtc-connection',
      requestForNewConnection: true,
      ice: { sdp: { type: 'offer', sdp: 'nonsense' }, candidate: [] },
      connectionCreateDate: 1,
    };
    mallory.openConnection('bob', () => mallory.send('bob', JSON.stringify(message)));
    await until(() => atBob.length >= 2);
    expect(atBob.map(({ state }) => state)).toEqual(['connecting', 'lost']);
    expect(log.filter(({ level }) => level === 'warn')).toMatchObject([
      {
        endpoint: 'bob',
        peer: 'mallory',
        reason: expect.stringContaining("the other side's offer was refused"),
      },
    ]);
  });

  test('[RH18] fails, with its retries, where the other side is not there', async () => {
    const { alice, watch } = openPair();
    const hub = new RtcHub(new InBrowserHub());
    hub.setEstablishConnectionTimeout(20);
    hub.setOpenConnectionRetries(1);
    const alone = hub.openEndpoint('alone');
    opened.push(alone);
    expect((await open(alone, 'nobody')).status).toBe('FAILED');
    expect([watch.made.length, alice.getConnections()]).toEqual([0, []]);
  });

  test('[RH19] does not notice that the signaling connection goes', async () => {
    const { alice, bob, signaling } = openPair();
    await connect(alice, bob);
    const atAlice = states(alice);
    const received = inbox(bob);
    signaling.openEndpoint('alice').closeConnection('bob');
    alice.send('bob', 'still here');
    await until(() => received.length > 0);
    expect(atAlice).toEqual([]);
  });

  test.each(['offerer', 'answerer'])(
    '[RH20] saves its channel by an ICE restart (the %s notices)',
    async (side) => {
      const { alice, bob, watch, signaling } = openPair();
      await connect(alice, bob);
      const atAlice = states(alice);
      const received = inbox(bob);
      const [ofAlice, ofBob] = watch.made as [RTCPeerConnection, RTCPeerConnection];
      const ufrag = () => /ice-ufrag:(\S+)/.exec(ofBob.remoteDescription?.sdp ?? '')?.[1];
      const before = ufrag();
      const noticing = side === 'offerer' ? [ofAlice] : [ofBob, ofAlice];
      // The signaling connection, too, has to be made anew.
      signaling.openEndpoint('bob').closeConnection('alice');
      await until(() => !signaling.openEndpoint('alice').isConnected('bob'));
      for (const connection of noticing) watch.pretendIce(connection, 'failed');
      expect(alice.getConnectionState('bob')).toBe('reconnecting');
      alice.send('bob', 'sent meanwhile');
      await until(() => ufrag() !== before && ofAlice.signalingState === 'stable', 'the restart');
      expect(received).toEqual([]);
      for (const connection of noticing) watch.pretendIce(connection, undefined);
      await until(() => received.length > 0);
      await until(
        () =>
          alice.getConnectionState('bob') === 'CONNECTED' && bob.getConnectionState('alice') === 'CONNECTED',
      );
      expect(received).toEqual([{ from: 'alice', message: 'sent meanwhile' }]);
      expect(atAlice.map(({ state }) => state)).toEqual(['reconnecting', 'CONNECTED']);
      expect(watch.made.length).toBe(2);
    },
  );

  test('[RH21] takes no second data channel, nor one of another name', async () => {
    const { alice, bob, watch } = openPair();
    await connect(alice, bob);
    const received = inbox(bob);
    const foreign = watch.made[0]?.createDataChannel('data') as RTCDataChannel;
    await until(() => foreign.readyState === 'open');
    foreign.send('from the wrong door');
    alice.send('bob', 'from the right one');
    await until(() => log.some(({ text }) => text === 'a data channel was ignored'));
    await until(() => received.length > 0);
    expect(received).toEqual([{ from: 'alice', message: 'from the right one' }]);
  });

  test('[RH22] is closed where the application closes its RTCPeerConnection', async () => {
    const { alice, bob } = openPair();
    await connect(alice, bob);
    const lost = [losses(alice), losses(bob)];
    alice.getRtcConnection('bob')?.close();
    await until(() => lost.every((list) => list.length > 0));
    expect(alice.getConnectionState('bob')).toBe('closed');
  });

  test('[RH23] fails where no peer connection can be made', async () => {
    class Broken {
      constructor() {
        throw new Error('out of peer connections');
      }
    }
    const { alice, newHub } = openPair({ RTCPeerConnection: Broken as never });
    const hub = newHub();
    hub.setOpenConnectionRetries(0);
    const carol = hub.openEndpoint('carol');
    opened.push(carol);
    expect((await open(carol, 'alice')).status).toBe('FAILED');
    expect(alice.getConnections()).toEqual([]);
    expect(log.some(({ reason }) => reason?.includes('out of peer connections'))).toBe(true);
  });
});

test('[RH36] keeps the order of what is sent as soon as a connection is open, and loses none of it', async () => {
  const texts = Array.from({ length: 8 }, (_, index) => `message ${index}`);
  // wrtc mixes up the first messages of about every thirtieth channel, where they come before it is made.
  for (let round = 0; round < 100; round += 1) {
    const { alice, bob } = openPair();
    const received = inbox(bob);
    expect((await open(alice, 'bob')).status).toBe('CONNECTED');
    for (const text of texts) alice.send('bob', text);
    await until(() => received.length >= texts.length);
    expect(received.map(({ message }) => message)).toEqual(texts);
    alice.destroy();
    bob.destroy();
  }
});
