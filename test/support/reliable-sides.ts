import { afterEach, expect } from 'vitest';
import type { ConnectionState } from '../../machines/connection.machine.ts';
import { InBrowserHub } from '../../src/hubs/in-browser-hub.ts';
import { ReliableHub } from '../../src/hubs/reliable-hub.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { LossyHub } from './lossy-hub.ts';
import { turns } from './turns.ts';

const opened: { destroy(): void }[] = [];

afterEach(() => {
  for (const endpoint of opened.splice(0)) endpoint.destroy();
});

/** An endpoint, with what an application sees of it; destroyed at the end of the test. */
export function watch(endpoint: ReturnType<ReliableHub['openEndpoint']>) {
  opened.push(endpoint);
  const messages: string[] = [];
  const states: ConnectionState[] = [];
  endpoint.onMessage = ({ message }) => messages.push(message);
  endpoint.onConnectionStateChange(({ state }) => states.push(state));
  return Object.assign(endpoint, { messages, states });
}

interface SidesOptions {
  random?: (() => number) | undefined;
  /** Whether both sides know the extensions. */
  isModern?: boolean;
}

/** Two hubs, since each side is a process of its own, over one way that a test can cut. */
export function start({ random = () => 0.5, isModern = false }: SidesOptions = {}) {
  const clock = new VirtualClock();
  const way = new LossyHub();
  const hubA = new ReliableHub(way, { clock, random });
  const hubB = new ReliableHub(way, { clock, random });
  const a = watch(hubA.openEndpoint('a'));
  const b = watch(hubB.openEndpoint('b'));
  a.setEndpointId(isModern ? 'v1~a' : 'a');
  b.setEndpointId(isModern ? 'v1~b' : 'b');
  const open = () => {
    const statuses: string[] = [];
    a.openConnection('b', ({ status }) => statuses.push(status));
    return statuses;
  };
  return { clock, way, hubA, hubB, a, b, open };
}

/** The same, connected. */
export async function connect(options?: SidesOptions) {
  const sides = start(options);
  sides.open();
  await turns();
  expect([sides.a.states, sides.b.states]).toEqual([
    ['connecting', 'CONNECTED'],
    ['connecting', 'CONNECTED'],
  ]);
  return sides;
}

/** A ReliableHub whose other side is spoken by hand, frame by frame. */
export async function meet() {
  const clock = new VirtualClock();
  const base = new InBrowserHub();
  base.setImmediateSend(true);
  const hub = new ReliableHub(base, { clock, random: () => 0.5 });
  const a = watch(hub.openEndpoint('a'));
  a.setEndpointId('a');
  const other = base.openEndpoint('other');
  opened.push(other);
  const heard: string[] = [];
  other.onMessage = ({ message }) => heard.push(message);
  /** Says the frames, and returns what is answered at once. */
  const say = (...frames: string[]): string[] => {
    heard.length = 0;
    for (const frame of frames) other.send('a', frame);
    return [...heard];
  };
  other.openConnection('a', () => {});
  await turns();
  expect(other.isConnected('a')).toBe(true);
  return { clock, base, hub, a, other, heard, say };
}

/** The same, once the other side has opened a session. */
export async function meetConnected(id = 'other-1') {
  const sides = await meet();
  expect(sides.say(`HANDSHAKE ${id}`)).toEqual([`ACCEPT ${id} a-1`]);
  const report = id.startsWith('v1~') ? ' -1 -1 0 0' : '';
  expect(sides.say(`HEARTBEAT a-1 ${id} 0 -1`)).toEqual([`HEARTBEAT ${id} a-1 0 -1${report}`]);
  expect(sides.a.states).toEqual(['connecting', 'CONNECTED']);
  return sides;
}

/** Texts that count. */
export const numbers = (count: number, from = 0) =>
  Array.from({ length: count }, (_, at) => String(from + at));
