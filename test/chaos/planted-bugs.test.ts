import { afterEach, describe, expect, test, vi } from 'vitest';
import type { AnyStateMachine } from 'xstate';
import { brokerModel } from './broker.ts';
import { type ChaosModel, explore } from './chaos.ts';
import { reliableModel } from './reliable.ts';
import { rtcModel } from './rtc.ts';

type Implementation = (...all: unknown[]) => unknown;

interface Bug {
  /** What does nothing. */
  actions?: RegExp;
  /** What always holds. */
  guards?: RegExp;
}

const planted = vi.hoisted(() => ({ bug: {} as Bug, count: 0 }));

/** The machine as it is, but for the bug that is in it at the moment. */
function withBug<M extends AnyStateMachine>(machine: M): M {
  const provided = machine.implementations as unknown as Record<'actions' | 'guards', object>;
  const breaking = (kind: 'actions' | 'guards', outcome: unknown) => {
    // XState's own, such as `assign`, keep what they are in fields.
    const own = Object.entries(provided[kind]).filter(([, each]) => Object.keys(each).length === 0);
    const broken = own.map(([name, implementation]: [string, Implementation]) => [
      name,
      (...all: unknown[]) => {
        if (planted.bug[kind]?.test(name) !== true) return implementation(...all);
        planted.count += 1;
        return outcome;
      },
    ]);
    return Object.fromEntries(broken);
  };
  return machine.provide({ actions: breaking('actions', undefined), guards: breaking('guards', true) }) as M;
}

vi.mock('../../machines/reliable-session.machine.ts', async (load) => {
  const real = await load<typeof import('../../machines/reliable-session.machine.ts')>();
  return { ...real, reliableSessionMachine: withBug(real.reliableSessionMachine) };
});

vi.mock('../../machines/websocket-link.machine.ts', async (load) => {
  const real = await load<typeof import('../../machines/websocket-link.machine.ts')>();
  return { ...real, websocketLinkMachine: withBug(real.websocketLinkMachine) };
});

vi.mock('../../machines/rtc-signaling.machine.ts', async (load) => {
  const real = await load<typeof import('../../machines/rtc-signaling.machine.ts')>();
  return { ...real, rtcSignalingMachine: withBug(real.rtcSignalingMachine) };
});

afterEach(() => {
  planted.bug = {};
  planted.count = 0;
});

const find = (model: ChaosModel, bug: Bug): Promise<string> => {
  planted.bug = bug;
  return explore(model, { runs: 2000, seed: 1 }).then(
    () => 'nothing was found',
    (error: Error) => error.message,
  );
};

describe('two peers under faults', () => {
  test.each<[string, ChaosModel, Bug, RegExp]>([
    [
      'an id check that is left out',
      reliableModel,
      { guards: /^isOfSession$/ },
      /was closed, and nobody has closed/,
    ],
    [
      'a retransmission that does nothing',
      reliableModel,
      { actions: /^resend/ },
      /not everything has arrived/,
    ],
    [
      'a late event of an old socket that counts',
      brokerModel,
      { guards: /^isCurrentSocket$/ },
      /sends over a socket that is|closes a socket that is well/,
    ],
    [
      'a close that does not wait for what was sent',
      reliableModel,
      { guards: /^isDelivered$/ },
      /was closed with \d of \d messages/,
    ],
    ['a socket that stays open', brokerModel, { actions: /^closeSocket$/ }, /has left open/],
    ['a peer connection that stays open', rtcModel, { actions: /^closePeer$/ }, /has left open/],
    ['a rescue that is not sent', rtcModel, { actions: /^sendRestart$/ }, /not everything has arrived/],
  ])('[CH5] find %s', { timeout: 120_000 }, async (_name, model, bug, complaint) => {
    expect(await find(model, bug)).toMatch(complaint);
    expect(planted.count).toBeGreaterThan(0);
  });

  test('[CH6] print what plays a failed run again, and its commands as a test', {
    timeout: 120_000,
  }, async () => {
    const report = await find(reliableModel, { actions: /^resend/ });
    const [, seed, path] = /--model reliable --seed (\d+) --path ([\d:]+)$/m.exec(report) ?? [];
    expect(report).toMatch(/^ {2}\['say what it shows', reliableModel, \[\n( {4}\['[^\n]*\],\n)+ {2}\]\],$/m);
    const again = explore(reliableModel, { runs: 1, seed: Number(seed), path });
    await expect(again).rejects.toThrow(/not everything has arrived/);
  });
});
