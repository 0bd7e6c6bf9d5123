import type { Clock } from '../core/clock.ts';
import { VnfError } from '../core/errors.ts';
import type { RtcPeerConnectionClass } from './rtc-peer.ts';

/**
 * The RTCPeerConnection of this page.
 *
 * @throws VnfError `ERR_MISSING_DEPENDENCY`
 */
export function findPeerConnection(): RtcPeerConnectionClass {
  if (typeof globalThis.RTCPeerConnection === 'function') return globalThis.RTCPeerConnection;
  throw new VnfError(
    'ERR_MISSING_DEPENDENCY',
    'RtcHub needs WebRTC, which is missing here: pass the option RTCPeerConnection.',
  );
}

/** Calls `close` once the connection can be closed: in browsers at once. */
export function whenClosable(
  _: RTCPeerConnection,
  _hasChannel: boolean,
  _clock: Clock,
  close: () => void,
): void {
  close();
}
