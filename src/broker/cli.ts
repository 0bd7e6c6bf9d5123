#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { reasonOf, VnfError } from '../core/errors.ts';
import { createBroker } from './broker.ts';

const USAGE = `Usage: vnf-broker [options]

Starts a broker, which introduces the endpoints of WebSocketHub to each other.

  --host HOST       where to listen (127.0.0.1; 0.0.0.0 for every network)
  --port PORT       where to listen (8080; 0 picks a free port)
  --path PATH       where on the server clients connect (/vnf-ws)
  --inspect TOKEN   lets who knows the token watch every connection, at /inspector
  --no-demo         serves no demo page at /
  --help            this text

Ctrl-C or SIGTERM closes it.`;

/** The exit code for a command line that makes no sense, as shells use it. */
const EXIT_USAGE = 2;

/** The exit code for a command line that is right, and cannot be followed here and now. */
const EXIT_FAILED = 1;

function fail(reason: string, exitCode: number): never {
  console.error(`vnf-broker: ${reason}`);
  process.exit(exitCode);
}

function readFlags() {
  try {
    const { values } = parseArgs({
      options: {
        host: { type: 'string', default: '127.0.0.1' },
        port: { type: 'string', default: '8080' },
        path: { type: 'string', default: '/vnf-ws' },
        inspect: { type: 'string' },
        'no-demo': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const { 'no-demo': isDemoOff, inspect: inspectToken, ...options } = values;
    const port = Number(options.port);
    if (!/^\d+$/.test(options.port) || port > 65_535) {
      throw new Error(`--port must be a whole number from 0 to 65535, but it is '${options.port}'`);
    }
    return { ...options, port, demo: !isDemoOff, inspectToken };
  } catch (error) {
    return fail(`${reasonOf(error)}\nTry 'vnf-broker --help'.`, EXIT_USAGE);
  }
}

const { help, ...options } = readFlags();
if (help) {
  console.log(USAGE);
} else {
  const broker = await createBroker(options).catch((error) =>
    fail(
      reasonOf(error),
      error instanceof VnfError && error.code === 'ERR_INVALID_ARGUMENT' ? EXIT_USAGE : EXIT_FAILED,
    ),
  );
  // Nothing keeps the process once the broker is closed; a second signal ends it at once, as by default.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => broker.close());
  console.log(`vnf broker listening on ${broker.url}`);
  const page = (path: string) => new URL(path, broker.url.replace(/^ws/, 'http'));
  if (options.demo) console.log(`demo at ${page('/')}`);
  if (options.inspectToken !== undefined) {
    console.log(`inspector at ${page(`/inspector#token=${encodeURIComponent(options.inspectToken)}`)}`);
  }
}
