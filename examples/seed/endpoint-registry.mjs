// The seed's WebSocketRegistryClient, over the connection of an endpoint: `node endpoint-registry.mjs BROKER_URL`.

import { Vnf } from 'virtual-network-framework';
import { createAndGet } from './support/entry.mjs';

const server = process.argv[2];

const webSocketFactory = new Vnf.WebSocketFactory(server)
const vnfHub = new Vnf.WebSocketHub(webSocketFactory);
// Creating endpoint in hub
const endpoint1 = vnfHub.openEndpoint("endpoint1-name")
const registryClient = new Vnf.WebSocketRegistryClient(endpoint1.getWebSocketRpc())
// Rest part the same as InBrowserRegistry
createAndGet(registryClient, () => {
  console.info('done');
  registryClient.destroy();
  endpoint1.destroy();
});
