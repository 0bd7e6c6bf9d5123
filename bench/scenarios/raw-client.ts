import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const TEXT_FRAME = 0x81;
const MASKED = 0x80;

/** A WebSocket as bytes: what its frames hold is nobody's business here, so that the server does nearly all the work. */
export async function open(url: string): Promise<Socket> {
  const { hostname, port, pathname } = new URL(url);
  const socket = connect(Number(port), hostname);
  const lines = [
    `GET ${pathname} HTTP/1.1`,
    `Host: ${hostname}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
  ];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  await once(socket, 'data');
  return socket;
}

/** A client of the broker, logged in. */
export async function login(url: string, eva: string): Promise<Socket> {
  const socket = await open(url);
  socket.write(frameOf(`0 LOGIN\n${eva}`));
  await once(socket, 'data');
  return socket;
}

/** The head of a frame, without what a client adds. */
function headOf(length: number): number[] {
  if (length > 65_535) throw new RangeError(`A frame of the bench has at most 65535 bytes, not ${length}.`);
  return length > 125 ? [TEXT_FRAME, 126, length >> 8, length & 255] : [TEXT_FRAME, length];
}

/** How many bytes a text takes as a frame of the server. */
export function frameLength(text: string): number {
  const length = Buffer.byteLength(text);
  return headOf(length).length + length;
}

/** A text as a client sends it. */
export function frameOf(text: string): Buffer {
  const payload = Buffer.from(text);
  const head = headOf(payload.length);
  head[1] = (head[1] ?? 0) | MASKED;
  const mask = randomBytes(4);
  for (let index = 0; index < payload.length; index += 1) {
    payload[index] = (payload[index] ?? 0) ^ (mask[index & 3] ?? 0);
  }
  return Buffer.concat([Buffer.from(head), mask, payload]);
}
