import { expect, test } from 'vitest';
import { RepeatLog } from '../../src/core/repeat-log.ts';
import { captureLog } from '../support/log.ts';

const log = captureLog();
const warnings = () =>
  log.filter(({ level }) => level === 'warn').map(({ peer, reason }) => `${peer} ${reason}`);

test('[EP7] warns of each reason once for each peer, and logs the rest at debug', () => {
  const repeats = new RepeatLog();
  for (let count = 0; count < 1000; count += 1) {
    for (const peer of ['alice', 'bob']) repeats.warn('dropped', { peer, reason: 'garbage' });
  }
  expect(warnings()).toEqual(['alice garbage', 'bob garbage']);
  expect(log.length).toBe(2000);
});

test('[EP7] warns of sixteen reasons of one peer, whatever it makes up', () => {
  const repeats = new RepeatLog();
  for (let count = 0; count < 1000; count += 1)
    repeats.warn('dropped', { peer: 'mallory', reason: `${count}` });
  expect(warnings().length).toBe(16);
});

test('[EP7] warns again of a peer that was forgotten, or that a thousand others have followed', () => {
  const repeats = new RepeatLog();
  repeats.warn('dropped', { peer: 'alice', reason: 'garbage' });
  repeats.forget('alice');
  repeats.warn('dropped', { peer: 'alice', reason: 'garbage' });
  for (let count = 0; count < 1000; count += 1)
    repeats.warn('dropped', { peer: `${count}`, reason: 'garbage' });
  repeats.warn('dropped', { peer: 'alice', reason: 'garbage' });
  expect(warnings().filter((line) => line.startsWith('alice')).length).toBe(3);
});
