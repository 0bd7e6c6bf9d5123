import type { Endpoint } from '../src/core/contracts.ts';
import { Vnf } from '../src/index.ts';
import type { Measure, Result } from './harness/result.ts';
import { compare } from './harness/rounds.ts';
import { EchoHub } from './scenarios/echo-hub.ts';
import { connect } from './scenarios/stacks.ts';

const CONNECTIONS = 10_000;

/** What ten thousand connections of one endpoint cost that does nothing with them. */
export const measure: Measure = async ({ short }) => [
  ...(await idleConnections(short)),
  await openingLate('InBrowserHub', new Vnf.InBrowserHub(), short),
  await openingLate('ReliableHub(InBrowserHub)', quietHub(), short),
];

/** The heartbeats of 20 000 sides would run between the steps of the one connection that is opened. */
function quietHub() {
  const hub = new Vnf.ReliableHub(new Vnf.InBrowserHub());
  hub.setHeartbeatInterval(Number.POSITIVE_INFINITY);
  hub.setConnectionInvalidateInterval(Number.POSITIVE_INFINITY);
  hub.setConnectionLostTimeout(Number.POSITIVE_INFINITY);
  return hub;
}

async function idleConnections(short: boolean): Promise<Result[]> {
  // The other sides are no part of it: a hub below plays them, with a heartbeat of each a second.
  const hub = new Vnf.ReliableHub(new EchoHub());
  const endpoint = hub.openEndpoint('center');
  await connectMany(endpoint, 'warm', 100);
  collect();
  const before = process.memoryUsage().heapUsed;
  await connectMany(endpoint, 'peer', CONNECTIONS);
  // Each has heard and said something by then.
  const load = await busyShare(short ? 3000 : 10_000);
  // What is on its way belongs to nobody.
  hub.setHeartbeatInterval(Number.POSITIVE_INFINITY);
  await new Promise((resolve) => setTimeout(resolve, 300));
  collect();
  const bytes = (process.memoryUsage().heapUsed - before) / CONNECTIONS;
  endpoint.destroy();
  return [
    {
      case: '10 000 idle connections of one endpoint: heap each',
      value: bytes / 1000,
      unit: 'kB',
      goal: { atMost: 10 },
    },
    {
      case: '10 000 idle connections of one endpoint: heartbeats',
      value: load * 100,
      unit: '% of a core',
      goal: { atMost: 15 },
    },
  ];
}

async function connectMany(endpoint: Endpoint, prefix: string, count: number): Promise<void> {
  const opening: Promise<void>[] = [];
  for (let number = 0; number < count; number += 1) opening.push(connect(endpoint, `${prefix} ${number}`));
  await Promise.all(opening);
}

function collect(): void {
  for (let times = 0; times < 3; times += 1) globalThis.gc?.();
}

/** How much of a core the process needs. */
async function busyShare(ms: number): Promise<number> {
  const begin = performance.now();
  const before = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, ms));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / (performance.now() - begin);
}

/** How long the next connection takes an endpoint that has 10 000, beside one that has 10. */
async function openingLate(
  name: string,
  hub: InstanceType<typeof Vnf.InBrowserHub> | InstanceType<typeof Vnf.ReliableHub>,
  short: boolean,
): Promise<Result> {
  const few = hub.openEndpoint('few');
  const many = hub.openEndpoint('many');
  for (const [endpoint, count] of [
    [few, 10],
    [many, CONNECTIONS],
  ] as const) {
    for (let number = 0; number < count; number += 1) hub.openEndpoint(`${endpoint.eva} ${number}`);
    await connectMany(endpoint, endpoint.eva, count);
  }
  let opened = 0;
  /** Microseconds a connection, one after the other. */
  const open = async (endpoint: Endpoint) => {
    opened += 1;
    const names = Array.from({ length: 20 }, (_, number) => `guest ${opened}.${number}`);
    for (const eva of names) hub.openEndpoint(eva);
    const begin = performance.now();
    for (const eva of names) await connect(endpoint, eva);
    const ms = performance.now() - begin;
    for (const eva of names) hub.getEndPoint(eva)?.destroy();
    return (ms / names.length) * 1000;
  };
  const row = {
    case: `opening the k-th connection, k = 10 → 10 000, ${name}`,
    unit: 'µs',
    goal: { atMost: 1.5 },
    rounds: short ? 9 : 25,
  };
  return compare(
    row,
    () => open(few),
    () => open(many),
  );
}
