import { createPeer, type PeerCalls } from './peer.ts';

// A peer in a Node process of its own: each message of the parent is a call, each of ours its result.
const peer = createPeer();

process.on('message', async ({ id, name, args }: { id: number; name: keyof PeerCalls; args: never[] }) => {
  const call = peer[name] as (...args: never[]) => unknown;
  try {
    process.send?.({ id, result: await call(...args) });
  } catch (error) {
    process.send?.({ id, reason: `${name} failed: ${error}` });
  }
});
process.on('disconnect', () => process.exit());
