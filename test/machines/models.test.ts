import { afterAll, describe, expect, test } from 'vitest';
import { connectionMachine } from '../../machines/connection.machine.ts';
import { brokerSessionModel } from './models/broker-session.ts';
import { connectionModel } from './models/connection.ts';
import { explore, type Findings } from './models/explorer.ts';
import { reliableSessionModel } from './models/reliable-session.ts';
import { rtcSignalingModel } from './models/rtc-signaling.ts';
import { websocketLinkModel } from './models/websocket-link.ts';

/** Each machine is explored once; each test looks at another side of what was found. */
const explorations: Record<string, Findings> = {
  connection: explore(connectionModel),
  'websocket-link': explore(websocketLinkModel),
  'broker-session': explore(brokerSessionModel),
  'reliable-session': explore(reliableSessionModel),
  'rtc-signaling': explore(rtcSignalingModel),
};

describe.each(Object.entries(explorations))('%s', (_name, { problems, unused, coverage, deadEnds }) => {
  test('[MD1, MD4] does in every moment that can be reached what its table says, and closes what it opens', () => {
    expect(problems).toEqual([]);
  });

  test('[MD2] has a table of which every answer is given', () => {
    expect(unused).toEqual([]);
  });

  test('[MD3] takes every one of its transitions', () => {
    expect(coverage.missing).toEqual([]);
  });

  test('[MD5] can come to an end from everywhere', () => {
    expect(deadEnds).toEqual([]);
  });
});

describe('the explorer', () => {
  const exploreWith = (implementations: Parameters<typeof connectionMachine.provide>[0]) =>
    explore({ ...connectionModel, machine: connectionMachine.provide(implementations) });

  test.each<[string, Parameters<typeof exploreWith>[0], string]>([
    [
      'a guard that lets too much through',
      { guards: { isCurrentAttempt: () => true } },
      'expected ["connecting.',
    ],
    ['a command that is missing', { actions: { disconnect: () => {} } }, 'said expected ["disconnect",'],
    [
      'a delay that never ends',
      { delays: { retryDelay: Number.POSITIVE_INFINITY } },
      'connecting.delaying × after',
    ],
  ])('[MD1, MD2] finds %s', (_name, implementations, finding) => {
    const { problems, unused } = exploreWith(implementations);
    expect([...problems, ...unused].join('\n')).toContain(finding);
  });

  test('[MD3] finds a transition that nothing takes', () => {
    const { coverage } = exploreWith({ guards: { hasRetriesLeft: () => false } });
    expect(coverage.missing).toEqual([
      expect.stringContaining(
        'xstate.after.establishTimeout.connection.connecting.attempting [hasRetriesLeft]',
      ),
    ]);
  });
});

afterAll(() => {
  const line = (name: string, ...numbers: (string | number)[]) =>
    name.padEnd(18) + numbers.map((number) => String(number).padStart(13)).join('');
  const lines = Object.entries(explorations).map(([name, { moments, edges, coverage }]) => {
    const taken = coverage.total - coverage.missing.length;
    return line(
      name,
      moments,
      edges,
      `${taken}/${coverage.total}`,
      `${Math.floor((100 * taken) / coverage.total)} %`,
    );
  });
  console.info([line('machine', 'moments', 'edges', 'transitions', 'covered'), ...lines].join('\n'));
});
