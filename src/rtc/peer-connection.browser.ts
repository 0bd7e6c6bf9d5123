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
    'RtcHub needs WebRTC, which this browser, or a worker of it, does not have: pass the option RTCPeerConnection.',
  );
}
