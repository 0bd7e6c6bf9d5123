import { describe, expect, test } from 'vitest';
import { ReliableHub } from '../../src/hubs/reliable-hub.ts';
import { WebSocketHub } from '../../src/hubs/websocket-hub.ts';
import { WebSocketRegistryClient } from '../../src/registry/websocket-registry-client.ts';
import type { Platform } from '../../src/testing/host.ts';
import { Network, type NetworkOptions } from '../../src/testing/network.ts';
import { inbox, losses } from '../../src/testing/peers.ts';
import { captureLog } from '../support/log.ts';

captureLog();

/** A program with one endpoint, and what an application sees of it. */
function program(eva: string, hubOf: (platform: Platform) => Pick<WebSocketHub, 'openEndpoint'>) {
  return (platform: Platform) => {
    const endpoint = hubOf(platform).openEndpoint(eva);
    const states: string[] = [];
    endpoint.onConnectionStateChange(({ state }) => states.push(state));
    return { endpoint, states, received: inbox(endpoint), lost: losses(endpoint), platform };
  };
}

const socketHub = ({ webSocketFactory, options }: Platform) => new WebSocketHub(webSocketFactory, options);
const datagramHub = ({ datagramHub }: Platform) => datagramHub as never;
const reliable = (below: typeof datagramHub | typeof socketHub) => (platform: Platform) =>
  new ReliableHub(below(platform), platform.options) as never;

function pair(hubOf: (platform: Platform) => Pick<WebSocketHub, 'openEndpoint'>, options?: NetworkOptions) {
  const network = new Network(options);
  const alice = network.addHost('alice', program('alice', hubOf));
  const bob = network.addHost('bob', program('bob', hubOf));
  const { clock } = network;
  const openConnection = () => {
    alice.app.endpoint.openConnection('bob', () => {});
    const isUp = () => alice.app.endpoint.isConnected('bob') && bob.app.endpoint.isConnected('alice');
    return clock.runUntil(isUp, 'the connection');
  };
  /** What bob has got. */
  const texts = () => bob.app.received.map(({ message }) => message);
  return { network, alice, bob, clock, openConnection, texts };
}

async function connected(...args: Parameters<typeof pair>) {
  const all = pair(...args);
  await all.openConnection();
  return all;
}

const numbers = (count: number) => Array.from({ length: count }, (_, at) => String(at));

describe('a network', () => {
  test('[TS10] stands still until its clock is moved', async () => {
    const { alice, clock } = pair(socketHub);
    const before = clock.now();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect([clock.now(), alice.app.states]).toEqual([before, []]);
  });

  test('[TS10] gives the same events for the same seed, and others for another one', async () => {
    const life = async (seed: number) => {
      const { alice, bob, clock } = await connected(reliable(datagramHub), {
        seed,
        faults: { loss: 0.2, duplicate: 0.2, reorder: 0.2 },
      });
      const events: unknown[] = [];
      for (const { app } of [alice, bob]) {
        app.endpoint.onMessage = ({ sourceEva, message }) => events.push([clock.now(), sourceEva, message]);
      }
      for (const text of numbers(30)) alice.app.endpoint.send('bob', text);
      await clock.run(10_000);
      expect(events).toHaveLength(30);
      return events;
    };
    const first = await life(5);
    expect(await life(5)).toEqual(first);
    expect(await life(6)).not.toEqual(first);
  });

  test('[TS11] carries every hub, each side on a host of its own', async () => {
    for (const hubOf of [socketHub, reliable(socketHub), datagramHub, reliable(datagramHub)]) {
      const { alice, clock, texts } = await connected(hubOf);
      alice.app.endpoint.send('bob', 'Hello');
      await clock.runUntil(() => texts().length > 0);
      expect(texts()).toEqual(['Hello']);
    }
  });

  test('[TS12] takes 1 to 10 ms for each way, or the delay of its direction', async () => {
    const { alice, bob, clock, network, texts } = await connected(datagramHub);
    const took = async () => {
      const begin = clock.now();
      const count = texts().length;
      alice.app.endpoint.send('bob', 'Hello');
      await clock.runUntil(() => texts().length > count);
      return clock.now() - begin;
    };
    expect(await took()).toBeGreaterThanOrEqual(1);
    expect(await took()).toBeLessThanOrEqual(10);
    network.setFaults({ directions: [{ from: 'alice', to: 'bob', delay: [500, 600] }] });
    expect(await took()).toBeGreaterThanOrEqual(500);
    const begin = clock.now();
    bob.app.endpoint.send('alice', 'the other way');
    await clock.runUntil(() => alice.app.received.length > 0);
    expect(clock.now() - begin).toBeLessThanOrEqual(10);
  });

  test('[TS13] makes what is lost on a socket late, and changes neither order nor number', async () => {
    const { alice, clock, network, texts } = await connected(socketHub);
    network.setFaults({ loss: 0.5, duplicate: 1, reorder: 1 });
    const begin = clock.now();
    for (const text of numbers(50)) alice.app.endpoint.send('bob', text);
    await clock.runUntil(() => texts().length >= 50);
    expect(texts()).toEqual(numbers(50));
    expect(clock.now() - begin).toBeGreaterThan(200);
    await clock.run(60_000);
    expect(texts()).toHaveLength(50);
  });

  test('[TS14] holds up what is on a socket until a partition ends', async () => {
    const { alice, bob, clock, network, texts } = await connected(socketHub);
    network.setFaults({ partition: [['bob']] });
    alice.app.endpoint.send('bob', 'later');
    await clock.run(5000);
    expect([texts(), bob.app.states]).toEqual([[], ['connecting', 'CONNECTED']]);
    network.setFaults({});
    await clock.run(100);
    expect(texts()).toEqual(['later']);
    expect(bob.app.states).toEqual(['connecting', 'CONNECTED']);
  });

  test('[TS14] lets those of one group talk', async () => {
    const { alice, clock, network, texts } = await connected(datagramHub);
    network.setFaults({ partition: [['alice', 'bob'], ['broker']] });
    alice.app.endpoint.send('bob', 'among us');
    await clock.run(100);
    network.setFaults({ partition: [['alice'], ['bob']] });
    alice.app.endpoint.send('bob', 'lost');
    await clock.run(100);
    expect(texts()).toEqual(['among us']);
  });

  test('[TS15] loses, repeats and reorders datagrams', async () => {
    const { alice, clock, network, texts } = await connected(datagramHub);
    const get = async (faults: object) => {
      network.setFaults(faults);
      const count = texts().length;
      for (const text of numbers(100)) alice.app.endpoint.send('bob', text);
      await clock.run(1000);
      return texts().slice(count);
    };
    expect(await get({})).toEqual(numbers(100));
    const some = await get({ loss: 0.3 });
    expect(some.length).toBeLessThan(100);
    expect(some).toEqual(numbers(100).filter((text) => some.includes(text)));
    expect((await get({ duplicate: 1 })).length).toBe(200);
    const mixed = await get({ reorder: 0.3 });
    expect(mixed).not.toEqual(numbers(100));
    expect(mixed.toSorted()).toEqual(numbers(100).toSorted());
  });

  test('[TS15] loses the openings and closes of a datagram hub too', async () => {
    const { alice, bob, clock, network } = await connected(datagramHub);
    network.setFaults({ loss: 1 });
    alice.app.endpoint.closeConnection('bob');
    await clock.run(1000);
    expect(bob.app.endpoint.isConnected('alice')).toBe(true);
    network.setFaults({});
    bob.app.endpoint.send('alice', 'are you there?');
    await clock.run(100);
    expect(bob.app.states.at(-1)).toBe('lost');
  });

  test('[TS15] is no trouble to a ReliableHub', async () => {
    const faults = { loss: 0.3, duplicate: 0.3, reorder: 0.3, delay: [5, 50] as const };
    const { alice, clock, texts } = await connected(reliable(datagramHub), { faults });
    for (const text of numbers(200)) alice.app.endpoint.send('bob', text);
    await clock.runUntil(() => texts().length >= 200);
    expect(texts()).toEqual(numbers(200));
  });

  test('[TS21] loses a datagram when 1000 are on their way', async () => {
    const { alice, clock, texts } = await connected(datagramHub);
    for (const text of numbers(1010)) alice.app.endpoint.send('bob', text);
    await clock.run(1000);
    expect(texts()).toEqual(numbers(1000));
  });

  test('[TS22] refuses names that are taken, faults that are none, and hosts where nothing runs', () => {
    const { network, alice } = pair(socketHub);
    const taken = expect.objectContaining({ code: 'ERR_ADDRESS_IN_USE' });
    expect(() => network.addHost('alice', () => 0)).toThrow(taken);
    expect(() => network.addHost('broker', () => 0)).toThrow(taken);
    const wrong = expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' });
    expect(() => network.addHost('carol', 'no program' as never)).toThrow(wrong);
    expect(() => network.setFaults({ loss: 2 })).toThrow(wrong);
    alice.crash();
    expect(() => alice.app).toThrow('Nothing runs on the host "alice": call restart first.');
    const open = ({ datagramHub }: Platform) => datagramHub.openEndpoint('one address');
    network.addHost('first', open);
    expect(() => network.addHost('second', open)).toThrow(taken);
  });
});

describe('the sockets of a host', () => {
  test('[TS16] are cut: both ends hear of it, and come back', async () => {
    const { alice, bob, clock } = await connected(socketHub);
    await clock.run(5000);
    bob.cutSockets();
    expect(bob.app.states.at(-1)).toBe('reconnecting');
    await clock.run(2000);
    expect(bob.app.states.at(-1)).toBe('CONNECTED');
    expect(alice.app.lost).toEqual([]);
  });

  test('[TS16] are half-open: nothing passes, nobody is told, and new ones work', async () => {
    const { bob, clock, alice, texts } = await connected(socketHub);
    bob.halfOpenSockets();
    alice.app.endpoint.send('bob', 'into nowhere');
    await clock.run(5000);
    expect([texts(), bob.app.states]).toEqual([[], ['connecting', 'CONNECTED']]);
    // It asks, and gets no answer.
    const rpc = (bob.app.endpoint as ReturnType<WebSocketHub['openEndpoint']>).getWebSocketRpc();
    rpc.verifyConnection();
    await clock.run(4900);
    expect(bob.app.states.at(-1)).toBe('CONNECTED');
    await clock.run(5000);
    expect(bob.app.states).toContain('reconnecting');
    expect(rpc.isConnected()).toBe(true);
  });

  test('[TS21] are closed for a frame that is too large', async () => {
    const { alice, clock, bob } = await connected(socketHub, { broker: { maxFrameBytes: 1000 } });
    await clock.run(5000);
    alice.app.endpoint.send('bob', 'x'.repeat(2000));
    await clock.run(100);
    expect(alice.app.states).toContain('reconnecting');
    expect(bob.app.received).toEqual([]);
  });
});

describe('the broker', () => {
  test.each(['crash', 'stop'] as const)(
    '[TS17] goes away with %s, and everything is back after its start',
    async (end) => {
      const { network, alice, bob, clock, texts } = await connected(socketHub);
      const rpc = (alice.app.endpoint as ReturnType<WebSocketHub['openEndpoint']>).getWebSocketRpc();
      const registry = new WebSocketRegistryClient(rpc);
      const created = registry.createEntry({ collection: 'rooms', name: 'one' }, 'value');
      await clock.run(5000);
      expect(await created).toBe('OK');
      network.broker[end]();
      await clock.run(3000);
      expect([alice, bob].map(({ app }) => app.states.at(-1))).toEqual(['reconnecting', 'reconnecting']);
      expect(network.broker.isRunning).toBe(false);
      alice.app.endpoint.send('bob', 'later');
      network.broker.start();
      await clock.runUntil(() => texts().length > 0);
      await clock.runUntil(() => [alice, bob].every(({ app }) => app.states.at(-1) === 'CONNECTED'));
      const entry = registry.getEntry({ collection: 'rooms', name: 'one' });
      await clock.run(100);
      expect(await entry).toBe('value');
    },
  );

  test('[TS17] loses its clients in a restart', async () => {
    const { network, alice, clock } = await connected(socketHub);
    await clock.run(5000);
    network.broker.restart();
    await clock.run(3000);
    expect(alice.app.states).toEqual(['connecting', 'CONNECTED', 'reconnecting', 'CONNECTED']);
  });
});

describe('a host', () => {
  test('[TS18] crashes: its timers end, and its sockets are reset', async () => {
    const { alice, bob, clock } = await connected(socketHub);
    const app = alice.app;
    let fired = false;
    app.platform.options.clock.setTimeout(() => {
      fired = true;
    }, 10);
    alice.crash();
    await clock.run(1000);
    expect([fired, alice.isRunning, app.states.at(-1)]).toEqual([false, false, 'CONNECTED']);
    bob.app.endpoint.send('alice', 'are you there?');
    await clock.run(1000);
    expect(bob.app.states.at(-1)).toBe('lost');
    app.endpoint.send('bob', 'from beyond');
    await clock.run(1000);
    expect(bob.app.received).toEqual([]);
  });

  test('[TS18] runs its program anew after a restart', async () => {
    for (const hubOf of [socketHub, reliable(datagramHub)]) {
      const { alice, openConnection, clock, texts } = await connected(hubOf);
      const before = alice.app;
      alice.restart();
      expect(alice.app).not.toBe(before);
      await clock.run(30_000);
      await openConnection();
      alice.app.endpoint.send('bob', 'it is me again');
      await clock.runUntil(() => texts().length > 0);
      expect(texts()).toEqual(['it is me again']);
    }
  });

  test('[TS18] says goodbye when its page is left', async () => {
    const { alice, bob, clock } = await connected(reliable(socketHub));
    alice.leave();
    await clock.run(500);
    expect([alice.isRunning, bob.app.states.at(-1)]).toEqual([false, 'closed']);
  });

  test('[TS19] sleeps: its timers stop and its frames wait, until it wakes', async () => {
    const { alice, bob, clock, texts } = await connected(socketHub);
    const fired: number[] = [];
    const { options } = bob.app.platform;
    options.clock.setTimeout(() => fired.push(clock.now()), 1000);
    const cleared = options.clock.setTimeout(() => fired.push(-1), 1001);
    bob.sleep();
    alice.app.endpoint.send('bob', 'good morning');
    await clock.run(100_000);
    expect([texts(), fired, bob.isAsleep, bob.isAwake]).toEqual([[], [], true, false]);
    const woke = clock.now();
    bob.wake();
    options.clock.clearTimeout(cleared);
    await clock.run(0);
    expect([texts(), fired, bob.isAwake]).toEqual([['good morning'], [woke], true]);
    // The host has answered the broker's pings.
    await clock.run(5000);
    expect(bob.app.states).toEqual(['connecting', 'CONNECTED']);
  });

  test('[TS19] tells its page that it woke, which looks after its sockets', async () => {
    const { bob, clock } = await connected(socketHub);
    bob.halfOpenSockets();
    bob.sleep();
    await clock.run(10_000);
    bob.wake();
    await clock.run(5500);
    expect(bob.app.states).toContain('reconnecting');
  });

  test('[TS20] and all others leave no timer when the network is closed', async () => {
    const { network, clock } = await connected(reliable(socketHub));
    network.addHost('carol', ({ options }) => options.clock.setTimeout(() => {}, 1e9));
    network.addHost('dave', program('dave', reliable(datagramHub)));
    await clock.run(1000);
    network.close();
    await clock.run(60_000);
    expect(clock.pending).toBe(0);
  });

  test('[TS20] is healed with all others: it runs, it is awake, and so is the broker', async () => {
    const { network, alice, bob, clock, openConnection } = await connected(reliable(socketHub));
    alice.crash();
    bob.sleep();
    network.broker.crash();
    network.setFaults({ partition: [['alice']], loss: 1 });
    await clock.run(1000);
    network.heal();
    expect([alice.isAwake, bob.isAwake, network.broker.isRunning]).toEqual([true, true, true]);
    await clock.run(60_000);
    await openConnection();
  });
});
