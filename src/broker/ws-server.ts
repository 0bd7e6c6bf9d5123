import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, WebSocketServer } from 'ws';
import { reasonOf } from '../core/errors.ts';
import { refuse, type UpgradeHandler } from './http-host.ts';
import type { BrokerSocket, SocketListener } from './session.ts';

/** Takes a socket that has just opened. */
export type AcceptSocket = (socket: BrokerSocket) => SocketListener;

/** The most fragments of one message: clients send whole frames, and nobody needs a message of single bytes. */
const MAX_FRAGMENTS = 1024;

/** The least that the pieces of a frame carry on their way: fewer bytes than the smallest packet of any network. */
const SMALLEST_CHUNK_BYTES = 256;

/** So many bytes are worth a write of their own: what is longer gains nothing by waiting. */
const FULL_BYTES = 16_384;

/**
 * What is sent in one turn of the event loop leaves every socket in as few writes as it can: one costs more than all
 * else that is done with a short message.
 */
class Corks {
  readonly #corked = new Set<Duplex>();
  #endOfTurn: NodeJS.Immediate | undefined;

  /** Writes to the stream, and holds that until the turn is over or there is enough of it. */
  write(stream: Duplex, write: () => void): void {
    if (!this.#corked.has(stream)) {
      this.#endOfTurn ??= setImmediate(this.#releaseAll);
      this.#corked.add(stream);
      stream.cork();
    }
    write();
    if (stream.writableLength >= FULL_BYTES) this.#release(stream);
  }

  #release(stream: Duplex): void {
    this.#corked.delete(stream);
    stream.uncork();
  }

  readonly #releaseAll = (): void => {
    this.#endOfTurn = undefined;
    for (const stream of this.#corked) this.#release(stream);
  };
}

/** Turns upgrade requests into sockets of the broker. All that is known of `ws` is here. */
export function webSocketUpgrades(maxFrameBytes: number, accept: AcceptSocket): UpgradeHandler {
  const server = new WebSocketServer({
    noServer: true,
    // The broker has its own table of sessions.
    clientTracking: false,
    // What is compressed can be a bomb, and costs memory for every socket.
    perMessageDeflate: false,
    maxPayload: maxFrameBytes,
    maxFragments: MAX_FRAGMENTS,
    maxBufferedChunks: Math.max(64, Math.ceil(maxFrameBytes / SMALLEST_CHUNK_BYTES)),
  });
  const corks = new Corks();
  server.on('wsClientError', (error, socket) => refuse(socket, 400, reasonOf(error)));
  return (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    const {
      socket: { remoteAddress = 'unknown', remotePort = 0 },
    } = request;
    server.handleUpgrade(request, stream, head, (socket) => {
      const listener = accept({
        remote: `${remoteAddress}:${remotePort}`,
        // As bytes, which is what has to be counted while it waits.
        send: (frame) => corks.write(stream, () => socket.send(Buffer.from(frame), { binary: false })),
        getBufferedBytes: () => socket.bufferedAmount,
        getReceivedBytes: () => request.socket.bytesRead,
        ping: () => socket.ping(),
        close: (code, reason) => socket.close(code, reason),
        terminate: () => socket.terminate(),
      });
      let failure: string | undefined;
      socket.on('message', (data: RawData, isBinary: boolean) => {
        if (isBinary) listener.malformed('a binary frame');
        else listener.message(data.toString());
      });
      socket.on('pong', () => listener.pong());
      // `close` follows an error at once.
      socket.on('error', (error) => {
        failure = reasonOf(error);
        listener.malformed(failure);
      });
      socket.on('close', (code) => listener.closed(failure ?? `the socket closed with code ${code}`));
    });
  };
}
