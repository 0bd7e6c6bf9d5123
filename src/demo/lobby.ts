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
  /** Why the broker refuses, one of the registry's plain strings; empty when it has taken everything again. */
  onRefusal: (reason: string) => void;
}

/** Who is where: this page's entry in the registry, and everybody's. */
export class Lobby {
  readonly #options: LobbyOptions;
  /** What the registry should have of this page. */
  #entry: { room: string; name: string } | undefined;
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
    this.#entry = { room, name };
    this.#lookAfter(this.#announce().catch((error) => this.#options.onRefusal(String(error))));
  }

  leave(): void {
    const { eva, registry } = this.#options;
    this.#entry = undefined;
    // One that was never taken need not go.
    this.#lookAfter(registry.deleteEntry({ collection: OCCUPANTS, name: eva }).catch(() => {}));
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
    const { eva, registry, onOccupants, onRefusal } = this.#options;
    try {
      const entries = await registry.getEntriesWithBody(OCCUPANTS);
      onOccupants(readOccupants(entries));
      // It was refused, or somebody else has taken its place while this page was away.
      const isMissing = JSON.stringify(this.#entry) !== JSON.stringify(entries[eva]);
      if (this.#entry !== undefined && isMissing) await this.#announce();
      onRefusal('');
    } catch (error) {
      onRefusal(String(error));
    }
  }

  async #announce(): Promise<unknown> {
    const { eva, registry } = this.#options;
    return registry.createOrUpdate({ collection: OCCUPANTS, name: eva }, this.#entry);
  }

  #lookAfter(call: Promise<unknown>): void {
    void call.then(() => this.look());
  }
}
