import type { Endpoint, Hub } from '../../src/core/contracts.ts';

/** The sides of one connection. */
export interface Pair<M = string> {
  alice: Endpoint<M>;
  bob: Endpoint<M>;
}

type AnyHub<M> = Pick<Hub<M>, 'openEndpoint'>;

let pairs = 0;

/** Two new endpoints, connected. Two hubs where the sides must not share one. */
export async function connectPair<M = string>(hub: AnyHub<M>, otherHub = hub): Promise<Pair<M>> {
  pairs += 1;
  const alice = hub.openEndpoint(`alice ${pairs}`);
  const bob = otherHub.openEndpoint(`bob ${pairs}`);
  await connect(alice, bob.eva);
  return { alice, bob };
}

export function connect<M>(endpoint: Endpoint<M>, targetEva: string): Promise<void> {
  return new Promise((resolve, reject) => {
    endpoint.openConnection(targetEva, ({ status }) => {
      if (status === 'CONNECTED') resolve();
      else reject(new Error(`${endpoint.eva} could not connect to ${targetEva}.`));
    });
  });
}

/** How many messages of one kind, and how they are sent. */
export interface Load<M = string> {
  message: M;
  count: number;
  /** How many are sent in one turn of the event loop. @default all */
  burst?: number;
  /** How many may be sent and not received. @default all */
  inFlight?: number;
}

/** Messages a second, from the first `send` to the last `onMessage`. */
export async function throughput<M>({ alice, bob }: Pair<M>, load: Load<M>): Promise<number> {
  const { message, count } = load;
  const { eva } = bob;
  let received = 0;
  bob.onMessage = () => {
    received += 1;
  };
  const begin = performance.now();
  await pump(
    load,
    () => received,
    (most) => {
      for (let sent = 0; sent < most; sent += 1) alice.send(eva, message);
      return most;
    },
  );
  return count / ((performance.now() - begin) / 1000);
}

/** Has a load sent in bursts, never more of it in flight than it says, until all has come. */
export async function pump<M>(
  { count, burst = count, inFlight = count }: Load<M>,
  received: () => number,
  /** Sends so many at most. @returns how many it were */
  send: (most: number) => number,
) {
  let sent = 0;
  while (received() < count) {
    sent += send(Math.min(burst, count - sent, inFlight - (sent - received())));
    await nextTurn();
  }
}

/** The next turn of the event loop, without a timer: what has come is read before. */
export const nextTurn: () => Promise<void> =
  typeof setImmediate === 'function' ? () => new Promise((resolve) => setImmediate(resolve)) : messageTurn();

function messageTurn(): () => Promise<void> {
  const { port1, port2 } = new MessageChannel();
  const waiting: (() => void)[] = [];
  port1.onmessage = () => waiting.shift()?.();
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      port2.postMessage(undefined);
    });
}
