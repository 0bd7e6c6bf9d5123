import type { FaultPlan } from '../hubs/fault-plan.ts';
import type { Chance } from './chance.ts';
import type { Host } from './host.ts';
import type { Network } from './network.ts';
import { BROKER_HOST } from './simulated-broker.ts';

/**
 * What can go wrong in a scenario: the faults between hosts, what happens to one host, and what happens to the broker.
 * What ends it (`restart`, `wake`, `startBroker`) goes with it.
 *
 * @public
 */
export type FaultName =
  | 'setFaults'
  | 'cutSockets'
  | 'halfOpenSockets'
  | 'crash'
  | 'sleep'
  | 'crashBroker'
  | 'stopBroker';

/** A step of the network's own. */
export interface NetworkStep {
  /** The faults it belongs to: one of them has to be allowed, where there are some. */
  readonly faults: readonly FaultName[];
  /** Every way in which it could be called now. */
  choices(network: Network, chance: Chance): readonly (readonly unknown[])[];
  run(network: Network, ...args: never[]): void | Promise<void>;
}

/** From a millisecond to 30 s, shorter ones more often: 10 to the power of as much as this. */
const LONGEST_WAIT_POWER = 4.5;

/** How long a pause is, in ms. */
export function waitOf(chance: Chance): number {
  return Math.round(10 ** (chance.next() * LONGEST_WAIT_POWER));
}

function onHost(
  faults: FaultName[],
  isPossible: (host: Host) => boolean,
  act: (host: Host) => void,
): NetworkStep {
  return {
    faults,
    choices: ({ hosts }) => hosts.filter(isPossible).map(({ name }) => [name]),
    run: ({ hosts }, name: string) => {
      for (const host of hosts) if (host.name === name && isPossible(host)) act(host);
    },
  };
}

function onBroker(
  faults: FaultName[],
  isRunning: boolean,
  act: (broker: Network['broker']) => void,
): NetworkStep {
  return {
    faults,
    choices: ({ broker }) => (broker.isRunning === isRunning ? [[]] : []),
    run: ({ broker }) => act(broker),
  };
}

function planOf({ hosts }: Network, chance: Chance): FaultPlan {
  const names = [BROKER_HOST, ...hosts.map(({ name }) => name)];
  return chance.pick<() => FaultPlan>([
    () => ({}),
    () => ({}),
    () => ({ partition: [[chance.pick(names)]] }),
    () => ({ partition: [names.filter(() => chance.next() < 0.5)] }),
    () => ({ loss: chance.pick([0.05, 0.2, 0.5]) }),
    () => ({ loss: 0.05, duplicate: 0.2, reorder: 0.2 }),
    () => ({
      delay: chance.pick<[number, number]>([
        [50, 200],
        [500, 3000],
      ]),
    }),
  ])();
}

const isRunning = (host: Host) => host.isRunning;

/** The steps that every scenario has, by their names. */
export const NETWORK_STEPS: ReadonlyMap<string, NetworkStep> = new Map<string, NetworkStep>([
  [
    'wait',
    {
      faults: [],
      choices: (_network, chance) => [[waitOf(chance)]],
      run: ({ clock }, ms: number) => clock.run(ms),
    },
  ],
  [
    'setFaults',
    {
      faults: ['setFaults'],
      choices: (network, chance) => [[planOf(network, chance)]],
      run: (network, plan: FaultPlan) => network.setFaults(plan),
    },
  ],
  ['cutSockets', onHost(['cutSockets'], isRunning, (host) => host.cutSockets())],
  ['halfOpenSockets', onHost(['halfOpenSockets'], isRunning, (host) => host.halfOpenSockets())],
  ['crash', onHost(['crash'], isRunning, (host) => host.crash())],
  [
    'restart',
    onHost(
      ['crash'],
      (host) => !host.isRunning,
      (host) => host.restart(),
    ),
  ],
  [
    'sleep',
    onHost(
      ['sleep'],
      (host) => host.isAwake,
      (host) => host.sleep(),
    ),
  ],
  [
    'wake',
    onHost(
      ['sleep'],
      (host) => host.isAsleep,
      (host) => host.wake(),
    ),
  ],
  ['crashBroker', onBroker(['crashBroker'], true, (broker) => broker.crash())],
  ['stopBroker', onBroker(['stopBroker'], true, (broker) => broker.stop())],
  ['startBroker', onBroker(['crashBroker', 'stopBroker'], false, (broker) => broker.start())],
]);
