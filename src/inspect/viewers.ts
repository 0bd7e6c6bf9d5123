/** How many marks a viewer may be behind: so many batches are on their way, or wait to be drawn. */
const MOST_BEHIND = 4;
/** A viewer that has read nothing for so long, in ms, is gone, or asleep; it is told anew when it reads again. */
const PATIENCE_MS = 10_000;

interface Viewer {
  read: number;
  heardAt: number;
}

/** Who watches, and how far each has read. One without a name, a receiver of `@xstate/inspect`, is never waited for. */
export class Viewers {
  readonly #named = new Map<string, Viewer>();
  #hasUnnamed = false;
  #mark = 0;

  get isEmpty(): boolean {
    return this.#named.size === 0 && !this.#hasUnnamed;
  }

  /** Whether there is somebody to wait for. */
  get hasNamed(): boolean {
    return this.#named.size > 0;
  }

  add(name: string | undefined): void {
    if (name === undefined) this.#hasUnnamed = true;
    else this.#named.set(name, { read: this.#mark, heardAt: Date.now() });
  }

  delete(name: string): void {
    this.#named.delete(name);
  }

  clear(): void {
    this.#named.clear();
    this.#hasUnnamed = false;
  }

  /** @returns false where nobody knew that it watches */
  hasRead(name: string, mark: number): boolean {
    const viewer = this.#named.get(name);
    if (viewer === undefined) return false;
    viewer.read = Math.min(Math.max(viewer.read, mark), this.#mark);
    viewer.heardAt = Date.now();
    return true;
  }

  nextMark(): number {
    this.#mark += 1;
    return this.#mark;
  }

  /** Whether one of them has not read enough; who reads nothing at all is forgotten. */
  isBehind(): boolean {
    for (const [name, { read, heardAt }] of this.#named) {
      if (this.#mark - read < MOST_BEHIND) continue;
      if (Date.now() - heardAt < PATIENCE_MS) return true;
      this.#named.delete(name);
    }
    return false;
  }
}
