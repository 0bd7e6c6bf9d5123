import { ReliableHub } from '../../src/hubs/reliable-hub.ts';
import { onBroker } from '../support/stacks.ts';
import { runHubContract } from './hub-contract.ts';

runHubContract(onBroker({ name: 'WebSocketHub', build: (bottom) => bottom }));
runHubContract(
  onBroker({
    name: 'ReliableHub(WebSocketHub)',
    build: (bottom, options) => new ReliableHub(bottom, options),
  }),
);
