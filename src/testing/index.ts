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
export type { TestFunctions } from './contract.ts';
export type { Host, Machine } from './host.ts';
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
export type { SimulatedBroker } from './simulated-broker.ts';
export { VirtualClock } from './virtual-clock.ts';
