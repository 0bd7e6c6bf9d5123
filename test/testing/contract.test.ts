import { describe, expect, test } from 'vitest';
import type { ParentEndpoint } from '../../src/core/contracts.ts';
import type { HubOptions } from '../../src/core/options.ts';
import { InBrowserHub } from '../../src/hubs/in-browser-hub.ts';
import { InBrowserRegistry } from '../../src/registry/in-browser-registry.ts';
import type { RegistryClient } from '../../src/registry/registry-client.ts';
import type { TestFunctions } from '../../src/testing/contract.ts';
import { type HubAbilities, runHubContract } from '../../src/testing/hub-contract.ts';
import { runRegistryContract } from '../../src/testing/registry-contract.ts';
import { captureLog } from '../support/log.ts';
import { overrideHub } from '../support/override-hub.ts';

captureLog();

/** What a contract declares, as a test runner hears of it. */
function collect(declare: (functions: TestFunctions) => void) {
  const cases: { title: string; body: () => Promise<void> }[] = [];
  const skipped: string[] = [];
  const it = (title: string, body: () => Promise<void>) => cases.push({ title, body });
  it.skip = (title: string) => skipped.push(title);
  declare({ describe: (_title, body) => body(), it });
  /** Runs the cases of a rule, and returns how each of them failed. */
  async function failures(rule: string): Promise<string[]> {
    const chosen = cases.filter(({ title }) => title.startsWith(`[${rule}]`));
    expect(chosen.length).toBeGreaterThan(0);
    const outcomes = await Promise.all(chosen.map(({ body }) => body().then(() => '', String)));
    return outcomes.filter((outcome) => outcome !== '');
  }
  return { cases, skipped, failures };
}

/** The contract for a hub in memory, some members of whose endpoints are wrong. */
function broken(overrides: (endpoint: ParentEndpoint) => object) {
  const setup = () => {
    const memory = new InBrowserHub();
    const openEndpoint = (eva: string) => overrideHub(memory, overrides).openEndpoint(eva);
    return { newHub: () => ({ openEndpoint }) };
  };
  return collect((functions) => runHubContract({ name: 'a broken hub', setup }, functions));
}

function memory(supports: HubAbilities) {
  const setup = (options?: HubOptions) => {
    const hub = new InBrowserHub(options);
    return { newHub: () => hub };
  };
  return collect((functions) => runHubContract({ name: 'memory', setup, supports }, functions));
}

describe('runHubContract', () => {
  test('[TS6] skips what a hub does not support, and says so', () => {
    const rulesOf = (ability: keyof HubAbilities) => {
      const { skipped } = memory({ anyValue: true, [ability]: false });
      const mine = skipped.filter((title) => title.includes(`(not supported: ${ability}`));
      return [...new Set(mine.map((title) => title.slice(1, title.indexOf(']'))))];
    };
    expect(rulesOf('states')).toEqual(['HC14', 'HC15', 'HC20']);
    expect(rulesOf('ordered')).toEqual(['HC16', 'HC5', 'HC6', 'HC9', 'HC24']);
    const ofBackpressure = ['BP1, BP2', 'BP3', 'BP4', 'BP5'];
    expect(rulesOf('largeMessages')).toEqual(['HC6', ...ofBackpressure, 'HC21']);
    expect(rulesOf('backpressure')).toEqual(ofBackpressure);
    expect(rulesOf('anyValue')).toEqual(['HC30']);
    expect(rulesOf('reliable')).toContain('HC5');
  });

  test('[TS6] declares every other case, in both directions where it has two sides', () => {
    const { cases, skipped } = memory({});
    expect(skipped).toEqual(['[HC30] carries any JSON value of any length (not supported: anyValue)']);
    expect(cases.filter(({ title }) => title.startsWith('[HC1]'))).toHaveLength(2);
  });

  test.each<[rule: string, what: string, overrides: (endpoint: ParentEndpoint) => object]>([
    [
      'HC1',
      'tells its callback twice',
      (endpoint) => ({
        openConnection: (eva: string, callback: (event: never) => void) =>
          endpoint.openConnection(eva, (event) => {
            callback(event as never);
            callback(event as never);
          }),
      }),
    ],
    [
      'HC5',
      'repeats messages',
      (endpoint) => ({
        send: (eva: string, text: string) => {
          endpoint.send(eva, text);
          endpoint.send(eva, text);
        },
      }),
    ],
    [
      'HC6',
      'trims texts',
      (endpoint) => ({ send: (eva: string, text: string) => endpoint.send(eva, text.trim()) }),
    ],
    [
      'HC14',
      'forgets the state before',
      (endpoint) => ({
        onConnectionStateChange: (listener: (event: object) => void) =>
          endpoint.onConnectionStateChange?.((event) => listener({ ...event, previous: undefined })),
      }),
    ],
    [
      'HC26',
      'throws an error of its own',
      () => ({
        send: () => {
          throw new Error('this hub cannot send anything at all');
        },
      }),
    ],
    ['HC27', 'needs its object', () => ({ destroy: undefined })],
  ])(
    '[TS7] fails %s for a hub that %s',
    async (rule, _what, overrides) => {
      expect(await broken(overrides).failures(rule)).not.toEqual([]);
    },
    30_000,
  );
});

describe('runRegistryContract', () => {
  test('[TS7] fails the rule of ownership for a registry that forgets it', async () => {
    const registries = () => {
      const registry = new InBrowserRegistry();
      const owner = registry.connect('owner');
      return {
        connect: (eva: string): RegistryClient => ({
          ...registry.connect(eva),
          createEntry: owner.createEntry,
          createOrUpdate: owner.createOrUpdate,
          deleteEntry: owner.deleteEntry,
        }),
      };
    };
    const { failures } = collect((functions) =>
      runRegistryContract({ name: 'nobody’s', setup: registries }, functions),
    );
    expect(await failures('RG3')).toHaveLength(2);
    expect(await failures('RG4')).toEqual([]);
  });
});
