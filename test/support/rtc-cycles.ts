/**
 * Opens and closes connections over real WebRTC, then lets go of everything and waits for nothing: the process has
 * to end by itself. Run in a process of its own, since a crash of wrtc ends it.
 */
import { InBrowserHub } from '../../src/hubs/in-browser-hub.ts';
import { RtcHub } from '../../src/hubs/rtc-hub.ts';
import { watchPeerConnections } from './rtc.ts';

const PAIRS = 10;
const CYCLES_PER_PAIR = 20;

const watch = watchPeerConnections();
const signaling = new InBrowserHub();
const newHub = () => new RtcHub(signaling, { RTCPeerConnection: watch.RTCPeerConnection });
let cycles = 0;

process.on('exit', (code) => {
  console.info(JSON.stringify({ code, cycles, made: watch.made.length, open: watch.open.size }));
});

async function runPair(pair: number): Promise<void> {
  const alice = newHub().openEndpoint(`alice ${pair}`);
  const bob = newHub().openEndpoint(`bob ${pair}`);
  const both = [alice, bob] as const;
  for (let cycle = 0; cycle < CYCLES_PER_PAIR; cycle += 1) {
    const [opener, other] = cycle % 2 === 0 ? both : [bob, alice];
    // An attempt that is given up at once, somewhere on its way.
    opener.openConnection(other.eva, () => {});
    for (let turn = 0; turn < (cycle * 7) % 40; turn += 1)
      await new Promise((resolve) => setImmediate(resolve));
    opener.closeConnection(other.eva);
    await new Promise<void>((resolve, reject) => {
      opener.openConnection(other.eva, ({ status }) =>
        status === 'CONNECTED' ? resolve() : reject(new Error(status)),
      );
    });
    const arrived = new Promise((resolve) => {
      other.onMessage = resolve;
    });
    opener.send(other.eva, 'x'.repeat(10_000));
    await arrived;
    const [closer, left] = cycle % 3 === 0 ? [opener, other] : [other, opener];
    const lost = new Promise((resolve) => left.onConnectionLost(resolve));
    closer.closeConnection(left.eva);
    await lost;
    cycles += 1;
  }
  // Every second pair ends in the middle of a connection.
  if (pair % 2 === 0) await new Promise((resolve) => alice.openConnection(bob.eva, resolve));
  alice.destroy();
  bob.destroy();
}

await Promise.all(Array.from({ length: PAIRS }, (_, pair) => runPair(pair)));
