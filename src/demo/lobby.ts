import type { RegistryClient } from '../index.ts';
import { OCCUPANTS, type Occupant, readOccupants } from './occupants.ts';

/** How often the registry is asked, which tells of no change by itself, in ms. */
const LOOK_EVERY_MS = 1500;

export interface LobbyOptions {
  eva: string;
  registry: RegistryClient;
  /** Whether anybody needs the list now. */
  isNeeded: () => boolean;
  onOccupants: (occupants: Occupant[]) => void;
  /** A call was refused; `reason` is one of the registry's plain strings. */
  onProblem: (reason: string) => void;
}

/** Who is where: this page's entry in the registry, and everybody's. */
export class Lobby {
  readonly #options: LobbyOptions;
  /** The look that is under way, which may wait for the broker. */
  #looking: Promise<void> | undefined;
  #isStale = false;

  constructor(options: LobbyOptions) {
    this.#options = options;
    setInterval(() => {
      if (options.isNeeded()) this.look();
    }, LOOK_EVERY_MS);
  }

  /** Says in the registry that this page is in a room; the entry is made again whenever the broker was away. */
  enter(room: string, name: string): void {
    const { eva, registry } = this.#options;
    this.#attempt(registry.createOrUpdate({ collection: OCCUPANTS, name: eva }, { room, name }));
  }

  leave(): void {
    const { eva, registry } = this.#options;
    this.#attempt(registry.deleteEntry({ collection: OCCUPANTS, name: eva }));
  }

  /** Reads the list now, or as soon as the look that is under way is over. */
  look(): void {
    if (this.#looking !== undefined) {
      this.#isStale = true;
      return;
    }
    this.#looking = this.#look().finally(() => {
      this.#looking = undefined;
      if (this.#isStale) this.look();
    });
  }

  async #look(): Promise<void> {
    this.#isStale = false;
    const { registry, onOccupants, onProblem } = this.#options;
    try {
      onOccupants(readOccupants(await registry.getEntriesWithBody(OCCUPANTS)));
    } catch (error) {
      onProblem(String(error));
    }
  }

  #attempt(call: Promise<unknown>): void {
    call.then(() => this.look()).catch((error) => this.#options.onProblem(String(error)));
  }
}
