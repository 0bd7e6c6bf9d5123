import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as playwright from 'playwright-core';
import type * as puppeteer from 'puppeteer-core';
import { vi } from 'vitest';
import { CHROMIUM_ARGS, type Engine, findBrowser, launchBrowser } from './browsers.ts';

/** What a step waits for, in ms: far above what it takes, and below the time of a whole test. */
export const PATIENCE_MS = 20_000;

export type Key = 'Tab' | 'Shift+Tab' | 'Enter';

/** What is given to a tab runs in the page, so that it can use nothing of the test but its argument. */
type InPage<A, R> = (argument: A) => R;

/** A tab with the demo, in a context of its own as on another device. Selectors are those of CSS. */
export interface DemoTab {
  /** Each waits for an element that can be seen and used. */
  click(selector: string): Promise<void>;
  fill(selector: string, text: string): Promise<void>;
  /** In Firefox the keyboard is that of the tab that was opened last. */
  press(key: Key): Promise<void>;
  type(text: string): Promise<void>;
  /** Waits until it is true in the page. */
  until<A>(holds: InPage<A, unknown>, argument: A, patienceMs?: number): Promise<void>;
  read<A, R>(work: InPage<A, R>, argument: A): Promise<R>;
  /** Answers the browser's question for a file, which this action brings up. */
  pickFile(path: string, action: () => Promise<void>): Promise<void>;
  /** What the action saves to a file. */
  download(action: () => Promise<void>): Promise<{ name: string; content: Buffer }>;
  back(): Promise<void>;
  url(): string;
  /** As a user does it. */
  close(): Promise<void>;
}

export interface TabOptions {
  url: string;
  width?: number;
  /** Runs in the page before its own scripts. */
  before: () => void;
  /** Something that a page never does: it threw, or tried what its policy forbids. */
  onFault: (fault: string) => void;
}

export interface DemoBrowser {
  open(options: TabOptions): Promise<DemoTab>;
  /** Closes all tabs. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

const HEIGHT = 740;
const WIDTH = 1100;

const isForbidden = (line: string) =>
  line.includes('Content Security Policy') || line.includes('Content-Security-Policy');

export class PlaywrightTab implements DemoTab {
  /** For what is Chromium's alone. */
  readonly page: playwright.Page;

  constructor(page: playwright.Page) {
    this.page = page;
    // As long as somebody listens the driver takes these questions; it needs a moment to begin with it.
    page.on('filechooser', () => {});
  }

  click(selector: string): Promise<void> {
    return this.page.locator(selector).click({ timeout: PATIENCE_MS });
  }

  fill(selector: string, text: string): Promise<void> {
    return this.page.locator(selector).fill(text, { timeout: PATIENCE_MS });
  }

  press(key: Key): Promise<void> {
    return this.page.keyboard.press(key);
  }

  type(text: string): Promise<void> {
    return this.page.keyboard.type(text);
  }

  async until<A>(holds: InPage<A, unknown>, argument: A, patienceMs = PATIENCE_MS): Promise<void> {
    await this.page.waitForFunction(holds as (argument: unknown) => unknown, argument, {
      timeout: patienceMs,
    });
  }

  read<A, R>(work: InPage<A, R>, argument: A): Promise<R> {
    return this.page.evaluate(work as (argument: unknown) => R, argument);
  }

  async pickFile(path: string, action: () => Promise<void>): Promise<void> {
    const picking = this.page.waitForEvent('filechooser');
    await action();
    await (await picking).setFiles(path);
  }

  async download(action: () => Promise<void>): Promise<{ name: string; content: Buffer }> {
    const downloading = this.page.waitForEvent('download');
    await action();
    const download = await downloading;
    return { name: download.suggestedFilename(), content: await readFile(await download.path()) };
  }

  async back(): Promise<void> {
    await this.page.goBack();
  }

  url(): string {
    return this.page.url();
  }

  close(): Promise<void> {
    return this.page.close();
  }
}

class PuppeteerTab implements DemoTab {
  readonly #page: puppeteer.Page;
  /** Where the browser puts what is saved. */
  readonly #downloads: string;

  constructor(page: puppeteer.Page, downloads: string) {
    this.#page = page;
    this.#downloads = downloads;
  }

  click(selector: string): Promise<void> {
    return this.#page.locator(selector).setTimeout(PATIENCE_MS).click();
  }

  fill(selector: string, text: string): Promise<void> {
    return this.#page.locator(selector).setTimeout(PATIENCE_MS).fill(text);
  }

  async press(key: Key): Promise<void> {
    const { keyboard } = this.#page;
    if (key !== 'Shift+Tab') return keyboard.press(key);
    await keyboard.down('Shift');
    await keyboard.press('Tab');
    await keyboard.up('Shift');
  }

  type(text: string): Promise<void> {
    return this.#page.keyboard.type(text);
  }

  async until<A>(holds: InPage<A, unknown>, argument: A, patienceMs = PATIENCE_MS): Promise<void> {
    await this.#page.waitForFunction(
      holds as (argument: unknown) => unknown,
      { timeout: patienceMs },
      argument,
    );
  }

  read<A, R>(work: InPage<A, R>, argument: A): Promise<R> {
    return this.#page.evaluate(work as (argument: unknown) => R, argument) as Promise<R>;
  }

  async pickFile(path: string, action: () => Promise<void>): Promise<void> {
    const picking = this.#page.waitForFileChooser();
    await action();
    await (await picking).accept([path]);
  }

  async download(action: () => Promise<void>): Promise<{ name: string; content: Buffer }> {
    const known = new Set(await readdir(this.#downloads));
    await action();
    const name = await vi.waitFor(async () => {
      const fresh = (await readdir(this.#downloads)).filter((name) => !known.has(name));
      const [name = ''] = fresh;
      // Firefox writes into NAME.part, beside an empty NAME, and renames it at the end.
      const isThere = fresh.length === 1 && (await stat(join(this.#downloads, name))).size > 0;
      if (!isThere || name.endsWith('.part')) throw new Error(`Nothing was saved: there is ${fresh}.`);
      return name;
    }, PATIENCE_MS);
    const path = join(this.#downloads, name);
    const content = await readFile(path);
    await rm(path);
    return { name, content };
  }

  async back(): Promise<void> {
    // Not through the driver, which would wait for a page to load.
    await this.#page.evaluate(() => history.back());
  }

  url(): string {
    return this.#page.url();
  }

  close(): Promise<void> {
    return this.#page.close({ runBeforeUnload: true });
  }
}

async function launchChromium(): Promise<DemoBrowser> {
  const browser = await playwright.chromium.launch({
    executablePath: findBrowser('chromium'),
    args: CHROMIUM_ARGS,
  });
  return {
    async open({ url, width = WIDTH, before, onFault }) {
      const context = await browser.newContext({ viewport: { width, height: HEIGHT } });
      await context.addInitScript(before);
      const page = await context.newPage();
      page.on('pageerror', (error) => onFault(String(error)));
      page.on('console', (line) => {
        if (isForbidden(line.text())) onFault(line.text());
      });
      await page.goto(url);
      return new PlaywrightTab(page);
    },
    async clear() {
      for (const context of browser.contexts()) await context.close();
    },
    close: () => browser.close(),
  };
}

/** Through WebDriver BiDi, since Playwright knows only a Firefox of its own. */
async function launchFirefox(): Promise<DemoBrowser> {
  const downloads = await mkdtemp(join(tmpdir(), 'vnf-downloads-'));
  const browser = await launchBrowser('firefox', {
    'browser.download.folderList': 2,
    'browser.download.dir': downloads,
    'browser.download.always_ask_before_handling_new_types': false,
    'browser.download.alwaysOpenPanel': false,
  });
  const contexts: puppeteer.BrowserContext[] = [];
  return {
    async open({ url, width = WIDTH, before, onFault }) {
      const context = await browser.createBrowserContext();
      contexts.push(context);
      // Each in a window of its own: a tab behind another one draws nothing.
      const page = await context.newPage({ type: 'window' });
      await page.setViewport({ width, height: HEIGHT });
      await page.evaluateOnNewDocument(before);
      page.on('pageerror', (error) => {
        // It takes a socket that does not open for an error of the script's.
        if (!String(error).includes('establish a connection')) onFault(String(error));
      });
      page.on('console', (line) => {
        if (isForbidden(line.text())) onFault(line.text());
      });
      await page.goto(url);
      return new PuppeteerTab(page, downloads);
    },
    async clear() {
      for (const context of contexts.splice(0)) await context.close();
    },
    async close() {
      await browser.close();
      await rm(downloads, { recursive: true });
    },
  };
}

export function launchDemoBrowser(engine: Engine): Promise<DemoBrowser> {
  return engine === 'chromium' ? launchChromium() : launchFirefox();
}
