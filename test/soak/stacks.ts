import { WebSocket } from 'ws';
import type { Hub } from '../../src/core/contracts.ts';
import type { FaultPlan } from '../../src/hubs/fault-plan.ts';
import { InBrowserHub } from '../../src/hubs/in-browser-hub.ts';
import { MarshallerHub } from '../../src/hubs/marshaller-hub.ts';
import { ReliableHub } from '../../src/hubs/reliable-hub.ts';
import { ReliableRtcHub } from '../../src/hubs/reliable-rtc-hub.ts';
import { UnreliableHub } from '../../src/hubs/unreliable-hub.ts';
import { WebSocketHub } from '../../src/hubs/websocket-hub.ts';
import type { SoakMessage } from './ledger.ts';

/** How many peers of each stack a process has. */
export const PEERS_OF = { websocket: 5, rtc: 2, memory: 3 };

export type StackName = keyof typeof PEERS_OF;

export const STACK_NAMES = Object.keys(PEERS_OF) as StackName[];

export function byStack<T>(of: (name: StackName) => T): Record<StackName, T> {
  return Object.fromEntries(STACK_NAMES.map((name) => [name, of(name)])) as Record<StackName, T>;
}

/** A stack of one process, and what can be done to what is below it. */
export interface Stack {
  hub: Hub<SoakMessage>;
  /** Loses, repeats and delays messages; the stack over WebRTC has a wire that can't. */
  setFaults(plan: FaultPlan): void;
}

/** The sockets of one process. */
export class Sockets {
  readonly #url: string;
  readonly #open = new Set<WebSocket>();

  constructor(url: string) {
    this.#url = url;
  }

  get all(): WebSocket[] {
    return [...this.#open];
  }

  readonly newWebSocket = (): WebSocket => {
    const socket = new WebSocket(this.#url, { perMessageDeflate: false });
    this.#open.add(socket);
    socket.on('close', () => this.#open.delete(socket));
    return socket;
  };
}

/** @param seed - decides the chance of the faults */
export function createStack(name: StackName, sockets: Sockets, seed: number): Stack {
  if (name === 'rtc') {
    const hub = new MarshallerHub<SoakMessage>(new ReliableRtcHub(new WebSocketHub(sockets)));
    return { hub, setFaults: () => {} };
  }
  const wire = name === 'memory' ? new InBrowserHub() : new WebSocketHub(sockets);
  const unreliable = new UnreliableHub(wire, { seed });
  return { hub: new MarshallerHub(new ReliableHub(unreliable)), setFaults: unreliable.setFaults };
}
