import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { build } from 'tsup';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type * as brokerModule from '../../src/broker/index.ts';
import { demo } from '../../tsup.config.ts';
import { CHROMIUM_ARGS, findBrowser } from './browsers.ts';
import { buildDemo } from './demo.ts';

export const TOKEN = 'a token of the tests';

/** What a test of the inspector's page works with. */
export interface InspectorPages {
  /** A broker in this process that lets who knows {@link TOKEN} watch. @returns its http address, without a slash */
  serve(): Promise<{ origin: string; broker: brokerModule.Broker }>;
  openPage(url: string): Promise<Page>;
  /** Runs the script of test/support/inspected-page.ts in a page. */
  inspectPage(page: Page): Promise<void>;
  /** The page as a file. */
  readonly fileUrl: string;
}

/** One Chromium for all tests of a file; what a test opened is closed after it, and a page that threw fails it. */
export function useInspectorPages(): InspectorPages {
  const folder = 'node_modules/.cache/vnf-test-inspector';
  let browser: Browser;
  let createBroker: typeof brokerModule.createBroker;
  const brokers: brokerModule.Broker[] = [];
  const faults: string[] = [];

  beforeAll(async () => {
    const { index } = await buildDemo('inspector');
    ({ createBroker } = (await import(index)) as typeof brokerModule);
    const entry = { peer: 'test/support/inspected-page.ts' };
    await build({
      ...demo,
      config: false,
      entry,
      outDir: folder,
      publicDir: false,
      clean: false,
      format: 'iife',
      silent: true,
    });
    browser = await chromium.launch({ executablePath: findBrowser('chromium'), args: CHROMIUM_ARGS });
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    for (const broker of brokers.splice(0)) await broker.close();
    expect(faults.splice(0)).toEqual([]);
  });

  return {
    fileUrl: pathToFileURL(resolve(join(folder, 'inspector/index.html'))).href,
    async serve() {
      const broker = await createBroker({ port: 0, inspectToken: TOKEN });
      brokers.push(broker);
      return { origin: broker.url.replace('ws', 'http').replace(/\/[^/]*$/, ''), broker };
    },
    async inspectPage(page) {
      await page.addScriptTag({ content: await readFile(join(folder, 'peer.global.js'), 'utf8') });
    },
    async openPage(url) {
      const context = await browser.newContext({
        viewport: { width: 1440, height: 900 },
        acceptDownloads: true,
      });
      const page = await context.newPage();
      page.on('pageerror', (error) => faults.push(String(error)));
      page.on('console', (line) => {
        if (line.text().includes('Content Security Policy')) faults.push(line.text());
      });
      await page.goto(url);
      return page;
    },
  };
}
