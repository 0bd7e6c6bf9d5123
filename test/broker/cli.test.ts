import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { beforeAll, describe, expect, test } from 'vitest';
import { bundle } from '../support/bundle.ts';
import { afterwards, RawClient, startBroker } from './raw-client.ts';

let cli: string;

beforeAll(async () => {
  cli = await bundle('broker', 'src/broker/cli.ts');
});

function run(...flags: string[]): ChildProcess {
  const child = spawn(process.execPath, [cli, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  afterwards(() => child.kill('SIGKILL'));
  return child;
}

/** Runs it to its end. */
async function finish(...flags: string[]): Promise<{ code: number; output: string; errors: string }> {
  const child = run(...flags);
  let output = '';
  let errors = '';
  child.stdout?.on('data', (data) => {
    output += data;
  });
  child.stderr?.on('data', (data) => {
    errors += data;
  });
  const [code] = await once(child, 'close');
  return { code, output, errors };
}

describe('vnf-broker', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    '[BR56] says where it listens, serves, and ends on %s',
    async (signal) => {
      const child = run('--host', '127.0.0.1', '--port', '0');
      const exited = once(child, 'exit');
      const [line] = await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line');
      const url = /^vnf broker listening on (ws:\/\/127\.0\.0\.1:\d+\/vnf-ws)$/.exec(line)?.[1] ?? '';
      const alice = await RawClient.login(url, 'alice');
      child.kill(signal);
      expect((await alice.closed).code).toBe(1001);
      expect(await exited).toEqual([0, null]);
    },
  );

  test('[BR57] prints its flags', async () => {
    const { code, output } = await finish('--help');
    expect(code).toBe(0);
    for (const flag of ['--host', '--port', '--path', '--no-demo', '--help']) expect(output).toContain(flag);
  });

  test.each([
    [['--prot', '1'], '--prot'],
    [['--port', 'http'], "--port must be a whole number from 0 to 65535, but it is 'http'"],
    [['--port', '65536'], '--port must be'],
    [['--port'], '--port'],
    [['8080'], '8080'],
    [['--path', 'vnf-ws'], 'path'],
  ])('[BR57] says what is wrong with %j', async (flags, words) => {
    const { code, output, errors } = await finish(...flags);
    expect(errors).toContain(words);
    expect(code).toBe(2);
    expect(output).toBe('');
  });

  test('[BR57] says that the port is taken', async () => {
    const { url } = await startBroker();
    const { port } = new URL(url);
    const { code, errors } = await finish('--port', port);
    expect(errors).toContain(`127.0.0.1:${port}`);
    expect(code).toBe(1);
  });
});
