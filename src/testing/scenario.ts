import { checkFunction } from '../core/checks.ts';
import { invalidArgument } from '../core/errors.ts';
import { setLogger } from '../core/logger.ts';
import { AssertionError } from './assert.ts';
import type { Chance } from './chance.ts';
import { type FaultName, NETWORK_STEPS } from './fault-steps.ts';
import { Network, type NetworkOptions } from './network.ts';

/** One step of a run: the name of an action or of a fault, and what it is called with, as JSON. @public */
export type Step = readonly [name: string, ...args: unknown[]];

/** Something that users of the application do. @public */
export interface Action<World> {
  /**
   * Does it. What it throws fails the run, and so does a promise that rejects; the run doesn't wait for it, since no
   * time passes in a step.
   */
  run(world: World, ...args: never[]): unknown;
  /** Whether it can be done now, for one whether its host is awake. Else the step is left out. @default always */
  isPossible?(world: World): boolean;
  /** What to call it with, as JSON. @default nothing */
  args?(chance: Chance, world: World): readonly unknown[];
}

/**
 * An application on a network, what is done with it, and what must hold whatever goes wrong. All that it does must come
 * from its steps and the clock: with real timers, `Math.random` or `Date` a run can't be repeated.
 *
 * @public
 */
export interface Scenario<World> {
  /** Builds the application on a new network, once for each run; what survives a crash belongs into the world. */
  setup(network: Network): World;
  /** What its users do. */
  actions: Readonly<Record<string, Action<World>>>;
  /** What may go wrong. @default everything */
  faults?: readonly FaultName[];
  /** Throws where something doesn't hold that must always hold; called after each step. */
  check?(world: World): void;
  /**
   * The same for what must hold in the end, when all faults have healed. It is looked at after each tenth of
   * `recoveryMs`; once it holds the run has passed.
   */
  checkEnd?(world: World): void;
  /**
   * How much virtual time the application has to recover, in ms. @default 600 000: a WebSocketHub that only listens asks
   * every 5 minutes whether its socket still lives
   */
  recoveryMs?: number;
  /** How the network is made, but for its seed and its clock. */
  network?: Omit<NetworkOptions, 'seed' | 'clock'>;
}

const DEFAULT_RECOVERY_MS = 600_000;

/** How often the end is looked at. */
const LOOKS = 10;

/** @throws VnfError `ERR_INVALID_ARGUMENT` */
export function checkScenario<World>({ setup, actions }: Scenario<World>): void {
  checkFunction(setup, 'setup of a scenario');
  for (const [name, action] of Object.entries(actions)) {
    checkFunction(action.run, `run of the action ${name}`);
    if (NETWORK_STEPS.has(name)) {
      throw invalidArgument(
        'An action of a scenario must have another name than the steps of the network',
        name,
      );
    }
  }
}

/** One run of a scenario on a network of its own. */
export class Run<World> {
  readonly #scenario: Scenario<World>;
  readonly #network: Network;
  #world: World | undefined;
  /** The first thing that went wrong where nobody waited for it. */
  #failure: { error: unknown } | undefined;

  constructor(scenario: Scenario<World>, seed: number) {
    this.#scenario = scenario;
    this.#network = new Network({ ...scenario.network, seed });
  }

  /** Builds the application. */
  start(): void {
    setLogger({
      // What the library logs as an error is what a listener of the application threw.
      error: (text, { reason, error }) => this.#failed(error ?? new AssertionError(`${text}: ${reason}`)),
    });
    this.#world = this.#scenario.setup(this.#network);
  }

  /** A step that is possible now. */
  choose(chance: Chance): Step {
    const { actions, faults } = this.#scenario;
    const ofUsers = Object.entries(actions).filter(([, action]) => this.#isPossible(action));
    const ofNetwork = [...NETWORK_STEPS].flatMap(([name, step]) => {
      const isAllowed = faults === undefined || step.faults.some((fault) => faults.includes(fault));
      const choices = step.faults.length > 0 && isAllowed ? step.choices(this.#network, chance) : [];
      return choices.length > 0 ? [[name, ...chance.pick(choices)] as Step] : [];
    });
    const kinds: (() => Step)[] = [() => this.#waitOf(chance)];
    if (ofNetwork.length > 0) kinds.push(() => chance.pick(ofNetwork));
    if (ofUsers.length > 0) {
      kinds.push(() => {
        const [name, { args }] = chance.pick(ofUsers);
        return [name, ...(args?.(chance, this.#world as World) ?? [])];
      });
    }
    return chance.pick(kinds)();
  }

  /** Does a step, and lets it come to its end; one that is not possible does nothing. */
  async perform([name, ...args]: Step): Promise<void> {
    const networkStep = NETWORK_STEPS.get(name);
    const action = this.#scenario.actions[name];
    if (networkStep !== undefined) await networkStep.run(this.#network, ...(args as never[]));
    else if (action === undefined) throw invalidArgument('A step must be an action or a fault', name);
    else if (this.#isPossible(action)) {
      const result = action.run(this.#world as World, ...(args as never[]));
      if (result instanceof Promise) result.catch((error: unknown) => this.#failed(error));
    }
    await this.#network.clock.run(0);
    this.#check();
  }

  /** Ends all faults, and gives the application time to come to what must hold then. */
  async finish(): Promise<void> {
    const { recoveryMs = DEFAULT_RECOVERY_MS, checkEnd } = this.#scenario;
    this.#network.heal();
    for (let look = 1; ; look += 1) {
      await this.#network.clock.run(recoveryMs / LOOKS);
      this.#check();
      try {
        checkEnd?.(this.#world as World);
        return;
      } catch (error) {
        if (look === LOOKS) throw error;
      }
    }
  }

  close(): void {
    this.#network.close();
    setLogger();
  }

  #waitOf(chance: Chance): Step {
    return ['wait', ...(NETWORK_STEPS.get('wait')?.choices(this.#network, chance)[0] ?? [])];
  }

  #isPossible({ isPossible }: Action<World>): boolean {
    return isPossible?.(this.#world as World) ?? true;
  }

  #failed(error: unknown): void {
    this.#failure ??= { error };
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    this.#scenario.check?.(this.#world as World);
  }
}
