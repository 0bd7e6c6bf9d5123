// The seed's WebSocketHub, through a broker: `node websocket-hub.mjs BROKER_URL`.

import { Vnf } from 'virtual-network-framework';
import { converse } from './support/conversation.mjs';

const server = process.argv[2];

// Creating in browser hub of endpoints
const vnfHub = new Vnf.WebSocketHub(new Vnf.WebSocketFactory(server));
// Creating endpoint in hub
const endpoint1 = vnfHub.openEndpoint("endpoint1-name")
const endpoint2 = vnfHub.openEndpoint("endpoint2-name")
// Rest part the same as InBrowserHub
converse(endpoint1, endpoint2);
