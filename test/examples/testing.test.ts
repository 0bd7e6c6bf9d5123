import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { bundle } from '../support/bundle.ts';

test('[EX3] the application of examples/testing passes its test', async () => {
  const file = await bundle('example-testing', 'examples/testing/orders.test.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, ['--test', '--test-reporter', 'tap', file], {
    timeout: 25_000,
  });
  expect(stdout).toContain('\n# pass 1\n# fail 0\n');
});
