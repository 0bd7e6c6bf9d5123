import { afterEach } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { type Broker, createBroker } from '../../src/broker/broker.ts';
import type { BrokerOptions } from '../../src/broker/options.ts';

interface Closed {
  code: number;
  reason: string;
}

/** What a test opened, closed again after it. */
const opened: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

/** Does `close` after the test that runs, the newest first. */
export function afterwards(close: () => unknown): void {
  opened.push(close);
}

/** A broker on a free port, for one test. */
export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const broker = await createBroker({ host: '127.0.0.1', port: 0, ...options });
  afterwards(() => broker.close());
  return broker;
}

/** A client that speaks frames: a bare WebSocket, and what came over it. */
export class RawClient {
  readonly socket: WebSocket;
  readonly closed: Promise<Closed>;
  readonly #frames: string[] = [];
  readonly #readers: ((frame: string) => void)[] = [];

  private constructor(url: string, options: ClientOptions) {
    this.socket = new WebSocket(url, { perMessageDeflate: false, ...options });
    this.socket.on('message', (data) => {
      const frame = data.toString();
      const reader = this.#readers.shift();
      if (reader === undefined) this.#frames.push(frame);
      else reader(frame);
    });
    this.socket.on('error', () => {});
    this.closed = new Promise((resolve) =>
      this.socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() })),
    );
  }

  static async open(url: string, options: ClientOptions = {}): Promise<RawClient> {
    const client = new RawClient(url, options);
    afterwards(() => client.socket.terminate());
    await new Promise((resolve, reject) => client.socket.once('open', resolve).once('error', reject));
    return client;
  }

  /** A client that holds `eva`. */
  static async login(url: string, eva: string, options: ClientOptions = {}): Promise<RawClient> {
    const client = await RawClient.open(url, options);
    const answer = await client.call(`0 LOGIN\n${eva}`);
    if (answer !== '0 LOGIN\nOK') throw new Error(`the broker said ${answer}`);
    return client;
  }

  /** The frames that came and that nobody has read. */
  get unread(): readonly string[] {
    return this.#frames;
  }

  send(frame: string): void {
    this.socket.send(frame);
  }

  /** The next frame that comes, or has come. */
  next(): Promise<string> {
    const frame = this.#frames.shift();
    if (frame !== undefined) return Promise.resolve(frame);
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  call(frame: string): Promise<string> {
    this.send(frame);
    return this.next();
  }
}
