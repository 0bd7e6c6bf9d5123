import { INSPECT_CHANNEL } from '../../src/inspect/channels.ts';
import type { InspectMessage, ViewerCommand } from '../../src/inspect/messages.ts';

/** What comes from the inspected processes. */
export interface SourceListener {
  message(message: InspectMessage): void;
  /** A way to them was opened, lost, or refused. */
  trouble(text: string): void;
}

const viewer = `page ${Math.random().toString(36).slice(2, 8)}`;
const WATCH: ViewerCommand = { type: 'xstate.inspecting', viewer };

/** Answers what has to be answered, and hands on the rest. */
function receive(data: unknown, reply: (command: ViewerCommand) => void, listener: SourceListener): void {
  const message = data as InspectMessage;
  if (typeof message?.type !== 'string') return;
  if (message.type === 'vnf.hello') reply(WATCH);
  else if (message.type === 'vnf.mark') {
    const { source, number } = message;
    // In a task of its own: a page that has too much to do says so late.
    setTimeout(() => reply({ type: 'vnf.ack', viewer, source, number }));
  } else {
    try {
      listener.message(message);
    } catch (error) {
      listener.trouble(`A message was not understood: ${String(error)}`);
    }
  }
}

/** Watches every page of this origin. */
export function watchBroadcast(listener: SourceListener): void {
  const channel = new BroadcastChannel(INSPECT_CHANNEL);
  const reply = (command: ViewerCommand) => channel.postMessage(command);
  channel.onmessage = ({ data }) => receive(data, reply, listener);
  reply(WATCH);
  addEventListener('pagehide', () => reply({ type: 'vnf.leaving', viewer }));
}

/** Watches the page that has opened this one, or that it is in. */
export function watchOpener(listener: SourceListener): void {
  const target: Window | null = window.opener ?? (window.parent === window ? null : window.parent);
  if (target === null) return;
  const reply = (command: ViewerCommand) => target.postMessage(command, '*');
  addEventListener('message', ({ source, data }) => {
    if (source === target) receive(data, reply, listener);
  });
  reply(WATCH);
  addEventListener('pagehide', () => reply({ type: 'vnf.leaving', viewer }));
}

/** The pause before a socket that ended is tried again, in ms. */
const REOPEN_MS = 2000;

/** Watches everything that is attached to a broker, for as long as the page lives. */
export function watchBroker(address: string, listener: SourceListener): void {
  const socket = new WebSocket(address);
  const reply = (command: ViewerCommand) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(command));
  };
  let wasOpen = false;
  socket.onopen = () => {
    wasOpen = true;
    listener.trouble('');
    reply(WATCH);
  };
  socket.onmessage = ({ data }) => receive(JSON.parse(data), reply, listener);
  socket.onclose = () => {
    const reason = wasOpen
      ? 'was lost'
      : 'was refused: is the token right, and the broker started with --inspect?';
    listener.trouble(`The connection to ${new URL(address).host} ${reason}`);
    if (wasOpen) setTimeout(watchBroker, REOPEN_MS, address, listener);
  };
}
