import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';
import { type Browser, launch } from 'puppeteer-core';
import { installPackages } from './packages.ts';

export type Engine = 'chromium' | 'firefox';

interface EngineFacts {
  /** The environment variable that names one. */
  variable: string;
  /** Its names on the PATH, and where its installers put it on other systems. */
  names: string[];
  playwright?: () => string;
  /** The package of Debian and its descendants. */
  package: string;
}

const MAC = '/Applications';
const WINDOWS = process.env['PROGRAMFILES'] ?? 'C:\\Program Files';

const ENGINES: Record<Engine, EngineFacts> = {
  chromium: {
    variable: 'CHROME_PATH',
    names: [
      'chromium',
      'chromium-browser',
      'google-chrome',
      'google-chrome-stable',
      `${MAC}/Google Chrome.app/Contents/MacOS/Google Chrome`,
      `${WINDOWS}\\Google\\Chrome\\Application\\chrome.exe`,
    ],
    playwright: () => chromium.executablePath(),
    package: 'chromium',
  },
  firefox: {
    variable: 'FIREFOX_PATH',
    names: [
      'firefox-esr',
      'firefox',
      `${MAC}/Firefox.app/Contents/MacOS/firefox`,
      `${WINDOWS}\\Mozilla Firefox\\firefox.exe`,
    ],
    package: 'firefox-esr',
  },
};

/**
 * The path of a browser: the one that `CHROME_PATH` or `FIREFOX_PATH` names, else the system's, else Playwright's.
 *
 * @throws Error where there is none, or none at the path that was named
 */
export function findBrowser(engine: Engine, env: NodeJS.ProcessEnv = process.env): string {
  const { variable, names, playwright, package: name } = ENGINES[engine];
  const named = env[variable];
  if (named !== undefined) {
    if (isExecutable(named)) return named;
    throw new Error(`${variable} names ${named}, which is no program: name one, or unset it.`);
  }
  const folders = (env['PATH'] ?? '').split(delimiter);
  const candidates = names.flatMap((name) =>
    /[\\/]/.test(name) ? name : folders.map((folder) => join(folder, name)),
  );
  const found = [...candidates, ...(playwright ? [playwright()] : [])].find(isExecutable);
  if (found !== undefined) return found;
  const other = playwright ? ', or "npx playwright-core install chromium"' : '';
  throw new Error(
    `No ${engine} was found: install one (Debian: "apt-get install ${name}"${other}), or name it in ${variable}.`,
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Installs the browsers that are missing, where that may be: as root of a Debian, else Playwright's Chromium. */
export function installBrowsers(engines: Engine[]): void {
  const missing = engines.filter(
    (engine) => process.env[ENGINES[engine].variable] === undefined && !isFound(engine),
  );
  installPackages(missing.map((engine) => ENGINES[engine].package));
  if (!missing.includes('chromium') || isFound('chromium')) return;
  console.log("Installing Playwright's Chromium.");
  spawnSync('npx', ['playwright-core', 'install', 'chromium'], { stdio: 'inherit' });
}

function isFound(engine: Engine): boolean {
  try {
    findBrowser(engine);
    return true;
  } catch {
    return false;
  }
}

/** For any driver: what a Chromium needs to run here, and to connect data channels on loopback. */
export const CHROMIUM_ARGS = [
  // Chromium's own sandbox refuses to run as root.
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  '--disable-gpu',
  '--js-flags=--expose-gc',
  '--disable-quic',
  '--disable-features=WebRtcHideLocalIpsWithMdns',
  '--allow-loopback-in-peer-connection',
  // As in a tab that is looked at: background tabs run their timers once a second.
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
];

/**
 * Starts a browser without a window, with an empty profile, whose data channels connect on loopback.
 *
 * @param preferences - of Firefox, besides
 * @throws Error as {@link findBrowser}
 */
export function launchBrowser(engine: Engine, preferences: Record<string, unknown> = {}): Promise<Browser> {
  const executablePath = findBrowser(engine);
  if (engine === 'firefox') {
    return launch({
      browser: 'firefox',
      executablePath,
      extraPrefsFirefox: {
        'media.peerconnection.ice.loopback': true,
        'media.peerconnection.ice.obfuscate_host_addresses': false,
        ...preferences,
      },
    });
  }
  return launch({
    executablePath,
    args: CHROMIUM_ARGS,
  });
}
