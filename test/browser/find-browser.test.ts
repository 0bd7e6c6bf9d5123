import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findBrowser } from '../support/browsers.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vnf-browsers-'));
  for (const name of ['chromium', 'firefox-esr', 'another'])
    await writeFile(join(folder, name), '', { mode: 0o755 });
  await writeFile(join(folder, 'no-program'), '', { mode: 0o644 });
});

afterAll(() => rm(folder, { recursive: true }));

test('[PG2] the browser that CHROME_PATH or FIREFOX_PATH names comes first', () => {
  const another = join(folder, 'another');
  expect(findBrowser('chromium', { PATH: folder, CHROME_PATH: another })).toBe(another);
  expect(findBrowser('firefox', { PATH: folder, FIREFOX_PATH: another })).toBe(another);
});

test('[PG2] then one of the system', () => {
  expect(findBrowser('chromium', { PATH: `/nowhere:${folder}` })).toBe(join(folder, 'chromium'));
  expect(findBrowser('firefox', { PATH: folder })).toBe(join(folder, 'firefox-esr'));
});

test('[PG2] where there is none, one sentence says how to get one', () => {
  expect(() => findBrowser('firefox', { PATH: '/nowhere' })).toThrow(
    'No firefox was found: install one (Debian: "apt-get install firefox-esr"), or name it in FIREFOX_PATH.',
  );
  expect(() => findBrowser('chromium', { CHROME_PATH: join(folder, 'no-program') })).toThrow(
    /^CHROME_PATH names .*no-program, which is no program: name one, or unset it\.$/,
  );
});
