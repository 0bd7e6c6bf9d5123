import { Global } from '../core/global.ts';
import { checkBytes, checkRoom, utf8Bytes } from '../core/limits.ts';
import type { Link, LinkPort } from '../core/link.ts';
import { type Command, encodeAddressed } from '../protocol/rpc.ts';
import { encodeBody, type WebSocketHubFrame } from '../protocol/websocket-hub.ts';
import { type Call, type CallOwner, callUnits } from '../websocket/call-table.ts';
import type { WebSocketRpc } from '../websocket/websocket-rpc.ts';

const UNKNOWN_RECIPIENT = Global.SEND_TO_ENDPOINT_RECIPIENT_ENDPOINT_CANNOT_BE_FOUND;

/** More than a frame has besides address and text: the longest id, the command's name and the separators. */
const FRAME_HEAD_BYTES = 48;

/** One end of a connection through the broker (PROTOCOL §2). */
export class WebSocketLink implements Link {
  readonly #port: LinkPort;
  readonly #rpc: WebSocketRpc;
  readonly #tellClosed: () => void;
  /** What a frame has besides its message. */
  readonly #otherBytes: number;
  /** The messages that the broker has not answered yet, in order. */
  readonly #unanswered = new Set<Call>();
  /** What waits for the end of an outage, in order; there is none while there is no outage. */
  #outbox: string[] | undefined;
  /** What both count in the buffer. */
  #buffered = 0;
  /** The HANDSHAKE that runs; a new one replaces it. */
  #handshake: Call | undefined;
  #attempt = 0;

  /** `tellClosed` sends CLOSE-CONNECTION. */
  constructor(port: LinkPort, rpc: WebSocketRpc, tellClosed: () => void) {
    this.#port = port;
    this.#rpc = rpc;
    this.#tellClosed = tellClosed;
    // The broker writes our own address where we write the other side's.
    this.#otherBytes = Math.max(utf8Bytes(port.eva), utf8Bytes(port.targetEva)) + FRAME_HEAD_BYTES;
  }

  connect(attempt: number): void {
    this.#attempt = attempt;
    this.#sendHandshake(
      () => {},
      (reason) => this.#port.report({ type: 'link.down', attempt, reason }),
    );
  }

  abandon(): void {
    this.#cancelHandshake();
  }

  /** Before what was kept goes out: the other side may come back later than we, and the broker would lose it. */
  verify(): void {
    this.#sendHandshake(
      () => this.#port.report({ type: 'link.verified' }),
      (reason) => this.#port.report({ type: 'link.unverified', reason }),
    );
  }

  release(): void {
    const waiting = this.#outbox ?? [];
    this.#outbox = undefined;
    // All of them are unanswered before the first one leaves: where the socket throws, they wait again, in order.
    const calls = waiting.map((argument) => {
      this.#rpc.reserve(-callUnits(argument));
      return this.#addMessage(argument);
    });
    for (const call of calls) this.#rpc.sendCall(call);
  }

  /** The answer to the other side's HANDSHAKE, also where it only asks whether we are still there. */
  accept(): void {
    this.#rpc.sendCall(this.#addCall(this.#address({ type: 'ACCEPT' }), this.#accepting));
  }

  disconnect(): void {
    this.#tellClosed();
  }

  send(message: string): void {
    checkBytes('A frame of WebSocketHub', message, this.#otherBytes, this.#rpc.maxFrameBytes);
    const argument = this.#address({ type: 'MESSAGE', text: message });
    checkRoom(this.#port.targetEva, callUnits(argument), this.getSendCapacity());
    this.#buffered += callUnits(argument);
    if (this.#outbox === undefined) this.#rpc.sendCall(this.#addMessage(argument));
    else this.#keep(this.#outbox, argument);
  }

  getBufferedAmount(): number {
    return this.#buffered;
  }

  getSendCapacity(): number {
    return this.#rpc.getSendCapacity();
  }

  /** The socket is down: what the broker has not answered goes back, and everything waits for `verify`. */
  suspend(reason: string): void {
    // Where something waits already, nothing is unanswered: the order stays.
    this.#outbox ??= [];
    for (const call of this.#unanswered) {
      this.#rpc.cancelCall(call);
      this.#keep(this.#outbox, call.argument as string);
    }
    this.#unanswered.clear();
    this.#cancelHandshake();
    this.#port.report({ type: 'link.suspended', reason });
  }

  /** A frame of the other side, but for a HANDSHAKE, which may come before there is a link. */
  receive(frame: WebSocketHubFrame): void {
    switch (frame.type) {
      case 'MESSAGE':
        this.#port.deliver(frame.text);
        return;
      case 'ACCEPT':
        this.#port.report({ type: 'link.up', attempt: this.#attempt });
        return;
      case 'CLOSE-CONNECTION':
        this.#port.report({ type: 'link.closed' });
        // Where it is still opening, this one belongs to a connection before, and the other side has forgotten us.
        this.#port.report({
          type: 'link.down',
          attempt: this.#attempt,
          reason: 'the other side closed the connection',
        });
        return;
    }
  }

  dispose(): void {
    this.#cancelHandshake();
    for (const call of this.#unanswered) this.#rpc.cancelCall(call);
    this.#unanswered.clear();
    for (const argument of this.#outbox ?? []) this.#rpc.reserve(-callUnits(argument));
    this.#outbox = undefined;
  }

  readonly #messages: CallOwner = {
    answered: (call, data) => {
      this.#settle(call);
      if (data === UNKNOWN_RECIPIENT) this.#lose(data);
      else this.#port.drained();
    },
    failed: (call, reason) => {
      this.#settle(call);
      this.#lose(reason);
    },
  };

  readonly #accepting: CallOwner = {
    answered: (_call, data) => {
      // During an outage it is `verify` that finds out whether the other side is there.
      if (data === UNKNOWN_RECIPIENT && this.#outbox === undefined) this.#lose(data);
    },
    failed: (_call, reason) => this.#lose(reason),
  };

  #settle(call: Call): void {
    this.#unanswered.delete(call);
    this.#buffered -= callUnits(call.argument);
  }

  #lose(reason: string): void {
    this.#port.report({ type: 'link.lost', reason });
  }

  #sendHandshake(found: () => void, missing: (reason: string) => void): void {
    this.#cancelHandshake();
    this.#handshake = this.#addCall(this.#address({ type: 'HANDSHAKE' }), {
      answered: (_call, data) => (data === UNKNOWN_RECIPIENT ? missing(data) : found()),
      failed: (_call, reason) => missing(reason),
    });
    this.#rpc.sendCall(this.#handshake);
  }

  #cancelHandshake(): void {
    if (this.#handshake !== undefined) this.#rpc.cancelCall(this.#handshake);
    this.#handshake = undefined;
  }

  #keep(outbox: string[], argument: string): void {
    this.#rpc.reserve(callUnits(argument));
    outbox.push(argument);
  }

  #addMessage(argument: string): Call {
    const call = this.#addCall(argument, this.#messages);
    this.#unanswered.add(call);
    return call;
  }

  #address(frame: WebSocketHubFrame): string {
    return encodeAddressed(this.#port.targetEva, encodeBody(frame));
  }

  #addCall(argument: string, owner: CallOwner): Call {
    return this.#rpc.addCall('SEND_TO_ENDPOINT' satisfies Command, argument, true, owner);
  }
}
