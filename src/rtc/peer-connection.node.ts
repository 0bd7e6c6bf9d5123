import { createRequire } from 'node:module';
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
