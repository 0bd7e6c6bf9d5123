import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'puppeteer-core';
import { launchBrowser } from '../../test/support/browsers.ts';
import type {} from '../scenarios/page.ts';

/** Runs `use` with a page that has loaded the built library with a script tag, as users do, and the scenarios. */
export async function withPage<T>(use: (page: Page) => Promise<T>): Promise<T> {
  const scripts: Record<string, string> = {
    '/vnf.js': 'dist/browser/vnf.global.js',
    '/page.js': 'node_modules/.cache/vnf-bench/page.js',
  };
  // A page without an origin has no WebRTC.
  const server = createServer((request, response) => {
    const path = scripts[request.url ?? ''];
    response.setHeader('content-type', path === undefined ? 'text/html' : 'text/javascript');
    response.end(
      path === undefined
        ? '<!doctype html><script src="/vnf.js"></script><script src="/page.js"></script>'
        : readFileSync(path),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await launchBrowser('chromium');
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    return await use(page);
  } finally {
    await browser.close();
    server.close();
  }
}
