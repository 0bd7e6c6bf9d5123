import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import type { WebSocketRpcOptions } from '../../src/websocket/rpc-contracts.ts';
import { WebSocketRpc } from '../../src/websocket/websocket-rpc.ts';
import { FakeSockets } from './fake-socket.ts';

/** A client called `me` whose broker is the test; its first socket is not open yet. */
export function newClient(options: WebSocketRpcOptions = {}) {
  const clock = new VirtualClock();
  const sockets = new FakeSockets();
  const rpc = new WebSocketRpc('me', sockets, { clock, random: () => 0.5, ...options });
  return { clock, sockets, rpc };
}

/** The same, logged in. */
export function connectedClient(options?: WebSocketRpcOptions) {
  const all = newClient(options);
  all.sockets.last.login();
  return all;
}

/** Whether a promise is still open once everything that was due has run. */
export async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const open = Symbol();
  const task = new Promise((resolve) => setImmediate(resolve, open));
  return (await Promise.race([promise.catch(() => {}), task])) === open;
}
