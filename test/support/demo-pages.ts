import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { Engine } from './browsers.ts';
import { buildDemo } from './demo.ts';
import { type DemoBrowser, launchDemoBrowser } from './demo-tabs.ts';
import { DemoUser } from './demo-user.ts';

/** A broker in a process of its own, which can be killed and started again at the same place. */
export class BrokerProcess {
  readonly url: string;
  readonly #cli: string;
  #child: ChildProcess;

  private constructor(cli: string, child: ChildProcess, url: string) {
    this.#cli = cli;
    this.#child = child;
    this.url = url;
  }

  static async start(cli: string): Promise<BrokerProcess> {
    const [child, url] = await spawnBroker(cli, '0');
    return new BrokerProcess(cli, child, url);
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  async restart(): Promise<void> {
    [this.#child] = await spawnBroker(this.#cli, new URL(this.url).port);
  }
}

async function spawnBroker(cli: string, port: string): Promise<[ChildProcess, string]> {
  const child = spawn(process.execPath, [cli, '--port', port], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const url = /^demo at (.*)$/.exec(line)?.[1];
    if (url !== undefined) return [child, url];
  }
  throw new Error('The broker ended before it said where the demo is.');
}

/** What a test of the demo works with. */
export interface DemoPages {
  /** A broker of this test's own. */
  startBroker(): Promise<BrokerProcess>;
  /** Somebody with a page, in a context of its own as on another device. */
  openPage(engine: Engine, url: string, width?: number): Promise<DemoUser>;
}

/**
 * One browser of each engine for all tests of a file; what a test opened is closed after it. A test fails where a page
 * threw, or tried what its policy forbids.
 */
export function useDemoPages(engines: readonly Engine[]): DemoPages {
  let cli: string;
  const browsers = new Map<Engine, DemoBrowser>();
  const brokers: BrokerProcess[] = [];
  const faults: string[] = [];

  beforeAll(async () => {
    ({ cli } = await buildDemo('browser-demo'));
    for (const engine of engines) browsers.set(engine, await launchDemoBrowser(engine));
  });
  afterAll(async () => {
    for (const browser of browsers.values()) await browser.close();
  });
  afterEach(async () => {
    for (const browser of browsers.values()) await browser.clear();
    for (const broker of brokers.splice(0)) await broker.kill();
    expect(faults.splice(0)).toEqual([]);
  });

  return {
    async startBroker() {
      const broker = await BrokerProcess.start(cli);
      brokers.push(broker);
      return broker;
    },
    async openPage(engine, url, width) {
      const browser = browsers.get(engine) as DemoBrowser;
      const size = width === undefined ? {} : { width };
      const tab = await browser.open({
        url,
        ...size,
        before: rememberConnections,
        onFault: (fault) => faults.push(`${engine}: ${fault}`),
      });
      const user = new DemoUser(tab);
      await user.sees('#broker .badge', 'connected');
      return user;
    },
  };
}

/** Runs in the page, before its own script: keeps its peer connections, so that a test can cut them. */
function rememberConnections(): void {
  const connections: RTCPeerConnection[] = [];
  const Original = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Original {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      connections.push(this);
    }
  };
  Object.assign(window, {
    cutConnections: () => {
      const open = connections.splice(0).filter(({ connectionState }) => connectionState === 'connected');
      for (const connection of open) connection.close();
      return open.length;
    },
  });
}
