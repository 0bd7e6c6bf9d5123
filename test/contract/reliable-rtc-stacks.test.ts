import { MarshallerHub } from '../../src/hubs/marshaller-hub.ts';
import { ReliableRtcHub } from '../../src/hubs/reliable-rtc-hub.ts';
import { onBroker, onMemory } from '../support/stacks.ts';
import { runHubContract } from './hub-contract.ts';

runHubContract(
  onMemory({ name: 'ReliableRtcHub(InBrowserHub)', build: (bottom) => new ReliableRtcHub(bottom) }),
);
runHubContract(
  onBroker({ name: 'ReliableRtcHub(WebSocketHub)', build: (bottom) => new ReliableRtcHub(bottom) }),
);
runHubContract(
  onBroker({
    name: 'MarshallerHub(ReliableRtcHub(WebSocketHub))',
    build: (bottom) => new MarshallerHub(new ReliableRtcHub(bottom)),
    values: true,
  }),
);
