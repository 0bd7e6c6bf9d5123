import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { bundle } from '../support/bundle.ts';

test('[RH33] opens and closes 200 connections in one process, which then ends by itself', async () => {
  const script = await bundle('rtc-cycles', 'test/support/rtc-cycles.ts');
  // A crash or a code other than 0 rejects.
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [script], { timeout: 60_000 });
  expect(JSON.parse(stdout)).toEqual({ code: 0, cycles: 200, made: expect.any(Number), open: 0 });
  expect(JSON.parse(stdout).made).toBeGreaterThanOrEqual(400);
  expect(stderr.split('\n').filter((line) => line !== '' && !line.includes('vnf'))).toEqual([]);
  // 6 s on two idle cores; the limit is for a process that never ends.
}, 90_000);

// Where /proc is not, nothing tells what a process holds.
test.runIf(process.platform === 'linux')(
  '[RH43] holds no more descriptors and threads after 40 connections than before, with nothing collected',
  async () => {
    const script = await bundle('rtc-descriptors', 'test/support/rtc-descriptors.ts');
    // In a heap that is not full nothing is collected, which would hide what waits for that.
    const { stdout } = await promisify(execFile)(process.execPath, ['--max-semi-space-size=64', script], {
      timeout: 60_000,
    });
    const { before, after } = JSON.parse(stdout);
    expect(after).toEqual(before);
  },
  90_000,
);
