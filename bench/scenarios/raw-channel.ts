import type { RtcPeerConnectionClass } from '../../src/rtc/rtc-peer.ts';
import { type Load, pump } from './stacks.ts';

/** A data channel between two peer connections of one process: what the platform itself can do. */
export interface RawPair {
  sender: RTCDataChannel;
  receiver: RTCDataChannel;
  close(): void;
}

/** Connects two peer connections as fast as they can be: candidates trickle, nothing waits. */
export async function connectRaw(PeerConnection: RtcPeerConnectionClass): Promise<RawPair> {
  const caller = new PeerConnection();
  const callee = new PeerConnection();
  const calleeKnows = trickle(caller, callee);
  const callerKnows = trickle(callee, caller);
  const receiver = new Promise<RTCDataChannel>((resolve) => {
    callee.ondatachannel = ({ channel }) => resolve(channel);
  });
  const sender = caller.createDataChannel('data', { ordered: true });
  const opened = new Promise((resolve) => {
    sender.onopen = resolve;
  });
  const offer = await caller.createOffer();
  await caller.setLocalDescription(offer);
  await callee.setRemoteDescription(offer);
  calleeKnows();
  const answer = await callee.createAnswer();
  await callee.setLocalDescription(answer);
  await caller.setRemoteDescription(answer);
  callerKnows();
  await opened;
  return {
    sender,
    receiver: await receiver,
    // The channels close with them; closed by hand, @roamhq/wrtc crashes.
    close() {
      caller.close();
      callee.close();
    },
  };
}

/** Hands candidates over; the result lets those through that came before the description that they belong to. */
function trickle(from: RTCPeerConnection, to: RTCPeerConnection): () => void {
  let early: RTCIceCandidate[] | undefined = [];
  const add = (candidate: RTCIceCandidate) => to.addIceCandidate(candidate).catch(() => {});
  from.onicecandidate = ({ candidate }) => {
    if (!candidate?.candidate) return;
    if (early === undefined) add(candidate);
    else early.push(candidate);
  };
  return () => {
    early?.forEach(add);
    early = undefined;
  };
}

/** What the channel may hold: far below where a platform closes it. */
const HIGH_WATER_BYTES = 2 ** 20;

/** Messages a second over a raw channel, one a frame. */
export async function rawThroughput({ sender, receiver }: RawPair, load: Load): Promise<number> {
  let received = 0;
  receiver.onmessage = () => {
    received += 1;
  };
  const begin = performance.now();
  await pump(
    load,
    () => received,
    (most) => {
      let sent = 0;
      for (; sent < most && sender.bufferedAmount < HIGH_WATER_BYTES; sent += 1) sender.send(load.message);
      return sent;
    },
  );
  return load.count / ((performance.now() - begin) / 1000);
}
