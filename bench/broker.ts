import type { Socket } from 'node:net';
import type { Measure, Result } from './harness/result.ts';
import { compare } from './harness/rounds.ts';
import { frameLength, frameOf, login, open } from './scenarios/raw-client.ts';
import { type BenchServer, startServer } from './scenarios/start-server.ts';

const PAIRS = 20;
const IN_FLIGHT = 50;

/** So many log in at once: more than the system lets wait to be accepted would have to try again. */
const AT_ONCE = 100;

/** The broker as a relay, beside the least that one can do, and what a client that says nothing costs it. */
export const measure: Measure = async ({ short }) => [
  await relay('100 B', 100, short ? 2000 : 6000, short ? 3 : 9),
  await relay('8 kB', 8000, short ? 700 : 2000, short ? 3 : 9),
  await idleClients(short ? 2000 : 10_000),
];

interface Relay {
  server: BenchServer;
  /** From the first end of each to the second. */
  pairs: [Socket, Socket][];
}

async function startRelay(kind: BenchServer['kind']): Promise<Relay> {
  const server = await startServer(kind);
  const end = (name: string, pair: number) =>
    kind === 'bare' ? open(`${server.url}/${name}/${pair}`) : login(server.url, `${name}${pair}`);
  const pairs = Array.from({ length: PAIRS }, (_, pair) => Promise.all([end('a', pair), end('b', pair)]));
  return { server, pairs: await Promise.all(pairs) };
}

async function stopRelay({ server, pairs }: Relay): Promise<void> {
  for (const socket of pairs.flat()) socket.destroy();
  await server.close();
}

/** The broker answers each message besides, as it has to; the bare relay sends it on as it came. */
async function relay(name: string, length: number, count: number, rounds: number): Promise<Result> {
  const [bare, broker] = [await startRelay('bare'), await startRelay('broker')];
  const body = 'x'.repeat(length);
  const rate = async (each: Relay) => {
    const begin = performance.now();
    await Promise.all(each.pairs.map((_, pair) => fillPair(each, pair, body, count)));
    return (PAIRS * count * 1000) / (performance.now() - begin);
  };
  const result = await compare(
    {
      case: `broker relay, ${PAIRS} pairs × ${IN_FLIGHT} in flight, ${name}`,
      unit: 'msg/s',
      goal: { atLeast: 0.9 },
      rounds,
    },
    () => rate(bare),
    () => rate(broker),
  );
  await Promise.all([stopRelay(bare), stopRelay(broker)]);
  return result;
}

/** Keeps so many messages on their way from the first end to the second one until `count` of them have come. */
function fillPair({ server, pairs }: Relay, pair: number, body: string, count: number): Promise<void> {
  const [sender, receiver] = pairs[pair] as [Socket, Socket];
  const request = `1 SEND_TO_ENDPOINT\nb${pair}\n${body}`;
  const frame = frameOf(request);
  const length = frameLength(server.kind === 'bare' ? request : `ENDPOINT_MESSAGE\na${pair}\n${body}`);
  let sent = 0;
  let bytes = 0;
  const fill = () => {
    const due = Math.min(count, Math.floor(bytes / length) + IN_FLIGHT);
    sender.cork();
    for (; sent < due; sent += 1) sender.write(frame);
    sender.uncork();
  };
  sender.removeAllListeners('data').resume();
  return new Promise((resolve) => {
    receiver.removeAllListeners('data').on('data', (data) => {
      bytes += data.length;
      fill();
      if (bytes === count * length) resolve();
    });
    fill();
  });
}

/** Needs as many open files in each of two processes: ulimit -n. */
async function idleClients(clients: number): Promise<Result> {
  const server = await startServer('broker');
  // What is compiled for the first ones is no part of what the others cost.
  const warm = await loginMany(server.url, 'warm', 200);
  const before = await server.memory();
  const idle = await loginMany(server.url, 'idle', clients);
  const after = await server.memory();
  for (const socket of [...warm, ...idle]) socket.destroy();
  await server.close();
  return {
    case: `${clients} idle clients on the broker: RSS each`,
    value: (after - before) / clients / 1000,
    unit: 'kB',
    goal: { atMost: 40 },
  };
}

async function loginMany(url: string, name: string, count: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  while (sockets.length < count) {
    const group = Array.from({ length: Math.min(AT_ONCE, count - sockets.length) }, (_, member) =>
      login(url, `${name} ${sockets.length + member}`),
    );
    sockets.push(...(await Promise.all(group)));
  }
  return sockets;
}
