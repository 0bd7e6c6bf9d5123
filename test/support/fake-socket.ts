import type { WebSocketLike, WebSocketSource } from '../../src/websocket/web-socket.ts';

type Handler = (event: { target: FakeSocket; data?: unknown; message?: string }) => unknown;

/** A socket that a test drives from the broker's side; it has no more than the library may rely on. */
export class FakeSocket implements WebSocketLike {
  onopen: Handler | null = null;
  onmessage: Handler | null = null;
  onclose: Handler | null = null;
  onerror: Handler | null = null;
  /** Every frame that was sent. */
  readonly sent: string[] = [];
  #taken = 0;
  /** Whether the library has closed it. */
  closed = false;

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.closed = true;
  }

  /** The broker accepts the socket. */
  open(): void {
    this.onopen?.({ target: this });
  }

  /** The broker sends a frame. */
  receive(data: unknown): void {
    this.onmessage?.({ target: this, data });
  }

  /** The socket breaks. */
  break(message?: string): void {
    if (message !== undefined) this.onerror?.({ target: this, message });
    this.onclose?.({ target: this });
  }

  /** The header of the newest frame whose command is this one. */
  header(command: string): string {
    const frame = this.sent.findLast((text) => text.split('\n')[0]?.endsWith(` ${command}`));
    if (frame === undefined) throw new Error(`no ${command} was sent, but ${JSON.stringify(this.sent)}`);
    return frame.split('\n')[0] as string;
  }

  /** The broker answers the newest call of this command. */
  answer(command: string, result?: string): void {
    this.receive(result === undefined ? this.header(command) : `${this.header(command)}\n${result}`);
  }

  /** Opens, and accepts the LOGIN. */
  login(): void {
    this.open();
    this.answer('LOGIN', 'OK');
  }

  /** The frames since the last look, but for LOGIN. */
  take(): string[] {
    const frames = this.sent.slice(this.#taken);
    this.#taken = this.sent.length;
    return frames.filter((text) => !text.split('\n')[0]?.endsWith(' LOGIN'));
  }
}

/** A factory that keeps its sockets. */
export class FakeSockets implements WebSocketSource {
  readonly all: FakeSocket[] = [];

  readonly newWebSocket = (): FakeSocket => {
    const socket = new FakeSocket();
    this.all.push(socket);
    return socket;
  };

  /** The newest socket. */
  get last(): FakeSocket {
    const socket = this.all.at(-1);
    if (socket === undefined) throw new Error('no socket was opened');
    return socket;
  }
}
