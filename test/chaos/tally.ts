/** Counts what has happened, so that a test can say that its faults and its work were real. */
export class Tally {
  readonly #counts = new Map<string, number>();

  add(what: string, count = 1): void {
    this.#counts.set(what, this.of(what) + count);
  }

  of(what: string): number {
    return this.#counts.get(what) ?? 0;
  }

  plus(other: Tally): this {
    for (const [what, count] of other.#counts) this.add(what, count);
    return this;
  }

  /** What of these has never happened. */
  missing(...whats: string[]): string[] {
    return whats.filter((what) => this.of(what) === 0);
  }

  toString(): string {
    return [...this.#counts].map(([what, count]) => `${what} ${count}`).join(' · ');
  }
}
