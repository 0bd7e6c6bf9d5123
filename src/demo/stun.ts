export interface StunSetting {
  rtcConfiguration: RTCConfiguration;
  /** What is wrong with it; empty where nothing is. It is left out then. */
  problem: string;
}

/**
 * Reads `?stun=HOST:PORT`, which adds a STUN server, for peers behind different routers.
 *
 * @param search - the part of the page's address
 * @param tryOut - throws where the browser does not take a configuration
 */
export function readStun(search: string, tryOut: (configuration: RTCConfiguration) => void): StunSetting {
  const stun = new URLSearchParams(search).get('stun');
  if (stun === null) return { rtcConfiguration: {}, problem: '' };
  const rtcConfiguration = { iceServers: [{ urls: `stun:${stun}` }] };
  try {
    tryOut(rtcConfiguration);
    return { rtcConfiguration, problem: '' };
  } catch {
    const problem = `?stun= in this page's address must be HOST or HOST:PORT, but it is "${stun.slice(0, 60)}". The page goes on without that server.`;
    return { rtcConfiguration: {}, problem };
  }
}
