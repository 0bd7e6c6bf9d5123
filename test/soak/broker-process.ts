import { type Broker, createBroker } from '../../src/broker/broker.ts';
import { setLogger } from '../../src/core/logger.ts';
import { answerCalls, tell } from '../support/remote-process.ts';
import type { Wrong } from './ledger.ts';
import { type Measure, measure } from './measure.ts';

/** What the soak asks of its broker. */
export interface BrokerCalls {
  measure(): Promise<Measure>;
  /** @returns where it listens */
  listen(port: number): Promise<string>;
  close(): Promise<void>;
}

setLogger({
  error: (text, { peer = '', reason }) =>
    tell({
      wrong: `the broker logged an error: ${text}: ${reason}`,
      eva: 'broker',
      targetEva: peer,
    } satisfies Wrong),
});

/** So short that a process that sleeps is found out, in ms. */
const PING_INTERVAL_MS = 5000;

let broker: Broker | undefined;

answerCalls<BrokerCalls>({
  measure,
  async listen(port) {
    broker = await createBroker({ port, pingIntervalMs: PING_INTERVAL_MS });
    return broker.url;
  },
  close: async () => broker?.close(),
});
