import type { ConnectionState } from '../../machines/connection.machine.ts';
import type { Endpoint } from '../../src/core/contracts.ts';
import { InBrowserHub } from '../../src/hubs/in-browser-hub.ts';
import { MarshallerHub } from '../../src/hubs/marshaller-hub.ts';
import { ReliableHub } from '../../src/hubs/reliable-hub.ts';
import { ReliableRtcHub } from '../../src/hubs/reliable-rtc-hub.ts';
import { RtcHub } from '../../src/hubs/rtc-hub.ts';
import { WebSocketHub } from '../../src/hubs/websocket-hub.ts';
import { WebSocketFactory } from '../../src/websocket/websocket-factory.ts';

type BuiltHub = { openEndpoint(eva: string): Endpoint<string> };

const STACKS = {
  InBrowserHub: () => new InBrowserHub(),
  WebSocketHub: (bottom) => bottom,
  'RtcHub(WebSocketHub)': (bottom) => new RtcHub(bottom),
  'ReliableHub(WebSocketHub)': (bottom) => new ReliableHub(bottom),
  'ReliableRtcHub(WebSocketHub)': (bottom) => new ReliableRtcHub(bottom),
  'MarshallerHub(ReliableRtcHub(WebSocketHub))': (bottom) =>
    new MarshallerHub<string>(new ReliableRtcHub(bottom)),
} satisfies Record<string, (bottom: WebSocketHub) => BuiltHub>;

export type StackName = keyof typeof STACKS;

/** The stacks that reach another page, or process, through a broker. */
export const BROKER_STACKS = (Object.keys(STACKS) as StackName[]).filter((name) => name !== 'InBrowserHub');

export interface PeerOptions {
  stack: StackName;
  eva: string;
  brokerUrl: string;
  /** How long a ReliableHub in the stack is silent before it gives up, in ms. */
  lostTimeoutMs?: number;
}

/** An endpoint of a stack, with what happens to it: the same in Node and in a page. */
export function openPeer({ stack, eva, brokerUrl, lostTimeoutMs }: PeerOptions) {
  const bottom = new WebSocketHub(new WebSocketFactory(brokerUrl));
  const hub: BuiltHub = STACKS[stack](bottom);
  for (let each: InnerHub | undefined = hub as InnerHub; each !== undefined; each = each.parentHub) {
    if (lostTimeoutMs !== undefined) each.setConnectionLostTimeout?.(lostTimeoutMs);
  }
  const endpoint = hub.openEndpoint(eva);
  const states: ConnectionState[] = [];
  const messages: string[] = [];
  endpoint.onConnectionStateChange(({ state }) => states.push(state));
  endpoint.onMessage = ({ message }) => messages.push(message);
  return {
    endpoint,
    states,
    messages,
    /** Whether the broker has accepted it. */
    isLoggedIn: () => bottom.getEndPoint(eva)?.getWebSocketRpc().isConnected() ?? false,
    open: (targetEva: string) =>
      new Promise<string>((resolve) => endpoint.openConnection(targetEva, ({ status }) => resolve(status))),
  };
}

interface InnerHub extends BuiltHub {
  parentHub?: InnerHub;
  setConnectionLostTimeout?(ms: number): void;
}

export type Peer = ReturnType<typeof openPeer>;
