import { invalidArgument } from '../core/errors.ts';
import type { InspectMessage, ViewerCommand } from './messages.ts';

/** What a channel tells the inspector that it belongs to. @public */
export interface ChannelListener {
  /** It can carry messages, from now on or again. */
  opened(): void;
  /** Something came: a viewer's command, or anything else, which is passed over. */
  received(command: unknown): void;
  closed(): void;
}

/** A way to the viewers. Nothing of it may throw, or wait. @public */
export interface InspectChannel {
  open(listener: ChannelListener): void;
  /** Sends a message, if the channel is open. */
  send(message: InspectMessage): void;
  /** How much of what was sent has not left, in bytes or UTF-16 units. */
  readonly waiting: number;
  close(): void;
}

/** What a BroadcastChannel, a Window and a worker have in common. */
interface Port {
  postMessage(message: InspectMessage): void;
}

/** The name of the BroadcastChannel that the inspector's page listens on. */
export const INSPECT_CHANNEL = 'vnf-inspect';

/**
 * To every viewer of the same origin in this browser, or of the same process in Node.
 *
 * @param name - of the channel; the page of the inspector listens on 'vnf-inspect'. @default 'vnf-inspect'
 * @public
 */
export function throughBroadcastChannel(name = INSPECT_CHANNEL): InspectChannel {
  let channel: BroadcastChannel | undefined;
  return {
    waiting: 0,
    open(listener) {
      channel = new BroadcastChannel(name);
      // In Node, watching keeps no process alive.
      (channel as { unref?(): void }).unref?.();
      channel.onmessage = ({ data }) => listener.received(data);
      listener.opened();
    },
    send: (message) => channel?.postMessage(message),
    close: () => channel?.close(),
  };
}

/**
 * To a window that this page has opened, or that it is in: the inspector's page, opened from any origin or from a file,
 * or a page with `createWindowReceiver` of `@xstate/inspect`.
 *
 * @param target - the window of the viewer
 * @param origin - the origin that the viewer must have; `'*'` for any, which a page from a file needs. @default '*'
 * @throws VnfError `ERR_INVALID_ARGUMENT` where `target` is no window
 * @public
 */
export function throughWindow(target: Window, origin = '*'): InspectChannel {
  if (typeof target?.postMessage !== 'function') {
    throw invalidArgument(
      'throughWindow needs the window of the viewer, as window.open returns it where pop-ups are allowed',
      target,
    );
  }
  const port: Port = { postMessage: (message) => target.postMessage(message, origin) };
  let listen: ((event: MessageEvent) => void) | undefined;
  return {
    waiting: 0,
    open(listener) {
      listen = ({ source, data }) => {
        if (source === target) listener.received(data);
      };
      globalThis.addEventListener('message', listen);
      listener.opened();
    },
    send: (message) => port.postMessage(message),
    close() {
      if (listen !== undefined) globalThis.removeEventListener('message', listen);
    },
  };
}

/** What the bridge needs of a WebSocket: the browser's own, or one of `ws`. @public */
export interface InspectSocket {
  readonly readyState: number;
  readonly bufferedAmount: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(text: string): void;
  close(): void;
}

/** The pause before another socket is tried, in ms. */
const REOPEN_MS = 2000;
const OPEN = 1;

/**
 * Through a broker with `--inspect` to viewers anywhere, or to a server of yours that `createWebSocketReceiver` of
 * `@xstate/inspect` connects to. A socket that ends is replaced after 2 s.
 *
 * @param source - `ws://HOST:PORT/inspector/attach?token=TOKEN`, where the platform has WebSockets of its own (browsers,
 *   Node from 22 on), or an object with `newWebSocket()`, such as a `WebSocketFactory` of this library
 * @throws VnfError `ERR_INVALID_ARGUMENT`
 * @public
 */
export function throughWebSocket(source: string | { newWebSocket(): unknown }): InspectChannel {
  const newSocket = socketMaker(source);
  let socket: InspectSocket | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isClosed = false;
  const connect = (listener: ChannelListener): void => {
    const own = newSocket();
    socket = own;
    own.onopen = () => listener.opened();
    own.onmessage = ({ data }: { data: unknown }) => {
      const command = parse(data);
      if (command !== undefined) listener.received(command);
    };
    // `close` follows an error at once.
    own.onerror = () => {};
    own.onclose = () => {
      listener.closed();
      if (isClosed) return;
      timer = setTimeout(connect, REOPEN_MS, listener);
      (timer as { unref?(): void }).unref?.();
    };
  };
  return {
    get waiting() {
      return socket?.bufferedAmount ?? 0;
    },
    open: connect,
    send(message) {
      if (socket?.readyState === OPEN) socket.send(JSON.stringify(message));
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
      socket?.close();
    },
  };
}

function socketMaker(source: string | { newWebSocket(): unknown }): () => InspectSocket {
  if (typeof source === 'string') {
    if (!URL.canParse(source) || !/^wss?:/.test(source)) {
      throw invalidArgument('throughWebSocket needs a url that begins with ws: or wss:', source);
    }
    if (typeof WebSocket !== 'function') {
      throw invalidArgument(
        'This platform has no WebSocket of its own (Node has one from 22 on): pass throughWebSocket a WebSocketFactory instead of a url',
        source,
      );
    }
    return () => new WebSocket(source) as InspectSocket;
  }
  if (typeof source?.newWebSocket !== 'function') {
    throw invalidArgument('throughWebSocket needs a url or an object with newWebSocket()', source);
  }
  return () => source.newWebSocket() as InspectSocket;
}

/** What a viewer sent, as text; `undefined` where it is none. */
function parse(data: unknown): ViewerCommand | undefined {
  try {
    return JSON.parse(String(data)) as ViewerCommand;
  } catch {
    return undefined;
  }
}
