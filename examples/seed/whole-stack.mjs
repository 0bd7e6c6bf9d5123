// The seed's whole stack: objects of any size, reliable, peer to peer, with a WebSocketHub for signaling: `node whole-stack.mjs BROKER_URL`.

import { Vnf } from 'virtual-network-framework';
import { converse } from './support/conversation.mjs';

const server = process.argv[2];

// Creating in browser hub of endpoints
const webSocketFactory = new Vnf.WebSocketFactory(server)
const vnfHub = new Vnf.MarshallerHub(new Vnf.ReliableRtcHub(new Vnf.WebSocketHub(webSocketFactory)));
// Creating endpoint in hub
const endpoint1 = vnfHub.openEndpoint("endpoint1-name")
const endpoint2 = vnfHub.openEndpoint("endpoint2-name")
// Rest part the same as InBrowserHub
converse(endpoint1, endpoint2);
