/**
 * The broker, for Node.
 *
 * ```ts
 * import { createBroker } from 'virtual-network-framework/broker';
 *
 * const broker = await createBroker({ host: '127.0.0.1', port: 8080 });
 * console.log(broker.url); // ws://127.0.0.1:8080/vnf-ws
 * await broker.close();
 * ```
 *
 * @packageDocumentation
 */
export { VnfError } from '../core/errors.ts';
export { type Logger, setLogger } from '../core/logger.ts';
export { type Broker, createBroker } from './broker.ts';
export type { BrokerOptions } from './options.ts';
