/**
 * The functions of a test runner that a contract is told to: those of vitest, jest, mocha and `node:test` have this shape.
 *
 * @public
 */
export interface TestFunctions {
  describe(title: string, body: () => void): unknown;
  it: {
    (title: string, body: () => Promise<void>): unknown;
    skip(title: string, body: () => Promise<void>): unknown;
  };
}

/** Declares a case of a contract: its title, the abilities without which it is skipped, and what it does. */
export type Check<World, Ability extends string> = (
  title: string,
  needs: readonly Ability[],
  run: (world: World) => void | Promise<void>,
) => void;

/** How a case comes to a world of its own, and leaves it. */
interface Stage<World> {
  enter(): Promise<World>;
  leave(): Promise<void>;
}

/**
 * Declares cases to a test runner. A case that needs what is not supported is skipped, and its title says why, so that a
 * report shows what was not checked.
 */
export function checkWith<World, Ability extends string>(
  { it }: TestFunctions,
  supports: Readonly<Record<Ability, boolean>>,
  newStage: () => Stage<World>,
): Check<World, Ability> {
  return (title, needs, run) => {
    const missing = needs.filter((ability) => !supports[ability]);
    if (missing.length > 0) {
      it.skip(`${title} (not supported: ${missing.join(', ')})`, async () => {});
      return;
    }
    it(title, async () => {
      const { enter, leave } = newStage();
      try {
        await run(await enter());
      } finally {
        await leave();
      }
    });
  };
}
