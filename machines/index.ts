/**
 * Every statechart of the library, with its events, states and input as types: to draw, to test, to reuse. Nothing
 * here does I/O; what a machine needs from outside comes in its input.
 *
 * @packageDocumentation
 */
export * from './broker-session.machine.ts';
export * from './connection.machine.ts';
export * from './reliable-session.machine.ts';
export * from './rtc-signaling.machine.ts';
export * from './websocket-link.machine.ts';
