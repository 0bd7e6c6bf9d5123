import type { BrowserCommand } from 'vitest/node';
import { startBroker, type TestBroker } from './broker.node.ts';

declare module 'vitest/browser' {
  interface BrowserCommands {
    startBroker(): Promise<string>;
    closeBroker(url: string): Promise<void>;
  }
  // Vitest's own declaration of it is in packages of providers that are not used here.
  export const commands: BrowserCommands;
}

const brokers = new Map<string, TestBroker>();

/** What a test in a page can have done in Node. */
export const brokerCommands: { startBroker: BrowserCommand; closeBroker: BrowserCommand<[url: string]> } = {
  async startBroker() {
    const broker = await startBroker();
    brokers.set(broker.url, broker);
    return broker.url;
  },
  async closeBroker(_context, url) {
    await brokers.get(url)?.close();
    brokers.delete(url);
  },
};
