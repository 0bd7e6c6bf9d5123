/**
 * Opens and closes connections over real WebRTC, one after the other, and says how many file descriptors and threads
 * the process holds before and after. Run in a process of its own: what wrtc holds is the process's.
 */
import { readdirSync } from 'node:fs';
import { InBrowserHub } from '../../src/hubs/in-browser-hub.ts';
import { RtcHub } from '../../src/hubs/rtc-hub.ts';
import { connect, until } from '../../src/testing/peers.ts';

const CONNECTIONS = 40;

const held = () => ({
  descriptors: readdirSync('/proc/self/fd').length,
  threads: readdirSync('/proc/self/task').length,
});

const signaling = new InBrowserHub();
const alice = new RtcHub(signaling).openEndpoint('alice');
const bob = new RtcHub(signaling).openEndpoint('bob');
const before = held();
for (let each = 0; each < CONNECTIONS; each += 1) {
  await connect(alice, bob);
  const lost = new Promise((resolve) => bob.onConnectionLost(resolve));
  alice.closeConnection(bob.eva);
  await lost;
}
alice.destroy();
bob.destroy();
// Each side's last connection closes in its own time. What does not come true is seen in what is said.
const isBack = () => held().descriptors <= before.descriptors && held().threads <= before.threads;
await until(isBack).catch(() => {});
console.info(JSON.stringify({ before, after: held() }));
