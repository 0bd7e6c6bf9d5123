import { expect } from 'vitest';
import { WebSocketHub, type WebSocketHubOptions } from '../../src/hubs/websocket-hub.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { FakeSockets } from './fake-socket.ts';

export const NOT_FOUND = 'SEND_TO_ENDPOINT_RECIPIENT_ENDPOINT_CANNOT_BE_FOUND';

/** An endpoint called `me` whose broker is the test. */
export function newEndpoint(options: WebSocketHubOptions = {}) {
  const clock = new VirtualClock();
  const sockets = new FakeSockets();
  const hub = new WebSocketHub(sockets, { clock, random: () => 0.5, ...options });
  const endpoint = hub.openEndpoint('me');
  sockets.last.login();
  const push = (body: string, source = 'you') => sockets.last.receive(`ENDPOINT_MESSAGE\n${source}\n${body}`);
  /** The bodies that were sent to `you` since the last look. */
  const bodies = () =>
    sockets.last.take().map((frame) => {
      const head = ' SEND_TO_ENDPOINT\nyou\n';
      expect(frame).toContain(head);
      return frame.slice(frame.indexOf(head) + head.length);
    });
  /** The broker answers the newest message. */
  const answer = (result?: string) => sockets.last.answer('SEND_TO_ENDPOINT', result);
  return { clock, sockets, hub, endpoint, push, bodies, answer };
}

/** The same, with a connection that `you` has opened and every call answered. */
export function connectedEndpoint(options?: WebSocketHubOptions) {
  const all = newEndpoint(options);
  all.push('HANDSHAKE');
  all.answer();
  all.bodies();
  // Longer than a trial, so that a socket that breaks is replaced at once.
  all.clock.advance(1000);
  return all;
}
