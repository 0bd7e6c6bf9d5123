import { type Broker, createBroker } from '../../src/broker/broker.ts';

/** A real broker on a port of its own. */
export type TestBroker = Pick<Broker, 'url' | 'close'>;

export function startBroker(): Promise<TestBroker> {
  return createBroker({ host: '127.0.0.1', port: 0 });
}
