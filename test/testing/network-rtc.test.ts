import { describe, expect, test } from 'vitest';
import { ReliableRtcHub } from '../../src/hubs/reliable-rtc-hub.ts';
import { RtcHub } from '../../src/hubs/rtc-hub.ts';
import { WebSocketHub } from '../../src/hubs/websocket-hub.ts';
import type { Platform } from '../../src/testing/host.ts';
import { Network } from '../../src/testing/network.ts';
import { inbox } from '../../src/testing/peers.ts';
import { captureLog } from '../support/log.ts';

captureLog();

function rtc(HubClass: typeof RtcHub | typeof ReliableRtcHub, eva: string) {
  return ({ webSocketFactory, RTCPeerConnection, options }: Platform) => {
    const webSocketHub = new WebSocketHub(webSocketFactory, options);
    const endpoint = new HubClass(webSocketHub, { ...options, RTCPeerConnection }).openEndpoint(eva);
    const states: string[] = [];
    endpoint.onConnectionStateChange(({ state }) => states.push(state));
    return { endpoint, states, received: inbox(endpoint) };
  };
}

async function connected(HubClass: typeof RtcHub | typeof ReliableRtcHub) {
  const network = new Network();
  const alice = network.addHost('alice', rtc(HubClass, 'alice'));
  const bob = network.addHost('bob', rtc(HubClass, 'bob'));
  const { clock } = network;
  alice.app.endpoint.openConnection('bob', () => {});
  const areConnected = () => alice.app.endpoint.isConnected('bob') && bob.app.endpoint.isConnected('alice');
  await clock.runUntil(areConnected, 'the connection');
  const texts = () => bob.app.received.map(({ message }) => message);
  return { network, alice, bob, clock, texts };
}

describe('peer connections', () => {
  test('[TS30] carry messages without the broker', async () => {
    const { network, alice, clock, texts } = await connected(RtcHub);
    network.broker.crash();
    const long = 'ä'.repeat(1_000_000);
    alice.app.endpoint.send('bob', 'Hello');
    alice.app.endpoint.send('bob', long);
    await clock.runUntil(() => texts().length === 2);
    expect(texts()).toEqual(['Hello', long]);
  });

  test('[TS30] are interrupted by a partition, and restarted after it', async () => {
    const { network, alice, bob, clock, texts } = await connected(RtcHub);
    network.setFaults({ partition: [['bob'], ['alice', 'broker']] });
    alice.app.endpoint.send('bob', 'later');
    await clock.run(8000);
    expect([alice, bob].map(({ app }) => app.states.at(-1))).toEqual(['reconnecting', 'reconnecting']);
    network.setFaults({});
    await clock.run(8000);
    expect([alice, bob].map(({ app }) => app.states.at(-1))).toEqual(['CONNECTED', 'CONNECTED']);
    expect(texts()).toEqual(['later']);
  });

  test('[TS30] end with their host, which the other side notices', async () => {
    const { alice, bob, clock } = await connected(RtcHub);
    bob.crash();
    await clock.run(60_000);
    expect(alice.app.states.at(-1)).toBe('lost');
  });

  test('[TS30] tell the other side when they are closed', async () => {
    const { alice, bob, clock } = await connected(RtcHub);
    alice.app.endpoint.closeConnection('bob');
    await clock.run(1000);
    expect(bob.app.states.at(-1)).toBe('closed');
  });

  test('[TS30] carry a ReliableRtcHub over a restart of the other host', async () => {
    const { alice, bob, clock } = await connected(ReliableRtcHub);
    bob.restart();
    await clock.run(60_000);
    bob.app.endpoint.openConnection('alice', () => {});
    await clock.runUntil(() => bob.app.endpoint.isConnected('alice'));
    bob.app.endpoint.send('alice', 'it is me again');
    await clock.runUntil(() => alice.app.received.length > 0);
  });

  test('[TS30] close the channel of the other side with their own', async () => {
    const network = new Network();
    const { clock } = network;
    const [one, other] = ['one', 'other'].map((name) => {
      const { RTCPeerConnection } = network.addHost(name, (platform) => platform).app;
      return new RTCPeerConnection();
    }) as [RTCPeerConnection, RTCPeerConnection];
    const events: string[] = [];
    other.ondatachannel = ({ channel }) => {
      channel.onopen = () => events.push('open');
      channel.onmessage = ({ data }) => events.push(data);
      channel.onclose = () => events.push('closed');
    };
    const channel = one.createDataChannel('data');
    channel.onopen = () => channel.send('Hello');
    await one.setLocalDescription(await one.createOffer());
    await other.setRemoteDescription(one.localDescription as RTCSessionDescription);
    await other.setLocalDescription(await other.createAnswer());
    await one.setRemoteDescription(other.localDescription as RTCSessionDescription);
    await clock.run(1000);
    expect([events, one.iceConnectionState]).toEqual([['open', 'Hello'], 'connected']);
    expect(() => channel.send('x'.repeat(262_145))).toThrow(TypeError);
    one.close();
    await clock.run(100);
    expect([events.at(-1), channel.readyState]).toEqual(['closed', 'closed']);
    expect(() => channel.send('too late')).toThrow('the channel is not open');
  });

  test('[TS20] leave no timer when the network is closed', async () => {
    const { network, clock } = await connected(ReliableRtcHub);
    network.close();
    await clock.run(60_000);
    expect(clock.pending).toBe(0);
  });
});
