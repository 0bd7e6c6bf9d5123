import type { InBrowserHub } from '../../src/hubs/in-browser-hub.ts';
import { findPeerConnection } from '../../src/rtc/peer-connection.node.ts';

const RealPeerConnection = findPeerConnection();

/** The real class of wrtc, watched: what was made, what is still open, and an ICE state that a test can make up. */
export function watchPeerConnections() {
  const made: RTCPeerConnection[] = [];
  const open = new Set<RTCPeerConnection>();
  const madeUp = new Map<RTCPeerConnection, RTCIceConnectionState>();
  const watch = (real: RTCPeerConnection): RTCPeerConnection => {
    const watched: RTCPeerConnection = new Proxy(real, {
      get(target, key) {
        if (key === 'iceConnectionState' && madeUp.has(watched)) return madeUp.get(watched);
        if (key === 'close') open.delete(watched);
        const value = Reflect.get(target, key, target);
        return typeof value === 'function' && !String(key).startsWith('on') ? value.bind(target) : value;
      },
      set: (target, key, value) => Reflect.set(target, key, value, target),
    });
    made.push(watched);
    open.add(watched);
    return watched;
  };
  const RTCPeerConnection = new Proxy(RealPeerConnection, {
    construct: (Real, [configuration]) => watch(new Real(configuration)),
  });
  return {
    RTCPeerConnection,
    made,
    open,
    /** Lets a connection say that its ICE is in this state; `undefined` gives the true one again. */
    pretendIce(connection: RTCPeerConnection, state: RTCIceConnectionState | undefined): void {
      if (state === undefined) madeUp.delete(connection);
      else madeUp.set(connection, state);
      connection.oniceconnectionstatechange?.(new Event('iceconnectionstatechange'));
    },
  };
}

interface OldMessage {
  type: string;
  requestForNewConnection: boolean;
  ice: { sdp: RTCSessionDescriptionInit; candidate: RTCIceCandidateInit[] };
  connectionCreateDate: number;
}

/**
 * A peer of version 0.2.1, as far as the wire shows it: one message with everything in it once gathering is over,
 * no ear for other types and fields, the later offer wins.
 */
export function openOldPeer(hub: InBrowserHub, eva: string, offset = 0) {
  const endpoint = hub.openEndpoint(eva);
  const received: string[] = [];
  const heard: Record<string, unknown>[] = [];
  let ownDate: number | undefined;
  let connection: RTCPeerConnection | undefined;
  let channel: RTCDataChannel | undefined;
  let closed = 0;

  const adopt = (opened: RTCDataChannel) => {
    channel = opened;
    opened.onmessage = ({ data }) => received.push(data);
    opened.onclose = () => {
      closed += 1;
    };
  };

  const sendWhole = async (target: string, requestForNewConnection: boolean, date: number) => {
    const peer = connection as RTCPeerConnection;
    const candidate: RTCIceCandidateInit[] = [];
    const gathered = new Promise<void>((resolve) => {
      peer.onicecandidate = (event) => {
        if (event.candidate) candidate.push(event.candidate.toJSON());
      };
      peer.onicegatheringstatechange = () => {
        if (peer.iceGatheringState === 'complete') resolve();
      };
    });
    const sdp = requestForNewConnection ? await peer.createOffer() : await peer.createAnswer();
    await peer.setLocalDescription(sdp);
    await gathered;
    // It lost a glare meanwhile.
    if (peer !== connection) return;
    const message = { type: 'rtc-connection', requestForNewConnection, ice: { sdp, candidate } };
    endpoint.send(target, JSON.stringify({ ...message, connectionCreateDate: date }));
  };

  const accept = async ({ ice }: OldMessage) => {
    await connection?.setRemoteDescription(ice.sdp);
    for (const candidate of ice.candidate) await connection?.addIceCandidate(candidate);
  };

  endpoint.onMessage = async ({ sourceEva, message }) => {
    const parsed = JSON.parse(message) as OldMessage;
    heard.push(parsed as unknown as Record<string, unknown>);
    if (parsed.type !== 'rtc-connection') return;
    if (!parsed.requestForNewConnection) {
      await accept(parsed);
      return;
    }
    if (ownDate !== undefined && ownDate > parsed.connectionCreateDate) return;
    connection?.close();
    connection = new RealPeerConnection();
    connection.ondatachannel = (event) => adopt(event.channel);
    await accept(parsed);
    // Its own date, which need not be the offer's.
    await sendWhole(sourceEva, false, Date.now() + 12_345);
  };

  return {
    endpoint,
    received,
    heard,
    get closed() {
      return closed;
    },
    send: (text: string) => channel?.send(text),
    /** Opens a connection, dated `offset` ms from now. */
    call(target: string): void {
      ownDate = Date.now() + offset;
      const date = ownDate;
      connection = new RealPeerConnection();
      adopt(connection.createDataChannel('data'));
      endpoint.openConnection(target, () => sendWhole(target, true, date));
    },
    destroy(): void {
      connection?.close();
      endpoint.destroy();
    },
  };
}
