import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { startBroker } from '../broker/raw-client.ts';
import { bundleAll } from '../support/bundle.ts';

const FOLDER = 'examples/seed';
const SERVER = '"wss://<server-host-name>/webbroker/vnf-ws"';
const CONVERSATION = [
  'Endpoint-1 established connection to endpoint2-name, status is: CONNECTED',
  'Endpoint-2 got a message from endpoint endpoint1-name, message is: How are you?',
  'Endpoint-1 got a message from endpoint endpoint2-name, message is: I am good!',
  'Endpoint 1 is closing connection to endpoint2-name',
  'Endpoint-2 lost connection to endpoint1-name, releasing endpoints',
];

const examples = readdirSync(FOLDER, { withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map(({ name }) => name.replace('.mjs', ''));

/** The snippets of the seed by the names of their files. */
const seed = new Map(
  [...readFileSync('test/examples/seed.md', 'utf8').matchAll(/^## ([^\n]+)\n```js\n(.*?)```$/gms)].map(
    ([, name = '', code = '']) => [name, linesOf(code)],
  ),
);

function linesOf(code: string): string[] {
  const lines = code.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '' && line !== '...');
}

function read(name: string): string[] {
  return linesOf(readFileSync(`${FOLDER}/${name}.mjs`, 'utf8'));
}

/** `lines` without what stands before and after `part`. */
function occurrence(lines: string[], part: string[]): string[] {
  const start = lines.indexOf(part[0] ?? '');
  return lines.slice(start, start + part.length);
}

test('[EX1] every snippet of the seed is an example, and every example one of them', () => {
  expect(examples.toSorted()).toEqual([...seed.keys()].toSorted());
});

test.each(examples)("[EX1] %s has the seed's lines, unchanged but for the server", (name) => {
  const snippet = (seed.get(name) ?? []).map((line) => line.replace(SERVER, 'server'));
  expect(occurrence(read(name), snippet)).toEqual(snippet);
});

test.each([
  ['support/conversation', 'in-browser-hub', '// Listening to messages'],
  ['support/entry', 'in-browser-registry', 'Promise.resolve()'],
])('[EX1] %s is the rest of %s', (name, whole, firstLine) => {
  const snippet = seed.get(whole) ?? [];
  const rest = snippet.slice(snippet.indexOf(firstLine));
  expect(occurrence(read(name), rest)).toEqual(rest);
});

describe('each in a process of its own', () => {
  let folder: string;

  beforeAll(async () => {
    const entry = Object.fromEntries(examples.map((name) => [name, `${FOLDER}/${name}.mjs`]));
    folder = await bundleAll('examples', entry);
  });

  test.each(examples)('[EX2] %s runs, says what it should, and ends by itself', async (name) => {
    const { url } = await startBroker({ path: '/webbroker/vnf-ws' });
    // A code other than 0 rejects; so does a process that does not end.
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [`${folder}/${name}.js`, url], {
      timeout: 25_000,
    });
    expect(stderr).toBe('');
    expect(stdout.trimEnd().split('\n')).toEqual(name.includes('registry') ? ['done'] : CONVERSATION);
  });
});
