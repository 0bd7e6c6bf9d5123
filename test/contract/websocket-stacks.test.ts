import { describe, it } from 'vitest';
import { ReliableHub } from '../../src/hubs/reliable-hub.ts';
import { runHubContract } from '../../src/testing/hub-contract.ts';
import { onBroker } from '../support/stacks.ts';

runHubContract(onBroker({ name: 'WebSocketHub', build: (bottom) => bottom }), { describe, it });
runHubContract(
  onBroker({
    name: 'ReliableHub(WebSocketHub)',
    build: (bottom, options) => new ReliableHub(bottom, options),
  }),
  { describe, it },
);
