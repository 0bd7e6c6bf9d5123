import { describe, it } from 'vitest';
import { MarshallerHub } from '../../src/hubs/marshaller-hub.ts';
import { ReliableRtcHub } from '../../src/hubs/reliable-rtc-hub.ts';
import { runHubContract } from '../../src/testing/hub-contract.ts';
import { onBroker, onMemory } from '../support/stacks.ts';

runHubContract(
  onMemory({
    name: 'ReliableRtcHub(InBrowserHub)',
    build: (bottom, options) => new ReliableRtcHub(bottom, options),
  }),
  { describe, it },
);
runHubContract(
  onBroker({
    name: 'ReliableRtcHub(WebSocketHub)',
    build: (bottom, options) => new ReliableRtcHub(bottom, options),
  }),
  { describe, it },
);
runHubContract(
  onBroker({
    name: 'MarshallerHub(ReliableRtcHub(WebSocketHub))',
    build: (bottom, options) => new MarshallerHub(new ReliableRtcHub(bottom), options),
    anyValue: true,
  }),
  { describe, it },
);
