import { expect, test } from 'vitest';
import { createActor } from 'xstate';
import {
  reliableSessionMachine,
  type SessionEvent,
  type SessionTransport,
} from '../../machines/reliable-session.machine.ts';

/** A HEARTBEAT that comes when so many messages have been sent. */
const heartbeat = (gapBegin: number, gapEnd = -1, sent = 10): SessionEvent => ({
  type: 'frame.heartbeat',
  to: 'own-1',
  from: 'remote-1',
  gapBegin,
  gapEnd,
  sent,
});

/** What a connected session sends again at each event, `-` for nothing. */
function answersTo(...events: SessionEvent[]): string[] {
  const answers: string[] = [];
  let answer = '-';
  const nothing = () => {};
  const transport: SessionTransport = {
    send: nothing,
    sendHeartbeat: nothing,
    openDataPath: nothing,
    closeDataPath: nothing,
    holdMessages: nothing,
    releaseMessages: () => {
      answer = 'release';
    },
    acknowledge: nothing,
    resend: (begin, end) => {
      answer = `${begin}-${end}`;
    },
    openParent: nothing,
    reopenParent: nothing,
    restartSilence: nothing,
  };
  const actor = createActor(reliableSessionMachine, { input: { transport, own: 'own-1' } });
  actor.start();
  actor.send({ type: 'open' });
  actor.send({ type: 'frame.accept', to: 'own-1', from: 'remote-1' });
  for (const event of events) {
    answer = '-';
    actor.send(event);
    answers.push(answer);
  }
  return answers;
}

const times = (count: number, event: SessionEvent) => Array.from({ length: count }, () => event);

test('[RL6] covers only what had been sent before the first of the equal HEARTBEATs', () => {
  const answers = answersTo(
    heartbeat(3, -1, 3),
    heartbeat(3, -1, 5),
    heartbeat(3, -1, 6),
    heartbeat(3, -1, 6),
  );
  expect(answers).toEqual(['-', '-', '3-4', '-']);
});

test('[RL12] sends everything again once, then only the last message, after 2, 4, 8… equal HEARTBEATs in a row', () => {
  const answers = answersTo(...times(17, heartbeat(4)));
  const answered = answers.flatMap((answer, at) => (answer === '-' ? [] : [[at, answer]]));
  expect(answered).toEqual([
    [1, '4-9'],
    [3, '9-9'],
    [7, '9-9'],
    [15, '9-9'],
  ]);
});

test('[RL12] what arrives in between begins the row anew', () => {
  expect(answersTo(...times(3, heartbeat(4)), ...times(3, heartbeat(5)))).toEqual([
    ...['-', '4-9', '-'],
    ...['-', '-', '9-9'],
  ]);
});

test('[RL12] is impatient again once all that had been sent at the last resend has arrived', () => {
  const answers = answersTo(
    heartbeat(4),
    heartbeat(4, -1, 12),
    ...times(2, heartbeat(11, -1, 20)),
    ...times(2, heartbeat(12, -1, 20)),
  );
  expect(answers).toEqual(['-', '4-9', '-', '-', '-', '12-19']);
});

test('[RL12] counts what is sent after an interruption as sent again', () => {
  const answers = answersTo({ type: 'parent.down' }, { type: 'parent.up' }, ...times(3, heartbeat(4)));
  expect(answers).toEqual(['-', '-', 'release', '-', '9-9']);
});

test('[RL13] a gap that is being filled is not answered again, one that stays at the 1st, 2nd, 4th… repetition', () => {
  const answers = answersTo(heartbeat(3, 6), heartbeat(4, 6), ...times(6, heartbeat(5, 6)), heartbeat(7, 8));
  expect(answers).toEqual(['3-6', '-', '-', '5-6', '5-6', '-', '5-6', '-', '7-8']);
});
