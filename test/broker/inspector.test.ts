import { beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type * as brokerModule from '../../src/broker/index.ts';
import { createBroker as createPlainBroker } from '../../src/broker/index.ts';
import { until } from '../../src/testing/peers.ts';
import { buildDemo } from '../support/demo.ts';
import { captureLog } from '../support/log.ts';
import { afterwards, RawClient } from './raw-client.ts';

const logged = captureLog();
const TOKEN = 'a token of the tests';

async function startWatched(options: brokerModule.BrokerOptions = {}) {
  const broker = await createPlainBroker({ port: 0, inspectToken: TOKEN, ...options });
  afterwards(() => broker.close());
  return { broker, address: broker.url.replace('/vnf-ws', '') };
}

interface Told {
  type: string;
  id?: string;
  source?: string;
  [key: string]: unknown;
}

/** A socket of the inspector, which keeps what comes. */
async function join(address: string, path: 'attach' | 'watch', token = TOKEN) {
  const socket = new WebSocket(`${address}/inspector/${path}?token=${encodeURIComponent(token)}`);
  const messages: Told[] = [];
  socket.on('message', (data) => messages.push(JSON.parse(data.toString())));
  afterwards(() => socket.terminate());
  await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
  return { socket, messages, send: (message: object) => socket.send(JSON.stringify(message)) };
}

test('[IR1] nobody can attach or watch without the token, nor where there is none', async () => {
  const { address } = await startWatched();
  await expect(join(address, 'watch', 'wrong')).rejects.toThrow('401');
  await expect(join(address, 'attach', '')).rejects.toThrow('401');
  expect(logged.some(({ reason }) => reason === 'the token of the inspector is wrong or missing')).toBe(true);
  const plain = await createPlainBroker({ port: 0 });
  afterwards(() => plain.close());
  await expect(join(plain.url.replace('/vnf-ws', ''), 'watch')).rejects.toThrow('404');
});

test.each([{ inspectToken: 'short' }, { inspectToken: 7 }])('[IR1] refuses %j', async (options) => {
  await expect(createPlainBroker({ port: 0, ...(options as object) })).rejects.toThrow('inspectToken');
});

test('[IR2] shows a viewer the sessions of the broker itself', async () => {
  const { broker, address } = await startWatched();
  const viewer = await join(address, 'watch');
  viewer.send({ type: 'xstate.inspecting', viewer: 'page' });
  await RawClient.login(broker.url, 'alice');
  await until(() => viewer.messages.some(({ id }) => id?.startsWith('broker-session broker → ') ?? false));
});

test('[IR3] hands what processes tell to viewers, and what viewers ask to processes', async () => {
  const { address } = await startWatched();
  const viewer = await join(address, 'watch');
  const attached = await join(address, 'attach');
  attached.send({ type: 'vnf.hello', source: 'here' });
  await until(() => viewer.messages.some(({ type, source }) => type === 'vnf.hello' && source === 'here'));
  viewer.send({ type: 'xstate.inspecting', viewer: 'page' });
  await until(() => attached.messages.some(({ viewer: name }) => name === 'page'));
  viewer.socket.close();
  await until(() =>
    attached.messages.some(({ type, viewer: name }) => type === 'vnf.leaving' && name === undefined),
  );
});

test('[IR3] a process that attaches while a viewer without a name watches is told so', async () => {
  const { address } = await startWatched();
  const viewer = await join(address, 'watch');
  viewer.send({ type: 'xstate.inspecting' });
  const attached = await join(address, 'attach');
  await until(() => attached.messages.some(({ type }) => type === 'xstate.inspecting'));
});

test('[IR4] closing the broker cuts everybody who is attached', async () => {
  const { broker, address } = await startWatched();
  const viewer = await join(address, 'watch');
  await join(address, 'attach');
  await broker.close();
  await until(() => viewer.socket.readyState === WebSocket.CLOSED);
});

let createBroker: typeof brokerModule.createBroker;
beforeAll(async () => {
  const module: typeof brokerModule = await import((await buildDemo('broker-inspector')).index);
  module.setLogger(null);
  createBroker = module.createBroker;
});

test.each([
  ['/inspector', 'text/html'],
  ['/inspector.js', 'text/javascript'],
  ['/inspector.css', 'text/css'],
])('[IR5] serves %s where it can be watched', async (path, type) => {
  const broker = await createBroker({ port: 0, inspectToken: TOKEN });
  afterwards(() => broker.close());
  const response = await fetch(new URL(path, broker.url.replace('ws', 'http')));
  expect([response.status, response.headers.get('content-type')]).toEqual([200, `${type}; charset=utf-8`]);
  expect((await response.text()).length).toBeGreaterThan(500);
  const closed = await createBroker({ port: 0, demo: true });
  afterwards(() => closed.close());
  expect((await fetch(new URL(path, closed.url.replace('ws', 'http')))).status).toBe(404);
});
