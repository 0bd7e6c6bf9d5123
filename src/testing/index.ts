/**
 * What the library is tested with, for applications and for hubs and registries of one's own.
 *
 * ```ts
 * import { describe, it } from 'vitest';
 * import { runHubContract } from 'virtual-network-framework/testing';
 *
 * runHubContract({ name: 'MyHub', setup: () => ({ newHub: () => new MyHub() }) }, { describe, it });
 * ```
 *
 * @packageDocumentation
 */
export { AssertionError } from './assert.ts';
export type { TestFunctions } from './contract.ts';
export {
  type HubAbilities,
  type HubStack,
  type HubWorld,
  type Patience,
  runHubContract,
} from './hub-contract.ts';
export {
  type RegistryAbilities,
  type RegistryUnderTest,
  type RegistryWorld,
  runRegistryContract,
} from './registry-contract.ts';
export { VirtualClock } from './virtual-clock.ts';
