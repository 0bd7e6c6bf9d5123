import type { WebSocketLike } from './web-socket.ts';

/** Opens a WebSocket of this platform: in a browser its own. */
export function createSocket(url: string): WebSocketLike {
  return new WebSocket(url);
}
