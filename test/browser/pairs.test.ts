import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBroker, type TestBroker } from '../support/broker.node.ts';
import { browserHost, nodeHost, type PeerHost, type RemotePeer } from '../support/remote-peers.ts';

type Place = 'Node' | 'Chromium' | 'Firefox';

const hosts = new Map<Place, PeerHost>();
let broker: TestBroker;

beforeAll(async () => {
  broker = await startBroker();
  const [node, chromium, firefox] = await Promise.all([
    nodeHost(),
    browserHost('chromium'),
    browserHost('firefox'),
  ]);
  hosts.set('Node', node).set('Chromium', chromium).set('Firefox', firefox);
});

afterAll(async () => {
  await Promise.all([...hosts.values()].map((host) => host.close()));
  await broker.close();
});

let names = 0;

async function openPeer(place: Place): Promise<{ eva: string; peer: RemotePeer }> {
  const peer = await (hosts.get(place) as PeerHost).startPeer();
  names += 1;
  const eva = `${place} ${names}`;
  await peer.open(broker.url, eva, 15_000);
  return { eva, peer };
}

/** As `until`: one that does not come true by then never does. */
const PATIENCE = { timeout: 10_000 };

/** One byte; a piece of a MarshallerHub; more than Chromium's channel takes at once; many times its buffer. */
const LENGTHS = [1, 16_000, 300_000, 5_000_000];

describe.each<[Place, Place]>([
  ['Chromium', 'Node'],
  ['Node', 'Chromium'],
  ['Firefox', 'Node'],
  ['Node', 'Firefox'],
  ['Chromium', 'Firefox'],
  ['Firefox', 'Chromium'],
])('%s opens to %s', (openerPlace, acceptorPlace) => {
  test('[PG1] carries messages from 1 to 5 000 000 characters both ways, in order', async () => {
    const opener = await openPeer(openerPlace);
    const acceptor = await openPeer(acceptorPlace);
    expect(await opener.peer.connect(acceptor.eva)).toBe('CONNECTED');
    await expect.poll(() => acceptor.peer.states(opener.eva), PATIENCE).toEqual(['connecting', 'CONNECTED']);
    const lengths = [...LENGTHS, ...LENGTHS.toReversed()];
    await Promise.all([opener.peer.send(acceptor.eva, lengths), acceptor.peer.send(opener.eva, lengths)]);
    expect(await acceptor.peer.received(lengths.length)).toEqual(lengths);
    expect(await opener.peer.received(lengths.length)).toEqual(lengths);
    expect(await opener.peer.states(acceptor.eva)).toEqual(['connecting', 'CONNECTED']);
    expect(await acceptor.peer.states(opener.eva)).toEqual(['connecting', 'CONNECTED']);
    await opener.peer.destroy();
    await expect
      .poll(() => acceptor.peer.states(opener.eva), PATIENCE)
      .toEqual(['connecting', 'CONNECTED', 'closed']);
    await acceptor.peer.destroy();
  });
});
