import { createPeer } from './peer.ts';

// A peer in a page, which a test calls by its name.
Object.assign(globalThis, { peer: createPeer() });
