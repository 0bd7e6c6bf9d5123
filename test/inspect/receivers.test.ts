import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createWebSocketInspector } from '@statelyai/inspect';
import { afterEach, expect, test, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import {
  createWebSocketReceiver,
  createWindowReceiver,
  type ParsedMessage,
} from '../../inspector/receivers.mjs';
import type { Inspector } from '../../src/core/options.ts';
import { InBrowserHub } from '../../src/hubs/in-browser-hub.ts';
import { ReliableHub } from '../../src/hubs/reliable-hub.ts';
import { createInspector, throughWebSocket } from '../../src/inspect/index.ts';
import { connect, until } from '../../src/testing/peers.ts';
import { TestChannel } from '../support/inspection.ts';
import { captureLog } from '../support/log.ts';

captureLog();
const ends: (() => unknown)[] = [];
afterEach(async () => {
  vi.unstubAllGlobals();
  for (const end of ends.splice(0).reverse()) await end();
});

/** A server that hands what each client sends to all others. */
async function relay(): Promise<{ address: string; texts: string[] }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  const texts: string[] = [];
  server.on('connection', (socket) =>
    socket.on('message', (data) => {
      texts.push(data.toString());
      for (const other of server.clients) if (other !== socket) other.send(data.toString());
    }),
  );
  await once(server, 'listening');
  ends.push(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, texts };
}

/** The last state of each actor, by its name. */
function lastStates(messages: ParsedMessage[]): Map<string, unknown> {
  const names = new Map<string, string>();
  const values = new Map<string, unknown>();
  for (const { type, sessionId, id, state } of messages) {
    if (type === 'service.register') names.set(sessionId, id ?? '');
    if (state !== undefined) values.set(names.get(sessionId) ?? '', state.value);
  }
  return values;
}

async function reliablePair(inspect: Inspector) {
  const hub = new ReliableHub(new InBrowserHub(), { inspect });
  const [alice, bob] = [hub.openEndpoint('alice'), hub.openEndpoint('bob')];
  await connect(alice, bob);
  ends.push(() =>
    [alice, bob].forEach((each) => {
      each.destroy();
    }),
  );
  return { alice, bob };
}

test('[IN9] the WebSocket receiver of @xstate/inspect 0.8 understands every message', async () => {
  vi.stubGlobal('WebSocket', WebSocket);
  const { address } = await relay();
  const inspector = createInspector({ name: 'here', channel: throughWebSocket(`ws://${address}`) });
  ends.push(inspector.close);
  const messages: ParsedMessage[] = [];
  createWebSocketReceiver({ server: address }).subscribe((message) => messages.push(message));
  const { alice } = await reliablePair(inspector.inspect);
  await until(() => lastStates(messages).get('connection bob → alice') === 'CONNECTED');
  const session = messages.find(({ id }) => id === 'reliable-session alice → bob');
  expect(session?.machine?.states).toHaveProperty('connected');
  // The chart is one that XState 4 can run.
  const { machine } = messages.find(({ id }) => id === 'connection alice → bob') ?? {};
  expect(machine?.transition('idle', 'open').value).toEqual({ connecting: 'attempting' });
  alice.closeConnection('bob');
  await until(() => messages.some(({ type }) => type === 'service.stop'));
  expect(messages.some(({ event }) => event?.name === 'close')).toBe(true);
});

test('[IN9] its window receiver does so as well', async () => {
  const channel = new TestChannel();
  const inspector = createInspector({ channel });
  const windows = new EventTarget();
  const receiver = createWindowReceiver({
    window: windows,
    targetWindow: { postMessage: (command: unknown) => channel.command(command) },
  });
  const messages: ParsedMessage[] = [];
  receiver.subscribe((message) => messages.push(message));
  await reliablePair(inspector.inspect);
  await until(() => channel.names.length > 0);
  for (const data of channel.messages) windows.dispatchEvent(new MessageEvent('message', { data }));
  expect(lastStates(messages).get('connection alice → bob')).toBe('CONNECTED');
});

test("[IN10] Stately's own inspector watches through the same option", async () => {
  vi.stubGlobal('WebSocket', WebSocket);
  const { address, texts } = await relay();
  const { inspect, stop } = createWebSocketInspector({ url: `ws://${address}` }) as ReturnType<
    typeof createWebSocketInspector
  > & { stop(): void };
  ends.push(stop);
  await reliablePair(inspect);
  await until(() => texts.some((text) => text.includes('reliable-session alice → bob')));
  expect(texts.some((text) => text.includes('"@xstate.snapshot"') && text.includes('CONNECTED'))).toBe(true);
});
