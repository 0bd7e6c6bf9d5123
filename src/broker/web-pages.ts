import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { invalidArgument, reasonOf } from '../core/errors.ts';
import { log } from '../core/logger.ts';
import { BROKER } from './options.ts';

/** The built pages: beside the folder of the broker's own build (tsup.config.ts). */
const FOLDER = new URL('../', import.meta.url);

interface ServedFile {
  file: string;
  type: string;
}

const HTML = 'text/html; charset=utf-8';
const CSS = 'text/css; charset=utf-8';
const SCRIPT = 'text/javascript; charset=utf-8';

/** Each path with the file that is served there; no path of a request is ever one of a file. */
const DEMO: [string, ServedFile][] = [
  ['/', { file: 'demo/index.html', type: HTML }],
  ['/style.css', { file: 'demo/style.css', type: CSS }],
  ['/demo.js', { file: 'demo/demo.js', type: SCRIPT }],
];

const INSPECTOR: [string, ServedFile][] = [
  ['/inspector', { file: 'inspector/index.html', type: HTML }],
  ['/inspector/', { file: 'inspector/index.html', type: HTML }],
  ['/inspector.css', { file: 'inspector/inspector.css', type: CSS }],
  ['/inspector.js', { file: 'inspector/inspector.js', type: SCRIPT }],
  ['/inspector/inspector.css', { file: 'inspector/inspector.css', type: CSS }],
  ['/inspector/inspector.js', { file: 'inspector/inspector.js', type: SCRIPT }],
];

/** Where the page finds out on which path of its server the broker is. */
const BROKER_JSON = '/broker.json';

interface Answer {
  status: number;
  type: string;
  body: Buffer | string;
  headers?: Record<string, string>;
}

const text = (status: number, sentence: string, headers: Record<string, string> = {}): Answer => ({
  status,
  type: 'text/plain; charset=utf-8',
  body: `${sentence}\n`,
  headers,
});

/** Which pages a broker serves. */
export interface WebPagesOptions {
  /** Where on this server clients connect. */
  path: string;
  demo: boolean;
  inspector: boolean;
}

/** Answers plain http requests with the files of the demo and the inspector. @internal */
export class WebPages {
  readonly #brokerPath: string;
  readonly #files: ReadonlyMap<string, ServedFile>;
  readonly #hint: string;

  /** @throws VnfError ERR_INVALID_ARGUMENT where the broker's path is, as browsers read it, one of the pages' own */
  constructor({ path, demo, inspector }: WebPagesOptions) {
    this.#brokerPath = path;
    this.#files = new Map([...(demo ? DEMO : []), ...(inspector ? INSPECTOR : [])]);
    const relay = inspector ? ['/inspector/attach', '/inspector/watch'] : [];
    const own = [...this.#files.keys(), ...relay, BROKER_JSON];
    if (own.includes(new URL(`http://broker${path}`).pathname)) {
      const pages = [...(demo ? ['demo'] : []), ...(inspector ? ['inspector'] : [])];
      const owners = `the ${pages.join("'s and the ")}`;
      const leftOut = `the ${pages.join(' and the ')} ${pages.length > 1 ? 'are' : 'is'} left out`;
      const reason = `The broker's path must be none of ${owners}'s (${own.join(', ')}) unless ${leftOut}`;
      throw invalidArgument(reason, path);
    }
    const places = [
      ...(demo ? ['the demo is at /'] : []),
      ...(inspector ? ['the inspector is at /inspector'] : []),
    ];
    this.#hint = places.join(', ');
  }

  readonly answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { status, type, body, headers } = await this.#find(request);
    response.writeHead(status, {
      'Content-Type': type,
      'Content-Length': Buffer.byteLength(body),
      // A new version of the package is seen at once.
      'Cache-Control': 'no-cache',
      'Content-Security-Policy': policyFor(request),
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      ...headers,
    });
    // Of an answer to HEAD, Node sends the headers alone.
    response.end(body);
  };

  async #find({ method, url = '' }: IncomingMessage): Promise<Answer> {
    const [path = ''] = url.split('?', 1);
    const served = this.#files.get(path);
    if (path === this.#brokerPath) return text(426, 'This is a VNF broker: connect with a WebSocket.');
    if (served === undefined && path !== BROKER_JSON) {
      return text(404, `Nothing is at this path; ${this.#hint}.`);
    }
    if (method !== 'GET' && method !== 'HEAD') {
      return text(405, 'This can only be read: use GET or HEAD.', { Allow: 'GET, HEAD' });
    }
    if (served === undefined) {
      return { status: 200, type: 'application/json', body: JSON.stringify({ path: this.#brokerPath }) };
    }
    const { file, type } = served;
    try {
      return { status: 200, type, body: await readFile(new URL(file, FOLDER)) };
    } catch (error) {
      log.error('a file of a page cannot be read', { endpoint: BROKER, reason: reasonOf(error) });
      return text(404, "The page's files are not there: build the package with npm run build.");
    }
  }
}

/** The page's own files and the broker, and nothing else: what a peer sends can load nothing from elsewhere. */
function policyFor({ url = '', headers: { host = '' } }: IncomingMessage): string {
  // Older browsers do not count WebSockets to this origin as 'self'. A name that is none of a host is left out.
  const own = /^[\w.:[\]-]+$/.test(host) ? ` ws://${host} wss://${host}` : '';
  // The inspector is told which brokers it is to watch.
  const sockets = url.startsWith('/inspector') ? ' ws: wss:' : own;
  const directives = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    'img-src data:',
    `connect-src 'self'${sockets}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return directives.join('; ');
}
