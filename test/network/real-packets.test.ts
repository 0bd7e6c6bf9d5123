import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bundle } from '../support/bundle.ts';
import { createNetwork, whyNoNetworks } from '../support/network.ts';
import { nodeHost, type PeerHost, type RemotePeer } from '../support/remote-peers.ts';

const reason = whyNoNetworks();
if (reason !== undefined) console.warn(reason);

/** As `until`, with the time that a connection over a bad network may take. */
const PATIENCE = { timeout: 30_000, interval: 50 };

const A_MINUTE = 60_000;

describe.skipIf(reason !== undefined)('ReliableRtcHub over real packets', () => {
  let network: ReturnType<typeof createNetwork>;
  let left: PeerHost;
  let right: PeerHost;
  let brokerScript: string;
  let broker: ChildProcess;
  let url: string;

  beforeAll(async () => {
    network = createNetwork();
    [left, right] = await Promise.all([
      nodeHost(network.command('left')),
      nodeHost(network.command('right')),
    ]);
    brokerScript = await bundle('network-broker', 'src/broker/cli.ts');
  });

  afterAll(async () => {
    await Promise.all([left?.close(), right?.close()]);
    network?.close();
  });

  beforeEach(async () => {
    const [file = '', ...args] = [...network.command('left'), process.execPath, brokerScript];
    const host = network.address('left');
    broker = spawn(file, [...args, '--host', host, '--port', '0', '--no-demo'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(broker.stdout as NodeJS.ReadableStream, 'data');
    url = /ws:\S+/.exec(String(line))?.[0] ?? '';
  });

  afterEach(async () => {
    network.dropPackets(0);
    network.mend();
    if (broker.exitCode === null && broker.signalCode === null) {
      broker.kill();
      await once(broker, 'exit');
    }
  });

  let names = 0;

  /** Two peers, connected across the cable. */
  async function connect(lostTimeoutMs = 15_000) {
    names += 1;
    const [a, b] = [await left.startPeer(), await right.startPeer()];
    const [evaA, evaB] = [`left ${names}`, `right ${names}`];
    await a.open(url, evaA, lostTimeoutMs);
    await b.open(url, evaB, lostTimeoutMs);
    expect(await a.connect(evaB)).toBe('CONNECTED');
    await expect.poll(() => b.states(evaA), PATIENCE).toEqual(['connecting', 'CONNECTED']);
    return {
      a,
      b,
      statesAtA: () => a.states(evaB),
      statesAtB: () => b.states(evaA),
      /** Sends one text after the other both ways until told to stop. @returns how many */
      async talk(isOver: () => boolean): Promise<number> {
        let count = 0;
        while (!isOver()) {
          count += 1;
          await Promise.all([a.send(evaB, [count]), b.send(evaA, [count])]);
          await sleep(20);
        }
        return count;
      },
      async end(): Promise<void> {
        await a.destroy();
        await b.destroy();
      },
    };
  }

  const countTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

  async function expectAll(count: number, ...peers: RemotePeer[]): Promise<void> {
    for (const peer of peers) expect(await peer.received(count)).toEqual(countTo(count));
  }

  /** What lasts so long while the peers talk. @returns how many texts each has sent */
  async function during(pair: Awaited<ReturnType<typeof connect>>, ms: number): Promise<number> {
    let isOver = false;
    const talk = pair.talk(() => isOver);
    await sleep(ms);
    isOver = true;
    return talk;
  }

  test('[NW1] loses nothing where 10 % of all packets are dropped', async () => {
    network.dropPackets(10);
    const pair = await connect();
    const count = await during(pair, 5000);
    await expectAll(count, pair.a, pair.b);
    for (const states of [await pair.statesAtA(), await pair.statesAtB()]) {
      expect(states).not.toContain('lost');
      expect(states.at(-1)).toBe('CONNECTED');
    }
    await pair.end();
  });

  test('[NW2] loses nothing where the cable is cut for 5 s', async () => {
    const pair = await connect();
    network.cut();
    const count = await during(pair, 5000);
    network.mend();
    await expectAll(count, pair.a, pair.b);
    for (const states of [pair.statesAtA, pair.statesAtB]) {
      await expect.poll(async () => (await states()).at(-1), PATIENCE).toBe('CONNECTED');
      expect(await states()).not.toContain('lost');
    }
    await pair.end();
  });

  test('[NW3] loses nothing where the cable is cut for 20 s and the peers are patient', async () => {
    const pair = await connect(A_MINUTE);
    network.cut();
    const count = await during(pair, 20_000);
    network.mend();
    await expectAll(count, pair.a, pair.b);
    for (const states of [pair.statesAtA, pair.statesAtB]) {
      await expect.poll(states, PATIENCE).toEqual(['connecting', 'CONNECTED', 'reconnecting', 'CONNECTED']);
    }
    await pair.end();
  });

  test('[NW4] is lost at both sides where the cable is cut for 20 s, and opens again', async () => {
    const pair = await connect();
    network.cut();
    await expect.poll(pair.statesAtA, PATIENCE).toEqual(['connecting', 'CONNECTED', 'reconnecting', 'lost']);
    await expect.poll(pair.statesAtB, PATIENCE).toEqual(['connecting', 'CONNECTED', 'reconnecting', 'lost']);
    network.mend();
    const again = await connect();
    await again.end();
    await pair.end();
  });

  test('[NW5] does not notice that the broker has died', async () => {
    const pair = await connect();
    broker.kill('SIGKILL');
    await once(broker, 'exit');
    const count = await during(pair, 2000);
    await expectAll(count, pair.a, pair.b);
    expect(await pair.statesAtA()).toEqual(['connecting', 'CONNECTED']);
    expect(await pair.statesAtB()).toEqual(['connecting', 'CONNECTED']);
    await pair.end();
  });
});
