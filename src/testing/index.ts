/**
 * What the library is tested with, for applications and for hubs and registries of one's own.
 *
 * ```ts
 * import { describe, it } from 'vitest';
 * import { runHubContract } from 'virtual-network-framework/testing';
 *
 * const setup = (options) => ({ newHub: () => new MyHub(options) });
 * runHubContract({ name: 'MyHub', setup }, { describe, it });
 * ```
 *
 * @packageDocumentation
 */
export { AssertionError } from './assert.ts';
export type { Chance } from './chance.ts';
export type { TestFunctions } from './contract.ts';
export { ScenarioError } from './counter-example.ts';
export { type ExploreOptions, type ExploreReport, explore, replay } from './explore.ts';
export type { FaultName } from './fault-steps.ts';
export type { Host, Platform } from './host.ts';
export {
  type HubAbilities,
  type HubStack,
  type HubWorld,
  type Patience,
  runHubContract,
} from './hub-contract.ts';
export { Network, type NetworkOptions } from './network.ts';
export {
  type RegistryAbilities,
  type RegistryUnderTest,
  type RegistryWorld,
  runRegistryContract,
} from './registry-contract.ts';
export {
  type RecordedDifference,
  type RecordingReport,
  type ReplayOptions,
  replayRecording,
} from './replay.ts';
export type { Action, Scenario, Step } from './scenario.ts';
export type { SimulatedBroker } from './simulated-broker.ts';
export { VirtualClock } from './virtual-clock.ts';
