import { describe, expect, test } from 'vitest';
import type { RtcPeerEvent } from '../../machines/rtc-signaling.machine.ts';
import { RtcPeer } from '../../src/rtc/rtc-peer.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { turns } from '../support/turns.ts';

const OFFER = { type: 'offer', sdp: 'of the other side' } as const;
const CANDIDATE = { candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0 };

/** A peer connection that writes down what is asked of it, and takes as long as a test wants. */
class SlowPeerConnection {
  readonly asked: string[] = [];
  readonly #finish = new Map<string, () => void>();
  onicecandidate: ((event: { candidate: RTCIceCandidateInit | null }) => void) | null = null;
  iceGatheringState = 'new';

  createDataChannel = () => ({ label: 'data', readyState: 'connecting' });
  createOffer = async () => ({ type: 'offer', sdp: 'ours' });
  createAnswer = async () => ({ type: 'answer', sdp: 'ours' });
  setLocalDescription = () => this.#take('local');
  setRemoteDescription = () => this.#take('remote');
  addIceCandidate = () => this.#take('candidate');
  close = () => {};

  /** What is asked for under this name comes to its end. */
  finish(name: string): void {
    this.#finish.get(name)?.();
  }

  #take(name: string): Promise<void> {
    this.asked.push(name);
    return new Promise((resolve) => this.#finish.set(name, resolve));
  }
}

function openPeer() {
  const connection = new SlowPeerConnection();
  const told: RtcPeerEvent['type'][] = [];
  const peer = new RtcPeer(1, connection as unknown as RTCPeerConnection, {
    eva: 'alice',
    targetEva: 'bob',
    clock: new VirtualClock(),
    maxBufferedAmount: 1000,
    takesFrames: true,
    peerReport: ({ type }) => told.push(type),
    messageArrived: () => {},
  });
  return { connection, peer, told };
}

describe('a peer connection', () => {
  test('[RS35] hands out its offer while the platform still takes it', async () => {
    const { peer, told, connection } = openPeer();
    peer.createOffer();
    await turns();
    expect(told).toEqual(['description.ready']);
    expect(peer.negotiation(false)?.description).toEqual({ type: 'offer', sdp: 'ours' });
    peer.acceptAnswer({ type: 'answer', sdp: 'of the other side' }, []);
    await turns();
    expect(connection.asked).toEqual(['local']);
    connection.finish('local');
    await turns();
    expect(connection.asked).toEqual(['local', 'remote']);
  });

  test('[RS35] adds candidates once the description that they belong to is taken, and waits for nothing else', async () => {
    const { peer, connection } = openPeer();
    peer.createAnswer(OFFER, [CANDIDATE]);
    peer.addCandidates([CANDIDATE]);
    await turns();
    expect(connection.asked).toEqual(['remote']);
    connection.finish('remote');
    await turns();
    // Neither the candidates nor the answer are finished.
    expect(connection.asked.sort()).toEqual(['candidate', 'candidate', 'local', 'remote']);
    peer.addCandidates([CANDIDATE]);
    await turns();
    expect(connection.asked.filter((name) => name === 'candidate').length).toBe(3);
  });

  test('[RS35] tells once of candidates that are found together', async () => {
    const { peer, connection, told } = openPeer();
    peer.createOffer();
    await turns();
    for (let found = 0; found < 4; found += 1) connection.onicecandidate?.({ candidate: CANDIDATE });
    await turns();
    expect(told).toEqual(['description.ready', 'candidate.found']);
    expect(peer.unsentCandidates().length).toBe(4);
    connection.onicecandidate?.({ candidate: CANDIDATE });
    await turns();
    expect(told.slice(2)).toEqual(['candidate.found']);
  });

  test('[RS18] makes no answer to an offer that was refused, and tells of that once', async () => {
    const { peer, connection, told } = openPeer();
    connection.setRemoteDescription = () => Promise.reject(new Error('no'));
    peer.createAnswer(OFFER, []);
    await turns();
    expect([told, connection.asked]).toEqual([['peer.failed'], []]);
  });
});
