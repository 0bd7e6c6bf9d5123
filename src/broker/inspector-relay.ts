import { createHash, timingSafeEqual } from 'node:crypto';
import type { ChannelListener, InspectChannel } from '../inspect/channels.ts';
import { createInspector } from '../inspect/inspector.ts';
import { type HttpHost, refuse, type UpgradeHandler } from './http-host.ts';
import { BROKER } from './options.ts';
import type { BrokerSocket, SocketListener } from './session.ts';
import { type AcceptSocket, webSocketUpgrades } from './ws-server.ts';

/** So much may wait for one viewer, in bytes; what is more it never gets. */
const MOST_WAITING_BYTES = 8 * 2 ** 20;

interface Viewer {
  readonly socket: BrokerSocket;
  /** The name that it gave itself; a receiver of `@xstate/inspect` has none. */
  name: string | undefined;
  dropped: number;
}

/** Hands what inspected processes tell to all viewers, and what viewers ask to all processes, of which this is one. */
export class InspectorRelay {
  readonly #token: Buffer;
  readonly #processes = new Set<(text: string) => void>();
  readonly #viewers = new Set<Viewer>();
  readonly #sockets = new Set<BrokerSocket>();
  readonly #inspector = createInspector({ name: BROKER, channel: this.#ownChannel() });
  readonly inspect = this.#inspector.inspect;

  constructor(host: HttpHost, token: string, { maxFrameBytes }: { maxFrameBytes: number }) {
    this.#token = digest(token);
    const upgrades = (accept: AcceptSocket) =>
      this.#guarded(webSocketUpgrades(maxFrameBytes, (socket) => this.#keep(socket, accept(socket))));
    host.onUpgrade(
      '/inspector/attach',
      upgrades((socket) => this.#attach(socket)),
    );
    host.onUpgrade(
      '/inspector/watch',
      upgrades((socket) => this.#watch(socket)),
    );
  }

  /** Cuts everybody who is attached. */
  close(): void {
    this.#inspector.close();
    for (const socket of this.#sockets) socket.terminate();
  }

  #guarded(handler: UpgradeHandler): UpgradeHandler {
    return (request, socket, head) => {
      const { searchParams } = new URL(request.url ?? '', 'ws://broker');
      if (timingSafeEqual(digest(searchParams.get('token') ?? ''), this.#token))
        handler(request, socket, head);
      else refuse(socket, 401, 'the token of the inspector is wrong or missing');
    };
  }

  #keep(socket: BrokerSocket, listener: SocketListener): SocketListener {
    this.#sockets.add(socket);
    return {
      ...listener,
      closed: (reason) => {
        this.#sockets.delete(socket);
        listener.closed(reason);
      },
    };
  }

  #attach(socket: BrokerSocket): SocketListener {
    const tell = (text: string) => socket.send(text);
    this.#processes.add(tell);
    // A viewer with a name answers the greeting of the process itself.
    if ([...this.#viewers].some(({ name }) => name === undefined)) tell('{"type":"xstate.inspecting"}');
    return {
      ...PASSIVE,
      message: (text) => this.#toViewers(text),
      closed: () => this.#processes.delete(tell),
    };
  }

  #watch(socket: BrokerSocket): SocketListener {
    const viewer: Viewer = { socket, name: undefined, dropped: 0 };
    this.#viewers.add(viewer);
    return {
      ...PASSIVE,
      message: (text) => {
        viewer.name ??= nameIn(text);
        this.#toProcesses(text);
      },
      closed: () => this.#viewerLeft(viewer),
    };
  }

  #viewerLeft(viewer: Viewer): void {
    this.#viewers.delete(viewer);
    // Without a name it means all of them.
    const isLast = this.#viewers.size === 0;
    if (isLast || viewer.name !== undefined) {
      this.#toProcesses(JSON.stringify({ type: 'vnf.leaving', viewer: isLast ? undefined : viewer.name }));
    }
  }

  #toViewers(text: string): void {
    for (const viewer of this.#viewers) {
      if (viewer.socket.getBufferedBytes() > MOST_WAITING_BYTES) {
        viewer.dropped += 1;
        continue;
      }
      if (viewer.dropped > 0) this.#catchUp(viewer);
      viewer.socket.send(text);
    }
  }

  /** What it has missed is counted, and everything that lives is told anew. */
  #catchUp(viewer: Viewer): void {
    const { dropped, name } = viewer;
    viewer.dropped = 0;
    viewer.socket.send(JSON.stringify({ type: 'vnf.dropped', source: 'relay', count: dropped }));
    this.#toProcesses(JSON.stringify({ type: 'xstate.inspecting', viewer: name }));
  }

  #toProcesses(text: string): void {
    for (const tell of this.#processes) tell(text);
  }

  /** The broker's own actors need no socket. */
  #ownChannel(): InspectChannel {
    let tell: ((text: string) => void) | undefined;
    return {
      waiting: 0,
      open: (listener: ChannelListener) => {
        tell = (text) => listener.received(parse(text));
        this.#processes.add(tell);
      },
      send: (message) => this.#toViewers(JSON.stringify(message)),
      close: () => {
        if (tell !== undefined) this.#processes.delete(tell);
      },
    };
  }
}

const PASSIVE = { pong: () => {}, malformed: () => {} };

/** Of one length whatever the text, so that comparing tells nothing about it. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function nameIn(text: string): string | undefined {
  const { viewer } = (parse(text) ?? {}) as { viewer?: unknown };
  return typeof viewer === 'string' ? viewer : undefined;
}
