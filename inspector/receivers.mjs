// The receivers of @xstate/inspect 0.8, with the XState 4 that this workspace has of its own.
export { createWebSocketReceiver, createWindowReceiver } from '@xstate/inspect';
