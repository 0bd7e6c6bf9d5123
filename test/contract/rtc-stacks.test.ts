import { RtcHub } from '../../src/hubs/rtc-hub.ts';
import { onBroker, onMemory } from '../support/stacks.ts';
import { runHubContract } from './hub-contract.ts';

runHubContract(
  onMemory({ name: 'RtcHub(InBrowserHub)', build: (bottom, options) => new RtcHub(bottom, options) }),
);
runHubContract(
  onBroker({ name: 'RtcHub(WebSocketHub)', build: (bottom, options) => new RtcHub(bottom, options) }),
);
runHubContract(
  onMemory({
    name: 'RtcHub(RtcHub(InBrowserHub))',
    build: (bottom, options) => new RtcHub(new RtcHub(bottom), options),
  }),
);
