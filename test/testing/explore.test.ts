import { describe, expect, test } from 'vitest';
import { InBrowserHub } from '../../src/hubs/in-browser-hub.ts';
import { ReliableHub } from '../../src/hubs/reliable-hub.ts';
import { WebSocketHub } from '../../src/hubs/websocket-hub.ts';
import { ScenarioError } from '../../src/testing/counter-example.ts';
import { type ExploreOptions, explore, replay } from '../../src/testing/explore.ts';
import type { Host } from '../../src/testing/host.ts';
import type { Network } from '../../src/testing/network.ts';
import type { Scenario, Step } from '../../src/testing/scenario.ts';

async function errorOf<World>(scenario: Scenario<World>, options?: ExploreOptions): Promise<ScenarioError> {
  const error: unknown = await explore(scenario, options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ScenarioError);
  return error as ScenarioError;
}

/** Runs the test that a message ends with, as if it had been pasted into a file. */
async function pasted<World>(scenario: Scenario<World>, { message }: ScenarioError): Promise<void> {
  const code = message.slice(message.indexOf("test('"));
  const tests: (() => Promise<void>)[] = [];
  const define = (_title: string, body: () => Promise<void>) => tests.push(body);
  new Function('test', 'replay', 'scenario', code)(define, replay, scenario);
  expect(tests).toHaveLength(1);
  await tests[0]?.();
}

/** A till that adds up; it breaks at 20. */
const till: Scenario<{ sum: number }> = {
  setup: () => ({ sum: 0 }),
  actions: {
    add: {
      args: (chance) => [chance.integer(1, 9)],
      run: (world, amount: number) => {
        world.sum += amount;
      },
    },
    reset: {
      isPossible: ({ sum }) => sum > 0,
      run: (world) => {
        world.sum = 0;
      },
    },
  },
  faults: [],
  check({ sum }) {
    if (sum >= 20) throw new Error('the till is full');
  },
};

describe('explore', () => {
  test('[TS24] finds a failure, and the fewest steps to it', async () => {
    const error = await errorOf(till);
    expect(error.message).toMatch(
      /^the till is full\n\nThe run of seed \d+ failed after \d+ steps, and 3 are enough:/,
    );
    expect(error.steps.map(([name]) => name)).toEqual(['add', 'add', 'add']);
    expect(error.cause).toEqual(new Error('the till is full'));
  });

  test('[TS24] leaves out what is not needed, however many steps are', async () => {
    const rowing = {
      setup: () => ({ strokes: 0 }),
      actions: {
        ...Object.fromEntries([...'abcdefgh'].map((name) => [name, { run: () => {} }])),
        stroke: { run: (world: { strokes: number }) => world.strokes++ },
      },
      check({ strokes }: { strokes: number }) {
        if (strokes >= 12) throw new Error('there');
      },
    };
    const { steps } = await errorOf(rowing, { runs: 3, steps: 600 });
    expect(steps).toEqual(Array.from({ length: 12 }, () => ['stroke']));
  });

  test('[TS25] prints a test that repeats the failure', async () => {
    const error = await errorOf(till);
    await expect(pasted(till, error)).rejects.toThrow('the till is full');
    // And that passes once the application is mended.
    await pasted({ ...till, check: () => {} }, error);
  });

  test('[TS23] does the same steps, and sees the same events, for the same seed', async () => {
    const explored = async (seed: number) => {
      const events: unknown[] = [];
      await explore(talk(events), { seed, runs: 10, steps: 20 });
      return events;
    };
    const first = await explored(3);
    expect(first.length).toBeGreaterThan(30);
    expect(await explored(3)).toEqual(first);
    expect(await explored(4)).not.toEqual(first);
  });

  test('[TS23] says how often it has done what', async () => {
    const { runs, counts } = await explore(talk([]), { runs: 20, steps: 30 });
    expect(runs).toBe(20);
    for (const step of ['wait', 'say', 'setFaults', 'cutSockets', 'halfOpenSockets', 'crash', 'restart']) {
      expect(counts[step]).toBeGreaterThan(0);
    }
    for (const step of ['sleep', 'wake', 'crashBroker', 'stopBroker', 'startBroker']) {
      expect(counts[step]).toBeGreaterThan(0);
    }
  });

  test('[TS23] does no other faults than those that are named', async () => {
    const { counts } = await explore(
      { ...talk([]), faults: ['crash', 'stopBroker'] },
      { runs: 10, steps: 30 },
    );
    expect(Object.keys(counts).toSorted()).toEqual([
      'crash',
      'restart',
      'say',
      'startBroker',
      'stopBroker',
      'wait',
    ]);
  });

  test('[TS24] finds an application that loses what was on its way in a half-open socket', async () => {
    const scenario = talk([], (platform) => new WebSocketHub(platform.webSocketFactory, platform.options));
    scenario.faults = ['halfOpenSockets'];
    scenario.checkEnd = ({ said, heard }) => expect(heard).toEqual(said);
    await expect(explore({ ...scenario, faults: [] }, { runs: 10, steps: 20 })).resolves.toBeDefined();
    const error = await errorOf(scenario, { runs: 50, steps: 20 });
    const names = error.steps.map(([name]) => name);
    expect(names).toContain('halfOpenSockets');
    expect(names.length).toBeLessThanOrEqual(4);
    await expect(pasted(scenario, error)).rejects.toThrow();
  });

  test('[TS27] fails a run in which a listener throws, or a promise rejects', async () => {
    const action = (run: (hub: InBrowserHub) => unknown): Scenario<InBrowserHub> => ({
      setup: () => new InBrowserHub(),
      actions: { act: { run } },
      faults: [],
    });
    const throwing = action((hub) => {
      const endpoint = hub.openEndpoint('alice');
      endpoint.onConnectionOpen(() => {
        throw new Error('a listener threw');
      });
      endpoint.openConnection('alice', () => {});
    });
    expect((await errorOf(throwing)).message).toMatch(/^a listener threw\n/);
    const rejecting = action(() => Promise.reject(new Error('a promise rejected')));
    expect((await errorOf(rejecting)).steps).toEqual([['act']]);
    const direct = action(() => {
      throw new Error('the action threw');
    });
    expect((await errorOf(direct)).message).toMatch(/^the action threw\n/);
  });

  test('[TS27] says so where a failure depends on more than the steps', async () => {
    let runs = 0;
    const moody: Scenario<object> = {
      setup: () => {
        runs += 1;
        return {};
      },
      actions: {},
      checkEnd() {
        if (runs === 3) throw new Error('the third time');
      },
    };
    const { message, steps } = await errorOf(moody, { steps: 5 });
    expect(message).toMatch(
      /^the third time\n\nThe run of seed 3 failed after \d steps, and does not fail again:/,
    );
    expect(steps.length).toBeGreaterThan(0);
  });

  test('[TS28] heals everything before the end, and checks both in the end', async () => {
    const states: boolean[] = [];
    const looks: number[] = [];
    const scenario: Scenario<Network> = {
      setup: (network) => {
        network.addHost('alice', () => 0);
        return network;
      },
      actions: {},
      checkEnd: ({ hosts, broker }) => states.push(broker.isRunning, ...hosts.map(({ isAwake }) => isAwake)),
    };
    await explore(scenario, { runs: 20, steps: 10 });
    expect(new Set(states)).toEqual(new Set([true]));
    const late: Scenario<Network> = {
      setup: (network) => network,
      actions: {},
      checkEnd({ clock }) {
        looks.push(clock.now());
        if (clock.now() < 180_000) throw new Error('not yet');
      },
    };
    await replay(late, 1, []);
    expect(looks).toEqual([60_000, 120_000, 180_000]);
    await expect(replay({ ...late, recoveryMs: 1000 }, 1, [])).rejects.toThrow('not yet');
    const wrongInTheEnd: Scenario<Network> = {
      ...late,
      check({ clock }) {
        if (clock.now() > 100_000) throw new Error('too much');
      },
    };
    await expect(replay(wrongInTheEnd, 1, [])).rejects.toThrow('too much');
  });
});

describe('replay', () => {
  test('[TS25] leaves out steps that are not possible', async () => {
    const steps: Step[] = [['reset'], ['add', 9], ['restart', 'nobody'], ['wait', 10]];
    await replay(till, 1, steps);
    await expect(replay(till, 1, [...steps, ['add', 9], ['add', 9]])).rejects.toThrow('the till is full');
  });

  test('[TS29] refuses a step that is none, and names that are taken', async () => {
    const wrong = expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' });
    await expect(replay(till, 1, [['ad', 9]])).rejects.toThrow(wrong);
    const taken = { ...till, actions: { wait: { run: () => {} } } };
    await expect(explore(taken)).rejects.toThrow(wrong);
    await expect(explore(till, { runs: -1 })).rejects.toThrow(wrong);
    await expect(explore({ ...till, setup: undefined as never })).rejects.toThrow(wrong);
  });
});

interface Talk {
  alice: Host<{ say(text: string): void }>;
  said: string[];
  heard: string[];
}

type HubOf = (platform: Parameters<Parameters<Network['addHost']>[1]>[0]) => WebSocketHub;

/** Alice says something to bob whenever she is connected; everything that happens is an event. */
function talk(
  events: unknown[],
  hubOf: HubOf = reliable,
): Scenario<Talk> & { faults?: Scenario<Talk>['faults'] } {
  return {
    setup(network) {
      const said: string[] = [];
      const heard: string[] = [];
      const { clock } = network;
      const alice = network.addHost('alice', (platform) => {
        const endpoint = hubOf(platform).openEndpoint('alice');
        endpoint.onConnectionStateChange(({ state }) => events.push([clock.now(), state]));
        endpoint.openConnection('bob', () => {});
        return {
          say(text: string) {
            if (!endpoint.isConnected('bob')) return;
            said.push(text);
            events.push([clock.now(), 'says', text]);
            endpoint.send('bob', text);
          },
        };
      });
      network.addHost('bob', (platform) => {
        const endpoint = hubOf(platform).openEndpoint('bob');
        endpoint.onMessage = ({ message }) => {
          heard.push(message);
          events.push([clock.now(), 'hears', message]);
        };
      });
      return { alice, said, heard };
    },
    actions: {
      say: {
        isPossible: ({ alice }) => alice.isAwake,
        args: (chance) => [`number ${chance.integer(1, 1000)}`],
        run: ({ alice }, text: string) => alice.app.say(text),
      },
    },
  };
}

function reliable({ webSocketFactory, options }: Parameters<HubOf>[0]): WebSocketHub {
  return new ReliableHub(new WebSocketHub(webSocketFactory, options), options) as never;
}
