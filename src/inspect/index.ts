/**
 * Shows the statechart of every connection to a viewer.
 *
 * ```js
 * import { createInspector } from 'virtual-network-framework/inspect';
 * const { inspect } = createInspector();
 * const vnfHub = new Vnf.InBrowserHub({ inspect });
 * ```
 *
 * @packageDocumentation
 */
export {
  type ChannelListener,
  INSPECT_CHANNEL,
  type InspectChannel,
  type InspectSocket,
  throughBroadcastChannel,
  throughWebSocket,
  throughWindow,
} from './channels.ts';
export type { ChartNode } from './chart.ts';
export { type ConnectionInspector, createInspector, type InspectorOptions } from './inspector.ts';
export type { EventRecord, InspectMessage, StateRecord, StepRecord, ViewerCommand } from './messages.ts';
export type { Revealed } from './plain.ts';
export { parseRecording, type Recording } from './recording.ts';
