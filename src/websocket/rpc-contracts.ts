import type { HubOptions } from '../core/options.ts';

/** The limit of this project's broker, by default. */
export const MAX_FRAME_BYTES = 2 ** 20;

/** What a WebSocketRpc can be given. @public */
export interface WebSocketRpcOptions extends Omit<HubOptions, 'highWaterMark'> {
  /**
   * The largest frame, in bytes, that the broker takes: it closes the socket on a larger one, so that a call that
   * needs one throws `ERR_MESSAGE_TOO_LARGE`. @default 1 MiB
   */
  maxFrameBytes?: number;
}

/** What a call resolves with. @public */
export interface CallResult {
  /** The result; `undefined` where the broker answered with the bare header. */
  data: string | undefined;
  command: string;
  callId: number;
}

/** How a call behaves; an option of `invoke` and `invokeFuture`. @public */
export interface InvokeOptions {
  /** Keeps the call over a reconnect and sends it again. @default false: it is rejected with `REJECTED_BY_TIMEOUT` */
  retryResend?: boolean;
}

/** What the broker sent without being asked. @public */
export interface PushEvent {
  data: string;
  /** The push's type. */
  command: string;
}

/** What a hub or a registry hears of the link. @internal */
export interface LinkObserver {
  /** LOGIN succeeded and nothing has been sent yet: calls made here leave before those that waited. */
  restoring?(): void;
  /** LOGIN succeeded, and what waited was sent. */
  ready?(): void;
  down?(reason: string): void;
  destroyed?(): void;
}
