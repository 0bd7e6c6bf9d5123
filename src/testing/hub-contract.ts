import type { Endpoint, Hub } from '../core/contracts.ts';
import { VnfError } from '../core/errors.ts';
import { type LogDetails, setLogger } from '../core/logger.ts';
import type { HubOptions } from '../core/options.ts';
import { equal, throws } from './assert.ts';
import { type Check, checkWith, type TestFunctions } from './contract.ts';
import { BOUNDS, checkBackpressure } from './hub-contract-backpressure.ts';
import { checkConnections } from './hub-contract-connections.ts';
import { checkEndpoints } from './hub-contract-endpoints.ts';
import { checkMessages } from './hub-contract-messages.ts';
import { pacedBy, type Tick } from './peers.ts';

/** What a hub can do. What it cannot is not asked of it: the cases are skipped, and reported so. @public */
export interface HubAbilities {
  /** Every message arrives, and once. @default true */
  reliable?: boolean;
  /** Messages arrive in the order in which they were sent, and before a close that follows them. @default true */
  ordered?: boolean;
  /** Takes texts of 16 000 characters, and addresses of 10 000. @default true */
  largeMessages?: boolean;
  /** Takes any JSON value of any length instead of text. @default false */
  anyValue?: boolean;
  /** Its endpoints have `getConnectionState`, `onConnectionStateChange`, `getConnection` and `getConnections`. @default true */
  states?: boolean;
  /** What it throws is a `VnfError` with the right code. @default true */
  errorCodes?: boolean;
  /** What a listener throws goes to the library's logger. @default true */
  logs?: boolean;
  /** `send` tells when to wait, and `onDrain` when to go on; its options have the bounds. @default true */
  backpressure?: boolean;
}

export type Ability = keyof HubAbilities;

/** The settings of a hub that say how patient it is. @public */
export type Patience = Pick<Hub, 'setEstablishConnectionTimeout' | 'setOpenConnectionRetries'>;

/** A world in which hubs of one kind reach each other; each case has one of its own. @public */
export interface HubWorld {
  /** A hub for one more side: one of its own, or the same one where sides must share it. */
  newHub(): { openEndpoint(eva: string): unknown };
  /** Makes an attempt to reach nobody end soon. @default an establish timeout of 20 ms and one retry */
  makeImpatient?(hub: Patience): void;
  /** Whether others can open a connection to the address by now. @default always */
  isReachable?(eva: string): boolean;
  /** Lets a little time pass, where the hubs have a virtual clock; called until what a case waits for is there. */
  tick?: Tick;
  teardown?(): unknown;
}

/** A hub, or a stack of them, that has to keep the contract. @public */
export interface HubStack {
  /** The title of all cases. */
  name: string;
  /** Makes a world, each of whose hubs is made with the options, if there are some. */
  setup(options?: HubOptions): HubWorld | Promise<HubWorld>;
  supports?: HubAbilities;
}

/** What every case has at hand. */
export interface HubBench extends ReturnType<typeof pacedBy> {
  readonly supports: Required<HubAbilities>;
  /** What the library has logged as errors. */
  readonly errors: string[];
  newHub(): Hub<string>;
  makeImpatient(hub: Patience): void;
  openEndpoint(eva: string, hub?: Hub<string>): Endpoint<string>;
  /** The same, once others can connect to it. */
  openReachable(eva: string, hub?: Hub<string>): Promise<Endpoint<string>>;
  /** Checks the state of a connection, where the hub tells any. */
  reads(endpoint: Endpoint<string>, targetEva: string, state: string): void;
  /** Checks that a call throws, with this code where the hub has codes. */
  refuses(call: () => unknown, code: string): void;
}

export type HubCheck<World> = Check<World, Ability>;

/** Both sides of a connection. */
export interface PairBench extends HubBench {
  readonly opener: Endpoint<string>;
  readonly acceptor: Endpoint<string>;
}

const SIDES = [
  ['alice', 'bob'],
  ['bob', 'alice'],
] as const;

/**
 * The tests that every hub passes, whatever it stands on: rules HC1 to HC33 of docs/SPEC.md. The library's own hubs are
 * tested with the same files.
 *
 * ```js
 * import { describe, it } from 'vitest'; // or from 'node:test'; in jest they are globals
 * import { runHubContract } from 'virtual-network-framework/testing';
 *
 * const setup = (options) => ({ newHub: () => new MyHub(options) });
 * runHubContract({ name: 'MyHub', setup }, { describe, it });
 * ```
 *
 * @param stack - the hub and what it can do
 * @param functions - the test runner's; each case may take 10 s, which some runners have to be told
 * @public
 */
export function runHubContract(stack: HubStack, functions: TestFunctions): void {
  const supports: Required<HubAbilities> = {
    reliable: true,
    ordered: true,
    largeMessages: true,
    anyValue: false,
    states: true,
    errorCodes: true,
    logs: true,
    backpressure: true,
    ...stack.supports,
  };
  const { describe } = functions;
  describe(stack.name, () => {
    for (const [openerEva, acceptorEva] of SIDES) {
      describe(`${openerEva} opens to ${acceptorEva}`, () => {
        const newStage = () => {
          const { enter, leave } = stageOf(stack, supports);
          return {
            leave,
            async enter(): Promise<PairBench> {
              const bench = await enter();
              const acceptor = await bench.openReachable(acceptorEva);
              return { ...bench, acceptor, opener: await bench.openReachable(openerEva) };
            },
          };
        };
        const check = checkWith(functions, supports, newStage);
        checkConnections(check);
        checkMessages(check);
      });
    }
    describe('with bounds of its own', () => {
      const newStage = () => {
        const { enter, leave } = stageOf(stack, supports, BOUNDS);
        return {
          leave,
          async enter(): Promise<PairBench> {
            const bench = await enter();
            const [opener, acceptor] = [await bench.openReachable('alice'), await bench.openReachable('bob')];
            await bench.connect(opener, acceptor);
            return { ...bench, opener, acceptor };
          },
        };
      };
      checkBackpressure(checkWith(functions, supports, newStage));
    });
    checkEndpoints(checkWith(functions, supports, () => stageOf(stack, supports)));
  });
}

function makeImpatient(hub: Patience): void {
  hub.setEstablishConnectionTimeout(20);
  hub.setOpenConnectionRetries(1);
}

function stageOf(stack: HubStack, supports: Required<HubAbilities>, options?: HubOptions) {
  const opened: Endpoint<string>[] = [];
  let world: HubWorld | undefined;

  async function enter(): Promise<HubBench> {
    const errors: string[] = [];
    setLogger({ error: (text: string, { reason }: LogDetails) => errors.push(`${text}: ${reason}`) });
    const entered = await stack.setup(options);
    world = entered;
    const pace = pacedBy(entered.tick);
    const newHub = () => entered.newHub() as Hub<string>;
    const openEndpoint = (eva: string, hub = newHub()) => {
      const endpoint = hub.openEndpoint(eva);
      opened.push(endpoint);
      return endpoint;
    };
    return {
      ...pace,
      supports,
      errors,
      newHub,
      makeImpatient: entered.makeImpatient ?? makeImpatient,
      openEndpoint,
      async openReachable(eva, hub) {
        const endpoint = openEndpoint(eva, hub);
        await pace.until(() => entered.isReachable?.(eva) ?? true, `${eva} being reachable`);
        return endpoint;
      },
      reads(endpoint, targetEva, state) {
        if (supports.states) equal(endpoint.getConnectionState(targetEva), state);
      },
      refuses(call, code) {
        const isExplained = (error: unknown) =>
          error instanceof VnfError && error.code === code && error.message.length > 30;
        throws(call, code, (error) => !supports.errorCodes || isExplained(error));
      },
    };
  }

  async function leave(): Promise<void> {
    for (const endpoint of opened) endpoint.destroy();
    await world?.teardown?.();
    setLogger();
  }

  return { enter, leave };
}
