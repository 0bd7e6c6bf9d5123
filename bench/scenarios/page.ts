import type { Vnf as VnfNamespace } from '../../src/index.ts';
import { rtcScenarios } from './rtc.ts';
import { connectPair } from './stacks.ts';

declare global {
  /** What the pages of the bench have: the built library, and what is measured with it. */
  var Vnf: typeof VnfNamespace;
  var bench: typeof scenarios;
}

const scenarios = {
  ...rtcScenarios({ Vnf: globalThis.Vnf, RTCPeerConnection: globalThis.RTCPeerConnection }),

  /** Milliseconds that a message in memory takes one way, when two sides answer each other. */
  async oneWay(roundTrips: number): Promise<number> {
    const { alice, bob } = await connectPair(new globalThis.Vnf.InBrowserHub());
    bob.onMessage = ({ sourceEva, message }) => bob.send(sourceEva, message);
    const begin = performance.now();
    await new Promise<void>((resolve) => {
      let missing = roundTrips;
      alice.onMessage = () => {
        missing -= 1;
        if (missing === 0) resolve();
        else alice.send(bob.eva, 'ping');
      };
      alice.send(bob.eva, 'ping');
    });
    return (performance.now() - begin) / roundTrips / 2;
  },
};

globalThis.bench = scenarios;
