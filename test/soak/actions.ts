import type { FaultPlan } from '../../src/hubs/fault-plan.ts';
import type { Chance } from './chance.ts';
import type { SoakPeer } from './peer.ts';
import type { Sockets, Stack } from './stacks.ts';

/** Lengths of messages, in UTF-16 units, and how often each is met: the longest are more than a fragment, or four. */
const LENGTHS: [weight: number, most: number][] = [
  [70, 200],
  [20, 8_000],
  [8, 70_000],
  [2, 200_000],
];

/** How long a client may read nothing, in ms. */
const LONGEST_STALL_MS = 8000;

/** Where an action takes place. */
export interface Scene {
  chance: Chance;
  stack: Stack;
  /** Every address that the peer can reach, wherever it is. */
  others: string[];
  sockets: Sockets;
}

function randomFaults({ random, upTo, pick, choose }: Chance, evas: string[]): FaultPlan {
  const mild = { loss: random() * 0.05, duplicate: random() * 0.05, reorder: random() * 0.05 };
  const delay = [upTo(10), 10 + upTo(50)] as const;
  return choose<FaultPlan>([
    [3, {}],
    [3, { ...mild, delay }],
    [1, { ...mild, loss: 0.3 }],
    [1, { ...mild, directions: [{ from: pick(evas) ?? '', loss: 1 }] }],
    [1, { ...mild, partition: [evas.filter(() => random() < 0.3)] }],
  ]);
}

type Act = (peer: SoakPeer, scene: Scene) => void;

const ACTIONS: Record<string, readonly [weight: number, act: Act]> = {
  send: [
    60,
    (peer, { chance: { upTo, choose, pick } }) => {
      const target = pick(peer.targets);
      const lengths = Array.from({ length: 1 + upTo(9) }, () => upTo(choose(LENGTHS)));
      if (target !== undefined) peer.send(target, lengths);
    },
  ],
  open: [
    16,
    (peer, { chance: { pick }, others }) => {
      const target = pick(others);
      if (target !== undefined) peer.open(target);
    },
  ],
  close: [
    6,
    (peer, { chance: { pick } }) => {
      const target = pick(peer.targets);
      if (target !== undefined) peer.close(target);
    },
  ],
  restart: [0.5, (peer) => peer.restart()],
  faults: [
    2,
    ({ eva }, { chance, stack, others }) => stack.setFaults(randomFaults(chance, [eva, ...others])),
  ],
  cut: [0.5, (_peer, { chance, sockets }) => chance.pick(sockets.all)?.terminate()],
  stall: [
    0.5,
    (_peer, { chance: { pick, upTo }, sockets }) => {
      const socket = pick(sockets.all);
      socket?.pause();
      setTimeout(() => socket?.resume(), upTo(LONGEST_STALL_MS)).unref();
    },
  ],
};

/** Does something at random. */
export function actOnce(peer: SoakPeer, scene: Scene): void {
  scene.chance.choose(Object.values(ACTIONS))(peer, scene);
}
