// One peer of the main job: `node peer.mjs BROKER_URL EVA OTHER_EVA`. The one whose address comes first opens.

import { setTimeout as sleep } from 'node:timers/promises';
import { Vnf } from 'virtual-network-framework';

const [url, eva, other] = process.argv.slice(2);
const collection = 'main-job';
const opens = eva < other;

/** Whatever goes wrong ends the process with code 1 and a reason. */
function fail(reason) {
  console.log(`FAILED: ${reason}`);
  process.exit(1);
}
const patience = setTimeout(() => fail('the conversation took longer than 60 s'), 60_000);

const webSocketHub = new Vnf.WebSocketHub(new Vnf.WebSocketFactory(url));
const hub = new Vnf.MarshallerHub(new Vnf.ReliableRtcHub(webSocketHub));
const endpoint = hub.openEndpoint(eva);
const registry = new Vnf.WebSocketRegistryClient(webSocketHub.openEndpoint(eva).getWebSocketRpc());

/** 1 MiB of text outside the basic plane, each piece different, so that nothing can be mixed up unseen. */
function bigObject() {
  const piece = '𝕧𝕟𝕗😀';
  const lines = [];
  for (let index = 0, bytes = 0; bytes < 2 ** 20; index += 1) {
    const line = `${index} ${piece}`;
    lines.push(line);
    bytes += Buffer.byteLength(line);
  }
  return { kind: 'big object', lines };
}

endpoint.onConnectionStateChange(({ targetEva, state, previous }) =>
  console.log(`connection to ${targetEva}: ${previous ?? 'new'} → ${state}`),
);

const lost = new Promise((resolve) => endpoint.onConnectionLost(resolve));

/** The conversation of the seed, then the big object there and back. */
endpoint.onMessage = ({ sourceEva, message }) => {
  if (typeof message === 'string') console.log(`got "${message}" from ${sourceEva}`);
  if (message === 'How are you?') endpoint.send(sourceEva, 'I am good!');
  else if (message === 'I am good!') {
    console.log('sends an object of 1 MiB');
    endpoint.send(sourceEva, bigObject());
  } else if (message?.kind === 'big object') {
    const same = JSON.stringify(message) === JSON.stringify(bigObject());
    console.log(
      `got an object of ${Buffer.byteLength(JSON.stringify(message))} bytes, ${same ? 'whole' : 'DAMAGED'}`,
    );
    if (!same) fail('the big object was damaged on its way');
    if (!opens) endpoint.send(sourceEva, message);
    else {
      console.log('closes the connection');
      endpoint.closeConnection(sourceEva);
    }
  } else fail(`an unexpected message: ${JSON.stringify(message)}`);
};

async function findOther() {
  for (;;) {
    const entries = await registry.getEntriesWithBody(collection);
    if (other in entries) return entries[other].eva;
    await sleep(50);
  }
}

try {
  await registry.createEntry({ collection, name: eva }, { eva });
  console.log(`registered in the collection "${collection}"`);
  const target = await findOther();
  console.log(`found ${target} in the registry`);
  if (opens) {
    endpoint.openConnection(target, ({ status }) => {
      if (status !== 'CONNECTED') return fail(`no connection to ${target}`);
      console.log(`connected to ${target}, sends "How are you?"`);
      endpoint.send(target, 'How are you?');
    });
  }
  console.log(`lost the connection to ${await lost}`);
} catch (reason) {
  fail(reason);
}
registry.destroy();
endpoint.destroy();
clearTimeout(patience);
