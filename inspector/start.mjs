// Starts a broker that can be watched, with the demo to watch, and opens the inspector's page.
//
//   npm run inspector [-- PORT]
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { buildIfNeeded } from '../examples/main-job/build.mjs';

await buildIfNeeded();
const { createBroker } = await import('../dist/broker/index.js');
const inspectToken = randomBytes(12).toString('base64url');
const broker = await createBroker({ port: Number(process.argv[2] ?? 8080), demo: true, inspectToken });
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => broker.close());

const page = new URL(`/inspector#token=${inspectToken}`, broker.url.replace(/^ws/, 'http')).href;
console.log(`inspector at ${page}`);
console.log(
  `attach with throughWebSocket('${new URL(`/inspector/attach?token=${inspectToken}`, broker.url).href}')`,
);
console.log('Ctrl-C ends it.');

const openers = { darwin: ['open'], win32: ['cmd', '/c', 'start', ''] };
const [program, ...args] = openers[process.platform] ?? ['xdg-open'];
// Where there is no desktop, the address has to do.
spawn(program, [...args, page], { stdio: 'ignore', detached: true })
  .on('error', () => {})
  .unref();
