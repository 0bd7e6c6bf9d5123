import { createRequire } from 'node:module';
import type { Clock } from '../core/clock.ts';
import { reasonOf, VnfError } from '../core/errors.ts';
import type { RtcPeerConnectionClass } from './rtc-peer.ts';

const require = createRequire(import.meta.url);

/**
 * The RTCPeerConnection of this process: a global one, else that of `@roamhq/wrtc`, which is loaded only now.
 *
 * @param load - how a package is loaded
 * @throws VnfError `ERR_MISSING_DEPENDENCY`
 */
export function findPeerConnection(load: (name: string) => unknown = require): RtcPeerConnectionClass {
  if (typeof globalThis.RTCPeerConnection === 'function') return globalThis.RTCPeerConnection;
  try {
    return (load('@roamhq/wrtc') as { RTCPeerConnection: RtcPeerConnectionClass }).RTCPeerConnection;
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
