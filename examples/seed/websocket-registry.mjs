// The seed's WebSocketRegistryClient, with a connection of its own: `node websocket-registry.mjs BROKER_URL`.

import { Vnf } from 'virtual-network-framework';
import { createAndGet } from './support/entry.mjs';

const server = process.argv[2];
const eva = 'client1-name';

const webSocketFactory = new Vnf.WebSocketFactory(server)
const registryClient = new Vnf.WebSocketRegistryClient(new Vnf.WebSocketRpc(eva, webSocketFactory))
// Rest part the same as InBrowserRegistry
createAndGet(registryClient, () => {
  console.info('done');
  registryClient.destroy();
});
