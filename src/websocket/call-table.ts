import type { WebSocketLinkTraffic } from '../../machines/websocket-link.machine.ts';
import { describe } from '../core/errors.ts';
import { checkBytes, utf8Bytes } from '../core/limits.ts';
import { callHeader, encodeRequest } from '../protocol/rpc.ts';

/** Hears how a call ends, at most once: never where it was cancelled. */
export interface CallOwner {
  answered(call: Call, data: string | undefined): void;
  /** With the broker's reason, `REJECTED_BY_TIMEOUT` or `INSTANCE_DESTROYED`. */
  failed(call: Call, reason: string): void;
}

/** For a call of which nobody wants to know how it ends. */
export const UNHEARD: CallOwner = { answered: () => {}, failed: () => {} };

/** A call that has no answer yet. */
export interface Call {
  readonly id: number;
  readonly header: string;
  readonly command: string;
  readonly argument: string | undefined;
  /** Whether it stays over a reconnect, and is sent again. */
  readonly retryResend: boolean;
  readonly owner: CallOwner;
}

/** Roughly what a call costs besides its argument, in UTF-16 units: bounds the number of calls without any. */
const CALL_OVERHEAD_UNITS = 64;

/** More than the longest id and the separators of a request take. */
const REQUEST_HEAD_BYTES = 20;

/** What a call with this argument counts in the buffer. */
export function callUnits(argument: string | undefined): number {
  return CALL_OVERHEAD_UNITS + (argument?.length ?? 0);
}

export function requestOf({ header, argument }: Call): string {
  return encodeRequest(header, argument);
}

/** Throws where the request may need a frame that the broker does not take. */
export function checkFits(command: string, argument: string, maxFrameBytes: number): void {
  const otherBytes = utf8Bytes(command) + REQUEST_HEAD_BYTES;
  const advice = 'raise maxFrameBytes here and at the broker';
  checkBytes(`A call of ${describe(command)}`, argument, otherBytes, maxFrameBytes, advice);
}

/** The calls of one client that have no answer yet, in the order of their ids, and what the link's machine counts. */
export class CallTable implements WebSocketLinkTraffic {
  readonly #calls = new Map<string, Call>();
  #nextId = 0;
  #units = 0;
  #responses = 0;

  get outstanding(): number {
    return this.#calls.size;
  }

  get responses(): number {
    return this.#responses;
  }

  /** What all calls together count in the buffer. */
  get units(): number {
    return this.#units;
  }

  /** A copy, in order: the table may change while it is gone through. */
  all(): Call[] {
    return [...this.#calls.values()];
  }

  add(command: string, argument: string | undefined, retryResend: boolean, owner: CallOwner): Call {
    const id = this.#nextId;
    this.#nextId += 1;
    const call: Call = { id, header: callHeader(id, command), command, argument, retryResend, owner };
    this.#calls.set(call.header, call);
    this.#units += callUnits(argument);
    return call;
  }

  has({ header }: Call): boolean {
    return this.#calls.has(header);
  }

  /** Takes a call out of the table; `false` where it is no longer there. */
  remove({ header, argument }: Call): boolean {
    const removed = this.#calls.delete(header);
    if (removed) this.#units -= callUnits(argument);
    return removed;
  }

  /** A response has come: the call that it answers, now out of the table; none for a second or a late answer. */
  respond(header: string): Call | undefined {
    this.#responses += 1;
    const call = this.#calls.get(header);
    if (call !== undefined) this.remove(call);
    return call;
  }
}
