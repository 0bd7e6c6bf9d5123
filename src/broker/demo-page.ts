import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { invalidArgument, reasonOf } from '../core/errors.ts';
import { log } from '../core/logger.ts';
import { BROKER } from './options.ts';

/** The built page: beside the folder of the broker's own build (tsup.config.ts). */
const FOLDER = new URL('../demo/', import.meta.url);

/** Each path with the file that is served there; no path of a request is ever one of a file. */
const FILES = new Map([
  ['/', { file: 'index.html', type: 'text/html; charset=utf-8' }],
  ['/style.css', { file: 'style.css', type: 'text/css; charset=utf-8' }],
  ['/demo.js', { file: 'demo.js', type: 'text/javascript; charset=utf-8' }],
]);

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

/** Answers plain http requests with the demo's files. @internal */
export class DemoPage {
  readonly #brokerPath: string;

  /**
   * @param brokerPath - where on this server clients connect
   * @throws VnfError ERR_INVALID_ARGUMENT where that is, as browsers read it, one of the demo's own paths
   */
  constructor(brokerPath: string) {
    const own = [...FILES.keys(), BROKER_JSON];
    if (own.includes(new URL(`http://broker${brokerPath}`).pathname)) {
      throw invalidArgument(
        `The broker's path must be none of the demo's (${own.join(', ')}) unless the demo is left out`,
        brokerPath,
      );
    }
    this.#brokerPath = brokerPath;
  }

  readonly answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { status, type, body, headers } = await this.#find(request);
    response.writeHead(status, {
      'Content-Type': type,
      'Content-Length': Buffer.byteLength(body),
      // A new version of the package is seen at once.
      'Cache-Control': 'no-cache',
      'Content-Security-Policy': policyFor(request.headers.host),
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      ...headers,
    });
    // Of an answer to HEAD, Node sends the headers alone.
    response.end(body);
  };

  async #find({ method, url = '' }: IncomingMessage): Promise<Answer> {
    const [path = ''] = url.split('?', 1);
    const served = FILES.get(path);
    if (path === this.#brokerPath) return text(426, 'This is a VNF broker: connect with a WebSocket.');
    if (served === undefined && path !== BROKER_JSON) {
      return text(404, 'Nothing is at this path; the demo is at /.');
    }
    if (method !== 'GET' && method !== 'HEAD') {
      return text(405, 'The demo can only be read: use GET or HEAD.', { Allow: 'GET, HEAD' });
    }
    if (served === undefined) {
      return { status: 200, type: 'application/json', body: JSON.stringify({ path: this.#brokerPath }) };
    }
    const { file, type } = served;
    try {
      return { status: 200, type, body: await readFile(new URL(file, FOLDER)) };
    } catch (error) {
      log.error('a file of the demo cannot be read', { endpoint: BROKER, reason: reasonOf(error) });
      return text(404, "The demo's files are not there: build the package with npm run build.");
    }
  }
}

/** The page's own files and the broker, and nothing else: what a peer sends can load nothing from elsewhere. */
function policyFor(host = ''): string {
  // Older browsers do not count WebSockets to this origin as 'self'. A name that is none of a host is left out.
  const sockets = /^[\w.:[\]-]+$/.test(host) ? ` ws://${host} wss://${host}` : '';
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
