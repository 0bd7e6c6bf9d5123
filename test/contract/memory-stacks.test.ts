import { describe, it } from 'vitest';
import { MarshallerHub } from '../../src/hubs/marshaller-hub.ts';
import { ReliableHub } from '../../src/hubs/reliable-hub.ts';
import { UnreliableHub } from '../../src/hubs/unreliable-hub.ts';
import { runHubContract } from '../../src/testing/hub-contract.ts';
import { onMemory } from '../support/stacks.ts';

runHubContract(onMemory({ name: 'InBrowserHub', build: (bottom) => bottom }), { describe, it });
runHubContract(
  onMemory({
    name: 'UnreliableHub(InBrowserHub)',
    build: (bottom, options) => new UnreliableHub(bottom, options),
  }),
  { describe, it },
);
runHubContract(
  onMemory({
    name: 'ReliableHub(InBrowserHub)',
    build: (bottom, options) => new ReliableHub(bottom, options),
  }),
  { describe, it },
);
runHubContract(
  onMemory({
    name: 'MarshallerHub(InBrowserHub)',
    build: (bottom, options) => new MarshallerHub(bottom, options),
    anyValue: true,
  }),
  { describe, it },
);
runHubContract(
  onMemory({
    name: 'UnreliableHub(ReliableHub(InBrowserHub))',
    build: (bottom, options) => new UnreliableHub(new ReliableHub(bottom), options),
  }),
  { describe, it },
);
