import type { RemoteProcess } from '../support/remote-process.ts';
import { freeze, type SoakBroker } from './broker.ts';
import type { Chance } from './chance.ts';
import type { PeersCalls } from './peers-process.ts';

/** Longer than the patience of a ReliableHub, so that connections are lost, in ms. */
const SLEEP_MS = 17_000;

/** Shorter than that. */
const LONGEST_FREEZE_MS = 8000;

const LONGEST_DOWNTIME_MS = 3000;

/** A fault of a whole process; it is over when the promise resolves. */
export type Fault = readonly [
  name: string,
  happen: (broker: SoakBroker, peers: RemoteProcess<PeersCalls>, chance: Chance) => Promise<void>,
];

const FAULTS: readonly Fault[] = [
  ['broker crashed', (broker, _peers, { upTo }) => broker.crash(upTo(LONGEST_DOWNTIME_MS))],
  ['peers froze', (_broker, peers, { upTo }) => freeze(peers, upTo(LONGEST_FREEZE_MS))],
  ['broker restarted', (broker, _peers, { upTo }) => broker.restart(upTo(LONGEST_DOWNTIME_MS))],
  ['broker froze', (broker, _peers, { upTo }) => broker.freeze(upTo(LONGEST_FREEZE_MS))],
  ['peers slept', (_broker, peers) => freeze(peers, SLEEP_MS)],
  ['broker slept', (broker) => broker.freeze(SLEEP_MS)],
];

/** Each fault once in the order of the list, so that a short run meets the first ones, and then by chance. */
export function* faultsByChance({ random }: Chance): Generator<Fault, never> {
  yield* FAULTS;
  for (;;) yield FAULTS[Math.floor(random() * FAULTS.length)] as Fault;
}
