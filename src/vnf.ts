/**
 * Every public name, once: `src/index.ts` exports them one by one and as the namespace `Vnf`.
 *
 * A bundle has the modules in this order. It puts those that are alike side by side, since gzip looks back no further
 * than 32 KiB: in alphabetic order everything together takes 0.5 kB more.
 */
// biome-ignore-all assist/source/organizeImports: the order counts, as said above.

export type { ConnectionState } from '../machines/connection.machine.ts';
export { InBrowserHub } from './hubs/in-browser-hub.ts';
export { type RtcEndpoint, RtcHub, type RtcHubOptions } from './hubs/rtc-hub.ts';
export { UnreliableHub, type UnreliableHubOptions } from './hubs/unreliable-hub.ts';
export { MarshallerHub, type MarshallerHubOptions } from './hubs/marshaller-hub.ts';
export { type ReliableEndpoint, ReliableHub } from './hubs/reliable-hub.ts';
export { VnfError, type VnfErrorCode } from './core/errors.ts';
export { ReliableRtcHub } from './hubs/reliable-rtc-hub.ts';
export { InBrowserRegistry } from './registry/in-browser-registry.ts';
export { Global } from './core/global.ts';
export { type WebSocketEndpoint, WebSocketHub, type WebSocketHubOptions } from './hubs/websocket-hub.ts';
export { WebSocketRpc } from './websocket/websocket-rpc.ts';
export { WebSocketRegistryClient } from './registry/websocket-registry-client.ts';
export { type LogDetails, type Logger, setLogger } from './core/logger.ts';
export { WebSocketFactory, type WebSocketFactoryOptions } from './websocket/websocket-factory.ts';
export type { DirectedFaults, FaultPlan, Faults } from './hubs/fault-plan.ts';
export type { EntryKey, RegistryClient } from './registry/registry-client.ts';
export type { RtcPeerConnectionClass } from './rtc/rtc-peer.ts';
export type { CallResult, InvokeOptions, PushEvent, WebSocketRpcOptions } from './websocket/rpc-contracts.ts';
export type { WebSocketLike, WebSocketSource } from './websocket/web-socket.ts';
export type { Clock } from './core/clock.ts';
export type {
  ConnectionStateEvent,
  ConnectionView,
  Endpoint,
  Hub,
  MessageEvent,
  OpenConnectionEvent,
  ParentEndpoint,
  ParentHub,
} from './core/contracts.ts';
export type { HubOptions, Inspector } from './core/options.ts';
