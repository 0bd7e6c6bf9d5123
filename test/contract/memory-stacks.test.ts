import { MarshallerHub } from '../../src/hubs/marshaller-hub.ts';
import { ReliableHub } from '../../src/hubs/reliable-hub.ts';
import { UnreliableHub } from '../../src/hubs/unreliable-hub.ts';
import { onMemory } from '../support/stacks.ts';
import { runHubContract } from './hub-contract.ts';

runHubContract(onMemory({ name: 'InBrowserHub', build: (bottom) => bottom }));
runHubContract(
  onMemory({
    name: 'UnreliableHub(InBrowserHub)',
    build: (bottom, options) => new UnreliableHub(bottom, options),
  }),
);
runHubContract(
  onMemory({
    name: 'ReliableHub(InBrowserHub)',
    build: (bottom, options) => new ReliableHub(bottom, options),
  }),
);
runHubContract(
  onMemory({
    name: 'MarshallerHub(InBrowserHub)',
    build: (bottom, options) => new MarshallerHub(bottom, options),
    values: true,
  }),
);
runHubContract(
  onMemory({
    name: 'UnreliableHub(ReliableHub(InBrowserHub))',
    build: (bottom, options) => new UnreliableHub(new ReliableHub(bottom), options),
  }),
);
