import { createRequire } from 'node:module';
import { Vnf } from '../src/index.ts';
import type { RtcPeerConnectionClass } from '../src/rtc/rtc-peer.ts';
import type { Measure } from './harness/result.ts';
import { connectPair, nextTurn } from './scenarios/stacks.ts';

const wrtc = createRequire(import.meta.url)('@roamhq/wrtc') as { RTCPeerConnection: RtcPeerConnectionClass };

const MESSAGE_UNITS = 2 ** 20;

/** The most that the sender lets wait. */
const WAITING_UNITS = 2 ** 23;

/** A gigabyte through the whole stack: what is under way is bounded, not what was sent. */
export const measure: Measure = async ({ short }) => {
  const hub = new Vnf.MarshallerHub<string>(new Vnf.ReliableRtcHub(new Vnf.InBrowserHub(), wrtc));
  const { alice, bob } = await connectPair<string>(hub);
  const message = 'x'.repeat(MESSAGE_UNITS);
  const count = short ? 64 : 1024;
  let received = 0;
  bob.onMessage = (event) => {
    if (event.message.length !== MESSAGE_UNITS) throw new Error('A message is not what was sent.');
    received += 1;
  };
  const empty = alice.getSendCapacity(bob.eva);
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  let most = before;
  for (let sent = 0; received < count; await nextTurn()) {
    const hasRoom = () => empty - alice.getSendCapacity(bob.eva) < WAITING_UNITS;
    for (; sent < count && hasRoom(); sent += 1) alice.send(bob.eva, message);
    most = Math.max(most, process.memoryUsage().heapUsed);
  }
  return [
    {
      case: `${short ? '64 MB' : '1 GB'} through MarshallerHub(ReliableRtcHub): heap growth, Node`,
      value: (most - before) / 2 ** 20,
      unit: 'MB',
      goal: { atMost: 100 },
    },
  ];
};
