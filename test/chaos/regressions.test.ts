import { test } from 'vitest';
import { brokerModel } from './broker.ts';
import { type ChaosModel, type Command, play } from './chaos.ts';
import { rtcModel } from './rtc.ts';

/** What has failed once: what it shows, and the shortest list of commands, as the failure printed it. */
const FOUND: readonly [shows: string, model: ChaosModel, commands: readonly Command[]][] = [
  [
    'a HANDSHAKE that crosses the end of the connection connects nobody to nobody',
    brokerModel,
    [
      ['flow', 0],
      ['open', 'a'],
      ['close', 'a'],
      ['open', 'b'],
    ],
  ],
  [
    'a HANDSHAKE that was given up while the broker was away connects nobody to nobody',
    brokerModel,
    [
      ['open', 'a'],
      ['cut', 'a'],
      ['flow', 3000],
      ['advance', 1000],
      ['open', 'b'],
      ['advance', 16_000],
    ],
  ],
  [
    'whoever sends to a process that has started anew learns of it',
    brokerModel,
    [
      ['open', 'a'],
      ['flow', 0],
      ['restart', 'b'],
    ],
  ],
  [
    'a CLOSE-CONNECTION that reached nobody is made up for',
    brokerModel,
    [
      ['open', 'a'],
      ['flow', 0],
      ['break', 'b', 'both'],
      ['close', 'a'],
      ['cut', 'b'],
      ['flow', 0],
      ['break', 'a', 'nobody'],
    ],
  ],
  [
    'a channel is saved also where the other side has lost its end of the signaling connection',
    rtcModel,
    [['open', 'b'], ['flow', 3000], ['cutUnnoticed', 'b'], ['roam']],
  ],
];

test.each(FOUND)('[CH7] %s', async (_shows, model, commands) => {
  await play(model, commands);
});
