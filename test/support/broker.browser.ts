import { commands } from 'vitest/browser';
import type { TestBroker } from './broker.node.ts';

/** A real broker, in the Node process that runs the tests. */
export async function startBroker(): Promise<TestBroker> {
  const url = await commands.startBroker();
  return { url, close: () => commands.closeBroker(url) };
}
