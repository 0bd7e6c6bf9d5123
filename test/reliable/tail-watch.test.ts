import { expect, test } from 'vitest';
import { TailWatch } from '../../src/reliable/tail-watch.ts';

/** HEARTBEATs, as their GAPBEGINs and how many messages had been sent when they came. */
type Heard = [gapBegin: number, sent: number];

/** What is sent again after each, `-` for nothing. */
function answersTo(watch: TailWatch, ...heartbeats: Heard[]): string[] {
  return heartbeats.map(([gapBegin, sent]) => {
    const missing = watch.heard(gapBegin, sent);
    return missing === undefined ? '-' : `${missing.begin}-${missing.end}`;
  });
}

const times = (count: number, heard: Heard): Heard[] => Array.from({ length: count }, () => heard);

test('[RL6] covers only what had been sent before the first of the equal HEARTBEATs', () => {
  expect(answersTo(new TailWatch(), [3, 3], [3, 5], [3, 6], [3, 6])).toEqual(['-', '-', '3-4', '-']);
});

test('[RL12] sends everything again once, then only the last message, after 2, 4, 8… equal HEARTBEATs in a row', () => {
  const answers = answersTo(new TailWatch(), ...times(17, [4, 10]));
  const answered = answers.flatMap((answer, at) => (answer === '-' ? [] : [[at, answer]]));
  expect(answered).toEqual([
    [1, '4-9'],
    [3, '9-9'],
    [7, '9-9'],
    [15, '9-9'],
  ]);
});

test('[RL12] what arrives in between begins the row anew', () => {
  const answers = answersTo(new TailWatch(), ...times(3, [4, 10]), ...times(3, [5, 10]));
  expect(answers).toEqual([...['-', '4-9', '-'], ...['-', '-', '9-9']]);
});

test('[RL12] is impatient again once all that had been sent at the last resend has arrived', () => {
  const heartbeats: Heard[] = [[4, 10], [4, 12], ...times(2, [11, 20]), ...times(2, [12, 20])];
  expect(answersTo(new TailWatch(), ...heartbeats)).toEqual(['-', '4-9', '-', '-', '-', '12-19']);
});

test('[RL12] counts what is sent after an interruption as sent again', () => {
  const watch = new TailWatch();
  watch.sentAgain(4, 10);
  expect(answersTo(watch, ...times(2, [4, 10]))).toEqual(['-', '9-9']);
});

test('[RL12] a HEARTBEAT that names a gap ends the row', () => {
  const watch = new TailWatch();
  expect(answersTo(watch, [4, 10])).toEqual(['-']);
  watch.interrupted(4);
  expect(answersTo(watch, ...times(2, [4, 10]))).toEqual(['-', '4-9']);
});
