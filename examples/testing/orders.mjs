// A small application: a till sends its orders to a kitchen, and each of them is cooked once, also where either side
// crashes or the network is away. What has to outlive a crash is on a disk, here an object of the caller's.

import { Vnf } from 'virtual-network-framework';

/** The hub of one side. In real life the factory is `new Vnf.WebSocketFactory(url)`, and the options stay away. */
function openEndpoint({ webSocketFactory, options }, eva) {
  const webSocketHub = new Vnf.WebSocketHub(webSocketFactory, options);
  return new Vnf.MarshallerHub(new Vnf.ReliableHub(webSocketHub, options), options).openEndpoint(eva);
}

/** @param disk - `{ orders: new Map() }` */
export function startTill(platform, disk) {
  const endpoint = openEndpoint(platform, 'till');
  const { setTimeout } = platform.options.clock ?? globalThis;

  const connect = () =>
    endpoint.openConnection('kitchen', ({ status }) => {
      if (status === 'FAILED') setTimeout(connect, 1000);
    });
  endpoint.onConnectionLost(() => setTimeout(connect, 1000));
  // What the kitchen has not confirmed it may never have got.
  endpoint.onConnectionOpen(() => {
    for (const [id, dish] of disk.orders) endpoint.send('kitchen', { id, dish });
  });
  endpoint.onMessage = ({ message }) => disk.orders.delete(message.cooked);
  connect();

  return {
    order(id, dish) {
      disk.orders.set(id, dish);
      if (endpoint.isConnected('kitchen')) endpoint.send('kitchen', { id, dish });
    },
  };
}

/** @param disk - `{ cooked: new Map() }`, and `cook`, which is told each dish once */
export function startKitchen(platform, disk) {
  const endpoint = openEndpoint(platform, 'kitchen');
  endpoint.onMessage = ({ sourceEva, message: { id, dish } }) => {
    if (!disk.cooked.has(id)) {
      disk.cooked.set(id, dish);
      disk.cook(id, dish);
    }
    endpoint.send(sourceEva, { cooked: id });
  };
}
