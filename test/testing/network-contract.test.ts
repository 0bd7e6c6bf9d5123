import { describe, it } from 'vitest';
import { MarshallerHub } from '../../src/hubs/marshaller-hub.ts';
import { ReliableHub } from '../../src/hubs/reliable-hub.ts';
import { ReliableRtcHub } from '../../src/hubs/reliable-rtc-hub.ts';
import { RtcHub } from '../../src/hubs/rtc-hub.ts';
import { WebSocketHub } from '../../src/hubs/websocket-hub.ts';
import { WebSocketRegistryClient } from '../../src/registry/websocket-registry-client.ts';
import type { Platform } from '../../src/testing/host.ts';
import {
  type HubAbilities,
  type HubStack,
  type HubWorld,
  runHubContract,
} from '../../src/testing/hub-contract.ts';
import { Network } from '../../src/testing/network.ts';
import { runRegistryContract } from '../../src/testing/registry-contract.ts';
import { WebSocketRpc } from '../../src/websocket/websocket-rpc.ts';

/** A stack each of whose sides is a host of its own. */
function onNetwork(
  name: string,
  build: (platform: Platform) => ReturnType<HubWorld['newHub']>,
  supports: HubAbilities = {},
): HubStack {
  return {
    name,
    supports,
    setup(bounds) {
      const network = new Network();
      const program = (platform: Platform) =>
        build({ ...platform, options: { ...platform.options, ...bounds } });
      return {
        newHub: () => network.addHost(`host ${network.hosts.length}`, program).app,
        tick: () => network.clock.run(20),
        teardown: () => network.close(),
      };
    },
  };
}

const overBroker = ({ webSocketFactory, options }: Pick<Platform, 'webSocketFactory' | 'options'>) =>
  new WebSocketHub(webSocketFactory, options);
const reliable = (platform: Platform) => new ReliableHub(overBroker(platform), platform.options);

for (const stack of [
  onNetwork('WebSocketHub on a network', overBroker),
  onNetwork('ReliableHub(WebSocketHub) on a network', reliable),
  onNetwork(
    'MarshallerHub(ReliableHub(WebSocketHub)) on a network',
    (platform) => new MarshallerHub(reliable(platform), platform.options),
    { anyValue: true },
  ),
  onNetwork('the datagram hub of a network', ({ datagramHub }) => datagramHub, { backpressure: false }),
  onNetwork(
    'ReliableHub over datagrams',
    ({ datagramHub, options }) => new ReliableHub(datagramHub, options),
  ),
  onNetwork('RtcHub(WebSocketHub) on a network', ({ RTCPeerConnection, ...platform }) => {
    return new RtcHub(overBroker(platform), { ...platform.options, RTCPeerConnection });
  }),
  onNetwork(
    'MarshallerHub(ReliableRtcHub(WebSocketHub)) on a network',
    ({ RTCPeerConnection, ...platform }) => {
      const { options } = platform;
      const rtcHub = new ReliableRtcHub(overBroker(platform), { ...options, RTCPeerConnection });
      return new MarshallerHub(rtcHub, options);
    },
    { anyValue: true },
  ),
]) {
  runHubContract(stack, { describe, it });
}

runRegistryContract(
  {
    name: 'WebSocketRegistryClient on a network',
    setup() {
      const network = new Network();
      const clientOf =
        (eva: string) =>
        ({ webSocketFactory, options }: Platform) =>
          new WebSocketRegistryClient(new WebSocketRpc(eva, webSocketFactory, options));
      return {
        connect: (eva) => network.addHost(eva, clientOf(eva)).app,
        tick: () => network.clock.run(20),
        teardown: () => network.close(),
      };
    },
  },
  { describe, it },
);
