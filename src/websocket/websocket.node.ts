import { WebSocket } from 'ws';
import type { WebSocketLike } from './web-socket.ts';

/** Opens a WebSocket of this platform: in Node the one of `ws`. */
export function createSocket(url: string): WebSocketLike {
  // Compression costs a context of several 100 kB per socket, and short frames gain nothing.
  return new WebSocket(url, { perMessageDeflate: false });
}
