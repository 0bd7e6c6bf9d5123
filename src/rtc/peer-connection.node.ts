import { createRequire } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import type { Clock } from '../core/clock.ts';
import { reasonOf, VnfError } from '../core/errors.ts';
import type { RtcPeerConnectionClass } from './rtc-peer.ts';

const require = createRequire(import.meta.url);

/** What is used of `@roamhq/wrtc`. */
interface Wrtc {
  RTCPeerConnection: RtcPeerConnectionClass;
  MediaStream: new () => object;
}

/** Holds the factory of `@roamhq/wrtc`. */
let factoryHolder: object | undefined;

/**
 * Keeps the factory of `@roamhq/wrtc` for as long as the process lives.
 *
 * Its version 0.10 makes one (4 threads, 8 descriptors) whenever a connection is made while none is open, and lets go
 * of it when the garbage is collected, however late: 125 connections one after the other go past the usual limit of
 * 1024 descriptors, and there it aborts the process. An empty stream holds the factory as an open connection does,
 * and does not keep the process alive. In a worker it would crash the end of the thread.
 */
function holdFactory({ RTCPeerConnection, MediaStream }: Wrtc): void {
  if (factoryHolder !== undefined || !isMainThread) return;
  // As the process ends, the youngest object ends first: a stream that is older than the factory crashes there.
  const connection = new RTCPeerConnection();
  factoryHolder = new MediaStream();
  connection.close();
}

/**
 * The RTCPeerConnection of this process: a global one, else that of `@roamhq/wrtc`, which is loaded only now.
 *
 * @param load - how a package is loaded
 * @throws VnfError `ERR_MISSING_DEPENDENCY`
 */
export function findPeerConnection(load: (name: string) => unknown = require): RtcPeerConnectionClass {
  if (typeof globalThis.RTCPeerConnection === 'function') return globalThis.RTCPeerConnection;
  try {
    const wrtc = load('@roamhq/wrtc') as Wrtc;
    holdFactory(wrtc);
    return wrtc.RTCPeerConnection;
  } catch (error) {
    throw new VnfError(
      'ERR_MISSING_DEPENDENCY',
      `RtcHub needs WebRTC, which Node does not have, and @roamhq/wrtc could not be loaded (${reasonOf(error)}): ` +
        'run "npm install @roamhq/wrtc", or pass the option RTCPeerConnection.',
      { cause: error },
    );
  }
}

/** The states of ICE in which a channel of the other side may be on its way. */
const LINKED: ReadonlySet<RTCIceConnectionState> = new Set(['connected', 'completed', 'disconnected']);

/** A channel that is on its way comes within a few round trips, or never. */
const CHANNEL_TIMEOUT_MS = 1000;

/**
 * Calls `close` once the connection can be closed: after the other side's channel has come, if one may be on its way.
 * `@roamhq/wrtc` 0.10 crashes at the end of the process where a connection was closed between the end of the ICE
 * checks and that event.
 */
export function whenClosable(
  connection: RTCPeerConnection,
  hasChannel: boolean,
  clock: Clock,
  close: () => void,
): void {
  if (hasChannel || !LINKED.has(connection.iceConnectionState)) {
    close();
    return;
  }
  const timer = clock.setTimeout(close, CHANNEL_TIMEOUT_MS);
  connection.ondatachannel = () => {
    clock.clearTimeout(timer);
    close();
  };
}
