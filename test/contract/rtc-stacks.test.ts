import { RtcHub } from '../../src/hubs/rtc-hub.ts';
import { onBroker, onMemory } from '../support/stacks.ts';
import { runHubContract } from './hub-contract.ts';

runHubContract(onMemory({ name: 'RtcHub(InBrowserHub)', build: (bottom) => new RtcHub(bottom) }));
runHubContract(onBroker({ name: 'RtcHub(WebSocketHub)', build: (bottom) => new RtcHub(bottom) }));
runHubContract(
  onMemory({ name: 'RtcHub(RtcHub(InBrowserHub))', build: (bottom) => new RtcHub(new RtcHub(bottom)) }),
);
