import type { Endpoint } from '../../src/core/contracts.ts';
import type { Vnf as VnfNamespace } from '../../src/index.ts';
import type { RtcPeerConnectionClass } from '../../src/rtc/rtc-peer.ts';
import { connectRaw, type RawPair, rawThroughput } from './raw-channel.ts';
import { connect, connectPair, type Load, nextTurn, type Pair, throughput } from './stacks.ts';

/** What a platform has: the built library and its peer connections. */
export interface Platform {
  Vnf: typeof VnfNamespace;
  RTCPeerConnection: RtcPeerConnectionClass;
}

/** What the WebRTC rows measure, the same in Node and in a page; both sides are in one process, as the raw ones are. */
export function rtcScenarios({ Vnf, RTCPeerConnection }: Platform) {
  const made = new Set<RTCPeerConnection>();
  const Watched = new Proxy(RTCPeerConnection, {
    construct(Real, [configuration]) {
      const connection = new Real(configuration);
      made.add(connection);
      return connection;
    },
  });
  let raw: RawPair | undefined;
  let pair: Pair | undefined;

  function newHub() {
    return new Vnf.ReliableRtcHub(new Vnf.InBrowserHub(), { RTCPeerConnection: Watched });
  }

  return {
    async rawThroughput(load: Load): Promise<number> {
      raw ??= await connectRaw(RTCPeerConnection);
      return rawThroughput(raw, load);
    },
    async throughput(load: Load): Promise<number> {
      pair ??= await connectPair(newHub());
      return throughput(pair, load);
    },
    /** Milliseconds until the caller's channel is open. */
    async rawConnect(): Promise<number> {
      const begin = performance.now();
      const opened = await connectRaw(RTCPeerConnection);
      const ms = performance.now() - begin;
      opened.close();
      return ms;
    },
    /** Milliseconds until the caller's callback is told CONNECTED; the endpoints are there already. */
    async connect(): Promise<number> {
      const hub = newHub();
      const alice: Endpoint = hub.openEndpoint('alice');
      const bob: Endpoint = hub.openEndpoint('bob');
      const begin = performance.now();
      await connect(alice, 'bob');
      const ms = performance.now() - begin;
      alice.destroy();
      bob.destroy();
      // What is left of it would take its time from the next one.
      for (const connection of made) while (connection.signalingState !== 'closed') await nextTurn();
      made.clear();
      return ms;
    },
  };
}
