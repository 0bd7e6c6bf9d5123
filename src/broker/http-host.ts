import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { Server as TlsServer } from 'node:tls';
import { reasonOf, VnfError } from '../core/errors.ts';
import { log } from '../core/logger.ts';
import { BROKER } from './options.ts';

/** Takes a request to change to the WebSocket protocol. */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

interface HostOptions {
  host: string;
  port: number;
  /** A server of the application's, instead of one at `host` and `port`. */
  server: Server | undefined;
}

/** Answers a request that is no upgrade. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** Whose upgrade listener it is; one that is not here is the application's. */
const hostOf = new WeakMap<object, HttpHost>();

/** Where the broker is reached: an http server of its own, or the application's. It knows nothing of WebSockets. */
export class HttpHost {
  readonly #server: Server;
  readonly #own: boolean;
  readonly #host: string;
  readonly #upgrades = new Map<string, UpgradeHandler>();
  #closed: Promise<void> | undefined;

  private constructor({ host, server }: HostOptions, answer: RequestHandler) {
    this.#own = server === undefined;
    this.#server = server ?? createServer(answer);
    this.#host = host;
  }

  /**
   * @param answer - what a server of its own does with plain requests; the application's server answers its own
   * @throws VnfError ERR_ADDRESS_IN_USE, or ERR_INVALID_ARGUMENT for a place where nobody can listen.
   */
  static async open(options: HostOptions, answer: RequestHandler = answerPlainHttp): Promise<HttpHost> {
    const host = new HttpHost(options, answer);
    if (host.#own) await host.#listen(options.port);
    hostOf.set(host.#upgrade, host);
    host.#server.on('upgrade', host.#upgrade);
    return host;
  }

  /** Hands the upgrade requests of `path` to `handler`. */
  onUpgrade(path: string, handler: UpgradeHandler): void {
    this.#upgrades.set(path, handler);
  }

  /** `ws://HOST:PORT`, or `wss` where the server speaks TLS. */
  get origin(): string {
    const address = this.#server.address() as AddressInfo | string | null;
    if (address === null || typeof address === 'string') {
      throw new VnfError(
        'ERR_NOT_CONNECTED',
        "The broker has no url yet: call its server's listen with a port first.",
      );
    }
    const scheme = this.#server instanceof TlsServer ? 'wss' : 'ws';
    const host = this.#own ? this.#host : reachable(address.address);
    return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
  }

  /** Accepts nobody any more. */
  stopAccepting(): void {
    this.#server.off('upgrade', this.#upgrade);
    if (!this.#own) return;
    this.#closed = new Promise((resolve) => this.#server.close(() => resolve()));
  }

  /** Ends the plain requests that are still open, and frees the address. */
  async close(): Promise<void> {
    if (!this.#own) return;
    this.#server.closeAllConnections();
    await this.#closed;
  }

  async #listen(port: number): Promise<void> {
    const server = this.#server;
    const address = `${this.#host}:${port}`;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(address, error)));
      server.listen(port, this.#host, resolve);
    });
    server.removeAllListeners('error');
    server.on('error', (error) =>
      log.error('the http server failed', { endpoint: BROKER, reason: reasonOf(error), error }),
    );
    server.on('clientError', (error, socket) => refuse(socket, 400, reasonOf(error)));
  }

  readonly #upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const [path = ''] = (request.url ?? '').split('?', 1);
    const handler = this.#upgrades.get(path);
    if (handler !== undefined) handler(request, socket, head);
    else if (this.#isLastWithout(path)) refuse(socket, 404, 'no WebSocket lives at this path');
  };

  /** Whether it is up to this host to refuse: on the application's server another listener may know the path. */
  #isLastWithout(path: string): boolean {
    const hosts = this.#server.listeners('upgrade').map((listener) => hostOf.get(listener));
    return hosts.at(-1) === this && hosts.every((host) => host !== undefined && !host.#upgrades.has(path));
  }
}

/** Ends a connection that never became a WebSocket. */
export function refuse(socket: Duplex, status: 400 | 401 | 404, reason: string): void {
  log.warn('a connection was refused', { endpoint: BROKER, reason });
  socket.on('error', () => socket.destroy());
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const names = { 400: 'Bad Request', 401: 'Unauthorized', 404: 'Not Found' };
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${names[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function answerPlainHttp(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(426, { 'Content-Type': 'text/plain', Connection: 'close' });
  response.end('This is a VNF broker: connect with a WebSocket.\n');
}

/** An address that stands for all addresses is none to connect to. */
function reachable(address: string): string {
  return address === '::' || address === '0.0.0.0' ? 'localhost' : address;
}

function cannotListen(address: string, error: NodeJS.ErrnoException): VnfError {
  if (error.code === 'EADDRINUSE') {
    return new VnfError(
      'ERR_ADDRESS_IN_USE',
      `The broker cannot listen on ${address}, since another program does: end that one, or choose another port (0 picks a free one).`,
      { cause: error },
    );
  }
  return new VnfError('ERR_INVALID_ARGUMENT', `The broker cannot listen on ${address}: ${error.message}.`, {
    cause: error,
  });
}
