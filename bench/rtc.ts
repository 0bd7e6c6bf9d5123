import { createRequire } from 'node:module';
import { Vnf } from '../src/index.ts';
import type { RtcPeerConnectionClass } from '../src/rtc/rtc-peer.ts';
import { withPage } from './harness/chromium.ts';
import type { BenchOptions, Measure, Result } from './harness/result.ts';
import { compare } from './harness/rounds.ts';
import { rtcScenarios } from './scenarios/rtc.ts';
import type { Load } from './scenarios/stacks.ts';

const wrtc = createRequire(import.meta.url)('@roamhq/wrtc') as { RTCPeerConnection: RtcPeerConnectionClass };

interface Scenarios {
  throughput(load: Load): Promise<number>;
  rawThroughput(load: Load): Promise<number>;
}

/** Messages over a data channel through the whole stack, beside the channel itself with one message a frame. */
export const measure: Measure = async (options) => [
  ...(await measureOn('Node', rtcScenarios({ Vnf, ...wrtc }), options)),
  ...(await withPage((page) =>
    measureOn(
      'Chromium',
      {
        throughput: (load) => page.evaluate((all) => bench.throughput(all), load),
        rawThroughput: (load) => page.evaluate((all) => bench.rawThroughput(all), load),
      },
      options,
    ),
  )),
];

async function measureOn(platform: string, scenarios: Scenarios, { short }: BenchOptions): Promise<Result[]> {
  const rounds = short ? 3 : 7;
  // The sender lets the event loop go on after each burst, since that is what the channels need most.
  const small: Load = { message: 'x'.repeat(100), count: short ? 4000 : 12_000, burst: 128, inFlight: 2048 };
  const large: Load = { message: 'x'.repeat(60_000), count: short ? 100 : 300, burst: 4, inFlight: 32 };
  const megabytes = (rate: Promise<number>) => rate.then((perSecond) => perSecond * 0.06);
  return [
    await compare(
      { case: `ReliableRtcHub, 100 B, ${platform}`, unit: 'msg/s', goal: { atLeast: 3 }, rounds },
      () => scenarios.rawThroughput(small),
      () => scenarios.throughput(small),
    ),
    await compare(
      { case: `ReliableRtcHub, 60 kB, ${platform}`, unit: 'MB/s', goal: { atLeast: 0.9 }, rounds },
      () => megabytes(scenarios.rawThroughput(large)),
      () => megabytes(scenarios.throughput(large)),
    ),
  ];
}
