// The seed's registry beside its whole stack, over one connection to the broker: `node whole-stack-registry.mjs BROKER_URL`.

import { Vnf } from 'virtual-network-framework';
import { createAndGet } from './support/entry.mjs';

const server = process.argv[2];

// Creating in browser hub of endpoints
const webSocketFactory = new Vnf.WebSocketFactory(server)
const webSocketHub = new Vnf.WebSocketHub(webSocketFactory)
const vnfHub = new Vnf.MarshallerHub(new Vnf.ReliableRtcHub(webSocketHub));
// Creating endpoint in hub
const endpoint1 = vnfHub.openEndpoint("endpoint1-name")
const webSocketRpc = webSocketHub.openEndpoint("endpoint1-name").getWebSocketRpc()
const registryClient = new Vnf.WebSocketRegistryClient(webSocketRpc)
// Rest part the same as InBrowserRegistry
createAndGet(registryClient, () => {
  console.info('done');
  registryClient.destroy();
  endpoint1.destroy();
});
