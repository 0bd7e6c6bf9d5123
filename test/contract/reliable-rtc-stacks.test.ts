import { MarshallerHub } from '../../src/hubs/marshaller-hub.ts';
import { ReliableRtcHub } from '../../src/hubs/reliable-rtc-hub.ts';
import { onBroker, onMemory } from '../support/stacks.ts';
import { runHubContract } from './hub-contract.ts';

runHubContract(
  onMemory({
    name: 'ReliableRtcHub(InBrowserHub)',
    build: (bottom, options) => new ReliableRtcHub(bottom, options),
  }),
);
runHubContract(
  onBroker({
    name: 'ReliableRtcHub(WebSocketHub)',
    build: (bottom, options) => new ReliableRtcHub(bottom, options),
  }),
);
runHubContract(
  onBroker({
    name: 'MarshallerHub(ReliableRtcHub(WebSocketHub))',
    build: (bottom, options) => new MarshallerHub(new ReliableRtcHub(bottom), options),
    values: true,
  }),
);
