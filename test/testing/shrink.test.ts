import { expect, test } from 'vitest';
import { shrink } from '../../src/testing/shrink.ts';

const letters = [...'abcdefghijklmnopqrstuvwxyz'];
const fails = (isWrong: (list: readonly string[]) => boolean) => async (list: readonly string[]) =>
  isWrong(list);

test('[TS26] leaves out whatever is not needed', async () => {
  const needed = ['c', 'm', 'n', 'z'];
  const found = await shrink(
    letters,
    fails((list) => needed.every((letter) => list.includes(letter))),
  );
  expect(found).toEqual(needed);
});

test('[TS26] leaves out what can only go together', async () => {
  const isWrong = (list: readonly string[]) =>
    list.includes('k') && list.includes('d') === list.includes('w');
  expect(await shrink(letters, fails(isWrong))).toEqual(['k']);
});

test('[TS26] comes to nothing where everything fails, and to all where all is needed', async () => {
  expect(
    await shrink(
      letters,
      fails(() => true),
    ),
  ).toEqual([]);
  expect(
    await shrink(
      letters,
      fails((list) => list.length === letters.length),
    ),
  ).toEqual(letters);
});

test('[TS26] tries 2000 lists at most', async () => {
  let trials = 0;
  const long = Array.from({ length: 500 }, (_, at) => at);
  const found = await shrink(long, async (list) => {
    trials += 1;
    return list.length > 400;
  });
  expect(trials).toBeLessThanOrEqual(2000);
  expect(found.length).toBe(401);
});
