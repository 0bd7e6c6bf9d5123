import { describe, it } from 'vitest';
import { RtcHub } from '../../src/hubs/rtc-hub.ts';
import { runHubContract } from '../../src/testing/hub-contract.ts';
import { onBroker, onMemory } from '../support/stacks.ts';

runHubContract(
  onMemory({ name: 'RtcHub(InBrowserHub)', build: (bottom, options) => new RtcHub(bottom, options) }),
  { describe, it },
);
runHubContract(
  onBroker({ name: 'RtcHub(WebSocketHub)', build: (bottom, options) => new RtcHub(bottom, options) }),
  { describe, it },
);
runHubContract(
  onMemory({
    name: 'RtcHub(RtcHub(InBrowserHub))',
    build: (bottom, options) => new RtcHub(new RtcHub(bottom), options),
  }),
  { describe, it },
);
