import { defineBrowserProvider } from '@vitest/browser';
import type { Browser, Page } from 'puppeteer-core';
import type { BrowserProvider, TestProject } from 'vitest/node';
import { type Engine, launchBrowser } from './browsers.ts';

/** Runs test files in a browser that Puppeteer drives: Chromium over its debugging protocol, Firefox over WebDriver BiDi. */
class PuppeteerProvider implements BrowserProvider {
  readonly name = 'puppeteer';
  readonly supportsParallelism = true;
  readonly #engine: Engine;
  readonly #pages = new Map<string, Page>();
  #browser: Promise<Browser> | undefined;

  constructor({ config }: TestProject) {
    this.#engine = config.browser.name as Engine;
  }

  getCommandsContext(sessionId: string): Record<string, unknown> {
    return { page: this.#pages.get(sessionId) };
  }

  async openPage(sessionId: string, url: string): Promise<void> {
    this.#browser ??= launchBrowser(this.#engine);
    const page = await (await this.#browser).newPage();
    this.#pages.set(sessionId, page);
    await page.goto(url);
  }

  async close(): Promise<void> {
    await (await this.#browser)?.close();
  }
}

/** Vitest's provider for the instances `chromium` and `firefox`. */
export const puppeteer = defineBrowserProvider({
  name: 'puppeteer',
  supportedBrowser: ['chromium', 'firefox'],
  providerFactory: (project) => new PuppeteerProvider(project),
});
