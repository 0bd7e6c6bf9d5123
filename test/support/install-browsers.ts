import { findBrowser, installBrowsers } from './browsers.ts';

/** Vitest's global setup: without a browser of each engine, the run fails at once and says how to get one. */
export function setup(): void {
  installBrowsers(['chromium', 'firefox']);
  findBrowser('chromium');
  findBrowser('firefox');
}
