import {
  reliableSessionMachine,
  type SessionEmitted,
  type SessionEvent,
  type SessionTransport,
} from '../../machines/reliable-session.machine.ts';
import { MachineActor } from '../core/actors.ts';
import type { Due } from '../core/due-scan.ts';
import { VnfError } from '../core/errors.ts';
import { bufferFull } from '../core/limits.ts';
import { about, log } from '../core/logger.ts';
import type { Environment } from '../core/options.ts';
import type { RepeatLog } from '../core/repeat-log.ts';
import {
  type ControlFrame,
  encodeMessage,
  type MessageFrame,
  messagePrefix,
  NO_GAP,
  takesEarlyHeartbeats,
} from '../protocol/reliable.ts';
import { ReceiveWindow } from '../reliable/receive-window.ts';
import { SendWindow } from '../reliable/send-window.ts';

/** How patient sessions are; a hub shares one object among all of its own, so that a change reaches them. */
export interface ReliableSettings {
  heartbeatIntervalMs: number;
  invalidateIntervalMs: number;
  lostTimeoutMs: number;
}

/** The connection that a session belongs to, as long as it is the connection's current one. */
export interface SessionListener {
  sessionChanged(event: SessionEmitted): void;
  deliver(text: string): void;
  /** Some of what was sent is acknowledged. */
  drained(): void;
}

/** What a session needs of the peer that it talks to. */
export interface SessionOwner {
  readonly eva: string;
  readonly warnings: RepeatLog;
  readonly targetEva: string;
  readonly environment: Environment;
  readonly settings: ReliableSettings;
  /** Sends a frame over the parent connection, if it is up; what the parent throws passes through. */
  transmit(frame: string): void;
  /** Sends a control frame the same way; what the parent cannot take now is lost. */
  sendControl(frame: ControlFrame): void;
  isParentConnected(): boolean;
  getParentCapacity(): number;
  /** How many pieces of messages the parent has received that are not whole yet. */
  getParentPieces(): number;
  openParent(): void;
  reopenParent(): void;
  /** Runs a step of a machine: frames that come meanwhile wait until it has settled. */
  settle(step: () => void): void;
  sessionChanged(session: ReliableSession, event: SessionEmitted): void;
  /** The session has ended for its connection. */
  retire(session: ReliableSession): void;
}

/** So many messages, or UTF-16 units, are acknowledged before the interval is over, if the other side takes that. */
const ACKNOWLEDGE_MESSAGES = 1024;
const ACKNOWLEDGE_UNITS = 2 ** 20;

/** How far a repeated frame may be off the interval, as a share of it, so that many do not beat together. */
const JITTER = 0.3;

/** What the index of a MESSAGE takes at most, with the space after it. */
const INDEX_UNITS = 17;

/** One session: its actor, its two windows, and the way of a message between them. */
export class ReliableSession implements SessionTransport, Due {
  /** The session id of this side. */
  readonly id: string;
  /** The connection, until the session ends. */
  listener: SessionListener | undefined;
  readonly #owner: SessionOwner;
  readonly #actor: MachineActor<typeof reliableSessionMachine>;
  #sent: SendWindow;
  #received = new ReceiveWindow();
  /** What our MESSAGEs begin with while the data path is open: the machine's gate. */
  #prefix: string | undefined;
  /** Whether messages leave at once: the machine's second gate. */
  #flows = false;
  #acknowledgesEarly = false;
  #messagesSinceHeartbeat = 0;
  #unitsSinceHeartbeat = 0;
  #heardAt: number;
  #pieces = 0;
  #invalidatedAt: number;
  #repeatedAt: number;
  #jitter = 1;

  constructor(id: string, owner: SessionOwner, listener: SessionListener) {
    this.id = id;
    this.listener = listener;
    this.#owner = owner;
    this.#sent = this.#newSendWindow();
    this.#heardAt = this.#now();
    this.#invalidatedAt = this.#heardAt;
    this.#repeatedAt = this.#heardAt;
    const input = { transport: this, own: id };
    this.#actor = new MachineActor(reliableSessionMachine, input, owner.environment, owner, {
      told: (event) => owner.sessionChanged(this, event),
    }).start();
  }

  /** The session id of the other side, if it is known. */
  get remote(): string | undefined {
    return this.#actor.getSnapshot().context.remote;
  }

  dispatch(event: SessionEvent): void {
    this.#owner.settle(() => this.#actor.send(event));
  }

  /** The application wants the connection no more. */
  close(): void {
    this.dispatch({ type: 'close' });
    this.#owner.retire(this);
  }

  stop(): void {
    this.#actor.stop();
  }

  // ---- what comes in

  receiveControl(frame: ControlFrame): void {
    const isCurrent = this.listener !== undefined;
    if (isCurrent && frame.type === 'frame.heartbeat' && frame.gapBegin > this.#sent.next) {
      const reason = `a HEARTBEAT acknowledges message ${frame.gapBegin}, never sent`;
      this.#owner.warnings.warn('a malformed frame was dropped', about(this.#owner, reason));
      return;
    }
    const { first } = this.#sent;
    this.dispatch(frame.type === 'frame.heartbeat' ? { ...frame, sent: this.#sent.next } : frame);
    if (this.#sent.first > first) this.listener?.drained();
  }

  receiveMessage({ index, text }: MessageFrame): void {
    if (this.#prefix === undefined) {
      log.debug('a phantom was dropped', about(this.#owner, 'a MESSAGE for no open session'));
      return;
    }
    this.#heardAt = this.#now();
    const received = this.#received;
    const hadGap = received.hasGap;
    if (received.accept(index, text) === 'delivered') {
      for (let next: string | undefined = text; next !== undefined; next = received.take())
        this.listener?.deliver(next);
    }
    if (hadGap || received.hasGap) this.#reportGap(hadGap, index);
    if (this.#acknowledgesEarly) this.#countReceived(text.length);
  }

  #reportGap(hadGap: boolean, index: number): void {
    if (!hadGap) this.dispatch({ type: 'gap.detected' });
    else if (!this.#received.hasGap) this.dispatch({ type: 'gap.closed' });
    else if (this.#received.isAnswered(index)) this.dispatch({ type: 'gap.remains' });
  }

  #countReceived(units: number): void {
    this.#messagesSinceHeartbeat += 1;
    this.#unitsSinceHeartbeat += units;
    const isDue =
      this.#messagesSinceHeartbeat >= ACKNOWLEDGE_MESSAGES || this.#unitsSinceHeartbeat >= ACKNOWLEDGE_UNITS;
    if (isDue) this.dispatch({ type: 'acknowledgement.due' });
  }

  checkDue(now: number, heldUpMs: number): void {
    if (heldUpMs > 0) {
      this.#heardAt = Math.min(this.#heardAt + heldUpMs, now);
      this.#invalidatedAt = Math.min(this.#invalidatedAt + heldUpMs, now);
    }
    // Behind a long message, nothing else can be heard.
    const pieces = this.#owner.getParentPieces();
    if (pieces > this.#pieces) this.#heardAt = now;
    this.#pieces = pieces;
    const { heartbeatIntervalMs, invalidateIntervalMs, lostTimeoutMs } = this.#owner.settings;
    if (now - this.#heardAt >= lostTimeoutMs) {
      this.dispatch({ type: 'silence.lost' });
      return;
    }
    if (now - Math.max(this.#heardAt, this.#invalidatedAt) >= invalidateIntervalMs) {
      this.#invalidatedAt = now;
      this.dispatch({ type: 'silence.invalidating' });
    }
    if (now - this.#repeatedAt >= heartbeatIntervalMs * this.#jitter) {
      this.#restartInterval();
      this.dispatch({ type: 'heartbeat.due' });
    }
  }

  // ---- what the application sends

  sendMessage(text: string): void {
    const index = this.#sent.push(text);
    if (index === undefined) throw bufferFull(this.#owner.targetEva, text.length, this.#sent.capacity);
    if (!this.#flows || this.#prefix === undefined) return;
    try {
      this.#owner.transmit(encodeMessage(this.#prefix, index, text));
    } catch (error) {
      const isRefused = error instanceof VnfError && this.#owner.isParentConnected();
      if (isRefused && this.#sent.withdraw(index)) throw error;
      log.debug('a frame was lost', about(this.#owner, error));
    }
  }

  getBufferedAmount(): number {
    return this.#sent.units;
  }

  getSendCapacity(): number {
    if (!this.#flows || this.#prefix === undefined) return this.#sent.capacity;
    const parent = this.#owner.getParentCapacity() - this.#prefix.length - INDEX_UNITS;
    return Math.max(Math.min(this.#sent.capacity, parent), 0);
  }

  // ---- what the machine asks for

  send(frame: ControlFrame): void {
    this.#restartInterval();
    this.#owner.sendControl(frame);
  }

  sendHeartbeat(to: string): void {
    this.#messagesSinceHeartbeat = 0;
    this.#unitsSinceHeartbeat = 0;
    const gapEnd = this.#received.ask()?.end ?? NO_GAP;
    this.send({
      type: 'frame.heartbeat',
      to,
      from: this.id,
      gapBegin: this.#received.next,
      gapEnd,
    });
  }

  openDataPath(remote: string): void {
    this.#prefix = messagePrefix(remote);
    this.#acknowledgesEarly = takesEarlyHeartbeats(remote);
    this.#flows = true;
  }

  closeDataPath(): void {
    this.#prefix = undefined;
    this.#flows = false;
    // A session that has ended stays for a while; what it held must not.
    this.#sent = this.#newSendWindow();
    this.#received = new ReceiveWindow();
  }

  holdMessages(): void {
    this.#flows = false;
  }

  releaseMessages(): void {
    this.#flows = true;
    this.resend(this.#sent.first, Number.POSITIVE_INFINITY);
  }

  acknowledge(gapBegin: number): void {
    this.#sent.acknowledge(gapBegin);
  }

  resend(begin: number, end: number): void {
    // What is sent while this runs leaves by itself.
    const last = Math.min(end, this.#sent.next - 1);
    for (let index = Math.max(begin, this.#sent.first); index <= last; index += 1) {
      const text = this.#sent.get(index);
      if (this.#prefix === undefined) return;
      if (text === undefined) continue;
      try {
        this.#owner.transmit(encodeMessage(this.#prefix, index, text));
      } catch (error) {
        this.#resendFailed(error);
        return;
      }
    }
  }

  #resendFailed(error: unknown): void {
    const details = about(this.#owner, error);
    if (error instanceof VnfError && error.code === 'ERR_MESSAGE_TOO_LARGE') {
      log.error('a message can never be sent', { ...details, error });
      this.dispatch({ type: 'message.undeliverable', reason: details.reason });
    } else {
      // The other side asks again for whatever it misses.
      log.debug('a frame was lost', details);
    }
  }

  openParent(): void {
    this.#owner.openParent();
  }

  reopenParent(): void {
    this.#owner.reopenParent();
  }

  restartSilence(): void {
    this.#heardAt = this.#now();
  }

  #newSendWindow(): SendWindow {
    return new SendWindow({ units: this.#owner.environment.maxBufferedAmount });
  }

  #restartInterval(): void {
    this.#repeatedAt = this.#now();
    this.#jitter = 1 - JITTER + 2 * JITTER * this.#owner.environment.random();
  }

  #now(): number {
    return this.#owner.environment.clock.now();
  }
}
