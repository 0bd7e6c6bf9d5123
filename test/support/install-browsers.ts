import { type Engine, findBrowser, installBrowsers } from './browsers.ts';

const ENGINES: Engine[] = ['chromium', 'firefox'];

/** Vitest's global setup: without a browser of each engine the run fails at once, and says how to get one. */
export function setup(): void {
  installBrowsers(ENGINES);
  try {
    for (const engine of ENGINES) findBrowser(engine);
  } catch (error) {
    // Thrown, it would stand between a report of missing tests and a stack.
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
