import { createPeer } from './peer.ts';
import { answerCalls } from './remote-process.ts';

// A peer in a Node process of its own.
answerCalls(createPeer());
