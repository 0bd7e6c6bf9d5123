import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Lobby } from '../../src/demo/lobby.ts';
import { OCCUPANTS, type Occupant } from '../../src/demo/occupants.ts';
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
  const refusals: string[] = [];
  const isNeeded = vi.fn(() => true);
  const lobby = new Lobby({
    eva,
    registry: client,
    isNeeded,
    onOccupants: (occupants) => lists.push(occupants),
    onRefusal: (reason) => refusals.push(reason),
  });
  return { client, lobby, lists, refusals, isNeeded };
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
    expect(new Set([...ada.refusals, ...bob.refusals])).toEqual(new Set(['']));
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

  test('[DM18] tells what the broker refuses, until it has taken it', async () => {
    const ada = open(new InBrowserRegistry(), 'ada');
    const announce = vi.spyOn(ada.client, 'createOrUpdate');
    for (let count = 0; count < 3; count += 1) announce.mockRejectedValueOnce('TOO_MANY');
    ada.lobby.enter('kitchen', 'Ada');
    await vi.advanceTimersByTimeAsync(0);
    // By itself, and by the look after it.
    expect(ada.refusals).toEqual(['TOO_MANY', 'TOO_MANY']);
    await vi.advanceTimersByTimeAsync(3000);
    expect(ada.refusals.slice(2)).toEqual(['TOO_MANY', '']);
    await vi.advanceTimersByTimeAsync(1500);
    expect(ada.lists.at(-1)).toEqual([{ eva: 'ada', room: 'kitchen', name: 'Ada' }]);
    expect(announce).toHaveBeenCalledTimes(4);
  });

  test('[DM18] tells that the list is refused, until it is there again', async () => {
    const ada = open(new InBrowserRegistry(), 'ada');
    vi.spyOn(ada.client, 'getEntriesWithBody').mockRejectedValueOnce('NO');
    ada.lobby.look();
    await vi.advanceTimersByTimeAsync(1500);
    expect(ada.refusals).toEqual(['NO', '']);
  });

  test('[DM18] goes on to say who is here while somebody else has taken the place', async () => {
    const registry = new InBrowserRegistry();
    const ada = open(registry, 'ada');
    const mallory = registry.connect('mallory');
    const key = { collection: OCCUPANTS, name: 'ada' };
    await mallory.createEntry(key, { room: 'attic', name: 'Mallory' });
    ada.lobby.enter('kitchen', 'Ada');
    await vi.advanceTimersByTimeAsync(1500);
    expect(ada.refusals.at(-1)).toBe('UPDATE_FAILED_DUE_TO_OWNERSHIP_CHECK');
    await mallory.deleteEntry(key);
    await vi.advanceTimersByTimeAsync(3000);
    expect(ada.refusals.at(-1)).toBe('');
    expect(ada.lists.at(-1)).toEqual([{ eva: 'ada', room: 'kitchen', name: 'Ada' }]);
  });

  test('[DM18] says nothing of leaving where it never came in', async () => {
    const ada = open(new InBrowserRegistry(), 'ada');
    ada.lobby.leave();
    await vi.advanceTimersByTimeAsync(1500);
    expect(ada.refusals.every((reason) => reason === '')).toBe(true);
  });
});
