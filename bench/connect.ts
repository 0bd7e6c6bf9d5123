import { createRequire } from 'node:module';
import { Vnf } from '../src/index.ts';
import type { RtcPeerConnectionClass } from '../src/rtc/rtc-peer.ts';
import { withPage } from './harness/chromium.ts';
import type { BenchOptions, Measure } from './harness/result.ts';
import { compare } from './harness/rounds.ts';
import { rtcScenarios } from './scenarios/rtc.ts';

const wrtc = createRequire(import.meta.url)('@roamhq/wrtc') as { RTCPeerConnection: RtcPeerConnectionClass };

interface Scenarios {
  connect(): Promise<number>;
  rawConnect(): Promise<number>;
}

/** How long a connection takes over WebRTC, beside two peer connections that hand each other everything at once. */
export const measure: Measure = async (options) => [
  await measureOn('Node', rtcScenarios({ Vnf, ...wrtc }), options),
  await withPage((page) =>
    measureOn(
      'Chromium',
      {
        connect: () => page.evaluate(() => bench.connect()),
        rawConnect: () => page.evaluate(() => bench.rawConnect()),
      },
      options,
    ),
  ),
];

function measureOn(platform: string, scenarios: Scenarios, { short }: BenchOptions) {
  return compare(
    {
      case: `ReliableRtcHub connect, ${platform}`,
      unit: 'ms',
      goal: { atMost: 1.2 },
      rounds: short ? 20 : 60,
      warmUps: 20,
    },
    scenarios.rawConnect,
    scenarios.connect,
  );
}
