import { createRequire } from 'node:module';
import { Vnf } from '../src/index.ts';
import type { RtcPeerConnectionClass } from '../src/rtc/rtc-peer.ts';
import type { Measure } from './harness/result.ts';
import { connectPair, nextTurn } from './scenarios/stacks.ts';

const wrtc = createRequire(import.meta.url)('@roamhq/wrtc') as { RTCPeerConnection: RtcPeerConnectionClass };

const MESSAGE_UNITS = 2 ** 20;

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
  let mayContinue = () => {};
  alice.onDrain(() => mayContinue());
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  let most = before;
  for (let sent = 0; sent < count; sent += 1) {
    if (!alice.send(bob.eva, message)) {
      await new Promise<void>((resolve) => {
        mayContinue = resolve;
      });
    }
    most = Math.max(most, process.memoryUsage().heapUsed);
  }
  while (received < count) await nextTurn();
  return [
    {
      case: `${short ? '64 MB' : '1 GB'} through MarshallerHub(ReliableRtcHub): heap growth, Node`,
      value: (most - before) / 2 ** 20,
      unit: 'MB',
      goal: { atMost: 100 },
    },
  ];
};
