import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Lobby } from '../../src/demo/lobby.ts';
import type { Occupant } from '../../src/demo/occupants.ts';
import { InBrowserRegistry } from '../../src/index.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function open(registry: InBrowserRegistry, eva: string) {
  const client = registry.connect(eva);
  const lists: Occupant[][] = [];
  const problems: string[] = [];
  const isNeeded = vi.fn(() => true);
  const lobby = new Lobby({
    eva,
    registry: client,
    isNeeded,
    onOccupants: (occupants) => lists.push(occupants),
    onProblem: (reason) => problems.push(reason),
  });
  return { client, lobby, lists, problems, isNeeded };
}

describe('the lobby', () => {
  test('[DM5] sees whoever comes and goes', async () => {
    const registry = new InBrowserRegistry();
    const [ada, bob] = [open(registry, 'ada'), open(registry, 'bob')];
    bob.lobby.enter('kitchen', 'Bob');
    await vi.advanceTimersByTimeAsync(1500);
    expect(ada.lists.at(-1)).toEqual([{ eva: 'bob', room: 'kitchen', name: 'Bob' }]);
    bob.lobby.leave();
    await vi.advanceTimersByTimeAsync(1500);
    expect(ada.lists.at(-1)).toEqual([]);
    expect([...ada.problems, ...bob.problems]).toEqual([]);
  });

  test('[DM5] asks for nothing while nobody needs the list', async () => {
    const ada = open(new InBrowserRegistry(), 'ada');
    ada.isNeeded.mockReturnValue(false);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(ada.lists).toEqual([]);
  });

  test('[DM5] has one question at a time, and asks again what became old meanwhile', async () => {
    const ada = open(new InBrowserRegistry(), 'ada');
    const question = vi.spyOn(ada.client, 'getEntriesWithBody');
    let answer = (_entries: Record<string, unknown>) => {};
    question.mockReturnValueOnce(
      new Promise((resolve) => {
        answer = resolve;
      }),
    );
    ada.lobby.look();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(question).toHaveBeenCalledTimes(1);
    answer({});
    await vi.advanceTimersByTimeAsync(0);
    expect(question).toHaveBeenCalledTimes(2);
    expect(ada.lists).toHaveLength(2);
  });

  test('[DM18] tells what the broker refuses, and goes on', async () => {
    const ada = open(new InBrowserRegistry(), 'ada');
    vi.spyOn(ada.client, 'createOrUpdate').mockRejectedValueOnce('TOO_MANY');
    vi.spyOn(ada.client, 'getEntriesWithBody').mockRejectedValueOnce('NO');
    ada.lobby.enter('kitchen', 'Ada');
    ada.lobby.look();
    await vi.advanceTimersByTimeAsync(1500);
    expect(ada.problems.sort()).toEqual(['NO', 'TOO_MANY']);
    expect(ada.lists).toEqual([[]]);
  });
});
