import type { HubOptions } from '../../src/core/options.ts';
import { InBrowserHub } from '../../src/hubs/in-browser-hub.ts';
import { WebSocketHub } from '../../src/hubs/websocket-hub.ts';
import type { HubStack, HubWorld, Patience } from '../../src/testing/hub-contract.ts';
import { WebSocketFactory } from '../../src/websocket/websocket-factory.ts';
import { startBroker } from './broker.node.ts';

type AnyHub = ReturnType<HubWorld['newHub']>;

interface Stack<B> {
  name: string;
  /** The hub for one side, on what both sides share. */
  build: (bottom: B, options: HubOptions) => unknown;
  /** Takes any value, of any length. */
  anyValue?: boolean;
}

/** Makes an attempt to reach nobody end within a test's patience, also that of a ReliableHub inside the stack. */
function makeImpatient(hub: Patience): void {
  hub.setEstablishConnectionTimeout(20);
  hub.setOpenConnectionRetries(1);
  for (let inner = hub as unknown as InnerHub | undefined; inner !== undefined; inner = inner.parentHub) {
    inner.setConnectionLostTimeout?.(100);
  }
}

interface InnerHub {
  parentHub?: InnerHub;
  setConnectionLostTimeout?(ms: number): void;
}

/** A stack whose sides share one hub in memory. */
export function onMemory({ name, build, anyValue = false }: Stack<InBrowserHub>): HubStack {
  return {
    name,
    supports: { anyValue },
    async setup(options = {}) {
      const bottom = new InBrowserHub(options);
      return {
        newHub: () => build(bottom, options) as AnyHub,
        makeImpatient,
        isReachable: () => true,
      };
    },
  };
}

/** A stack whose sides each have a WebSocketHub of their own, at one real broker. */
export function onBroker({ name, build, anyValue = false }: Stack<WebSocketHub>): HubStack {
  return {
    name,
    supports: { anyValue },
    async setup(options = {}) {
      const broker = await startBroker();
      const bottoms: WebSocketHub[] = [];
      return {
        newHub() {
          const bottom = new WebSocketHub(new WebSocketFactory(broker.url), options);
          bottoms.push(bottom);
          return build(bottom, options) as AnyHub;
        },
        makeImpatient,
        isReachable: (eva) =>
          bottoms.some((bottom) => bottom.getEndPoint(eva)?.getWebSocketRpc().isConnected() === true),
        teardown: () => broker.close(),
      };
    },
  };
}
