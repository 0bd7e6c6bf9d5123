/**
 * VNF, the virtual network framework: web pages and Node processes talk to each other directly.
 *
 * ```js
 * import { Vnf } from 'virtual-network-framework';
 *
 * const hub = new Vnf.InBrowserHub();
 * const alice = hub.openEndpoint('alice');
 * const bob = hub.openEndpoint('bob');
 * bob.onMessage = ({ sourceEva, message }) => console.info(`${sourceEva}: ${message}`);
 * alice.openConnection('bob', ({ status }) => {
 *   if (status === 'CONNECTED') alice.send('bob', 'How are you?');
 * });
 * ```
 *
 * @packageDocumentation
 */
export * as Vnf from './vnf.ts';
export * from './vnf.ts';
