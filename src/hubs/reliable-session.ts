import {
  reliableSessionMachine,
  type SessionEmitted,
  type SessionEvent,
  type SessionTransport,
} from '../../machines/reliable-session.machine.ts';
import { MachineActor } from '../core/actors.ts';
import type { Due } from '../core/due-scan.ts';
import { about, log } from '../core/logger.ts';
import type { Environment } from '../core/options.ts';
import type { RepeatLog } from '../core/repeat-log.ts';
import {
  type ControlFrame,
  encodeControl,
  knowsExtensions,
  type MessageFrame,
  NO_GAP,
  type PlainFrame,
  TOLD_BEFORE,
} from '../protocol/reliable.ts';
import { type ReceiverListener, ReliableReceiver } from './reliable-receiver.ts';
import { ReliableSender, type SenderListener } from './reliable-sender.ts';
import { MeasuredTiming } from './session-timing.ts';

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
  /** Less waits for the other side than before. */
  drained(): void;
}

/** What a session needs of the peer that it talks to. */
export interface SessionOwner {
  readonly eva: string;
  readonly warnings: RepeatLog;
  readonly targetEva: string;
  readonly environment: Environment;
  readonly settings: ReliableSettings;
  /** Whether the parent keeps what is too much for it, and its order. */
  readonly parentControlsCongestion: boolean;
  /** Sends a frame over the parent connection, if it is up; `false` where that has enough. What it throws passes through. */
  transmit(frame: string): unknown;
  /** Sends a control frame the same way; what the parent cannot take now is lost. */
  sendControl(frame: string): void;
  readonly isParentUp: boolean;
  /** How many pieces of messages the parent has received that are not whole yet. */
  getParentPieces(): number;
  openParent(): void;
  reopenParent(): void;
  /** Runs a step of a machine: frames that come meanwhile wait until it has settled. */
  settle(step: () => void): void;
  sessionChanged(session: ReliableSession, event: SessionEmitted): void;
  /** An ended session, which still has something to deliver, heard the other side at this time. */
  heardByEnded(at: number): void;
  /** The session has ended for its connection. */
  retire(session: ReliableSession): void;
}

type HeartbeatFrame = Extract<ControlFrame, { type: 'frame.heartbeat' }>;

/** How far a repeated frame may be off the interval, as a share of it, so that many do not beat together. */
const JITTER = 0.3;

/** The way of messages, while the machine lets them pass. */
interface DataPath {
  readonly remote: string;
  readonly sender: ReliableSender;
  readonly receiver: ReliableReceiver;
}

/** One session: its actor, and the two ways of its messages, which the actor opens and shuts. */
export class ReliableSession implements SessionTransport, SenderListener, ReceiverListener, Due {
  /** The session id of this side. */
  readonly id: string;
  /** The connection, until the session ends. */
  listener: SessionListener | undefined;
  readonly #owner: SessionOwner;
  readonly #actor: MachineActor<typeof reliableSessionMachine>;
  readonly #timing: MeasuredTiming;
  /** The machine's gate. */
  #path: DataPath | undefined;
  /** The machine's second gate: whether the other side can be heard, so that messages leave. */
  #isLive = false;
  /** The HEARTBEAT that came last, where nothing changes when it comes again: what idle sessions send for ever. */
  #quietHeartbeat: string | undefined;
  /** The HEARTBEAT that was sent last, and what of our own messages it told. */
  #told = { first: Number.NaN, sent: 0, text: '' };
  #heardAt: number;
  /** How many pieces the parent had when nothing had been heard for a while. */
  #pieces: number | undefined;
  #invalidatedAt: number;
  #repeatedAt: number;
  #jitter = 1;

  constructor(id: string, owner: SessionOwner, listener: SessionListener) {
    this.id = id;
    this.listener = listener;
    this.#owner = owner;
    this.#heardAt = this.#now();
    this.#invalidatedAt = this.#heardAt;
    this.#repeatedAt = this.#heardAt;
    this.#timing = new MeasuredTiming(owner, () => this.#now() - this.#heardAt);
    const input = { transport: this, own: id, timing: this.#timing };
    this.#actor = new MachineActor(reliableSessionMachine, input, owner.environment, owner, {
      told: (event) => owner.sessionChanged(this, event),
      expired: (step) => owner.settle(step),
    }).start();
  }

  /** The session id of the other side, if it is known. */
  get remote(): string | undefined {
    return this.#actor.getSnapshot().context.remote;
  }

  dispatch(event: SessionEvent): void {
    this.#owner.settle(() => this.#actor.send(event));
  }

  /** The application wants the connection no more; what it has sent still leaves. */
  close(): void {
    const sender = this.#path?.sender;
    sender?.flush();
    const isDelivered = sender?.isComplete ?? true;
    if (!isDelivered) sender?.watchCompletion();
    this.dispatch({ type: 'close', isDelivered });
    this.#owner.retire(this);
  }

  /** Nothing can be waited for any more: what the parent still takes leaves, and the other side is told. */
  abandon(): void {
    this.#path?.sender.flushAll();
    this.dispatch({ type: 'close', isDelivered: true });
    this.#actor.stop();
  }

  // ---- what comes in

  receiveControl(frame: ControlFrame, text: string): void {
    const path = this.#path;
    if (frame.type !== 'frame.heartbeat' || path === undefined) {
      this.dispatch(frame);
    } else if (frame.gapBegin > path.sender.count) {
      const reason = `a HEARTBEAT acknowledges message ${frame.gapBegin}, never sent`;
      this.#owner.warnings.warn('a malformed frame was dropped', about(this.#owner, reason));
    } else if (!this.#isLive || frame.from !== path.remote) {
      this.dispatch(frame);
    } else {
      this.#heardAt = this.#now();
      this.#receiveReport(path, frame);
      this.#quietHeartbeat = isQuiet(frame) && path.sender.hasArrived ? text : undefined;
    }
    // Only now that the machine is at rest: the application may end everything when it hears of it.
    this.listener?.drained();
  }

  #receiveReport({ sender, receiver }: DataPath, frame: HeartbeatFrame): void {
    const arrived = sender.first;
    if (sender.reported(frame)) this.dispatch({ type: 'loss.reported' });
    if (sender.first > arrived) this.#timing.restartProbe();
    sender.flush();
    if (frame.report === undefined) return;
    const { first, sent } = frame.report;
    receiver.expect(sent);
    if (first < receiver.next) this.dispatch({ type: 'acknowledgement.owed' });
  }

  /** Whether the frame is the HEARTBEAT that came last, and says nothing but that the other side is there. */
  hearsAgain(frame: string): boolean {
    if (frame !== this.#quietHeartbeat || !this.#isLive || !this.#path?.sender.hasArrived) return false;
    this.#heardAt = this.#now();
    return true;
  }

  receiveMessages(frame: MessageFrame): void {
    if (this.#path === undefined) {
      log.debug('a phantom was dropped', about(this.#owner, 'a MESSAGE for no open session'));
      return;
    }
    this.#heardAt = this.#now();
    this.#path.receiver.receive(frame);
  }

  /** The parent has room again. */
  parentDrained(): void {
    this.#path?.sender.drained();
  }

  checkDue(now: number, heldUpMs: number): void {
    if (heldUpMs > 0) {
      this.#heardAt = Math.min(this.#heardAt + heldUpMs, now);
      this.#invalidatedAt = Math.min(this.#invalidatedAt + heldUpMs, now);
      // An answer may have lain here all the time: it measures nothing.
      this.#path?.sender.forgetSample();
    }
    const { heartbeatIntervalMs, invalidateIntervalMs, lostTimeoutMs } = this.#owner.settings;
    if (now - this.#heardAt < heartbeatIntervalMs) this.#pieces = undefined;
    else this.#hearPieces(now);
    if (this.listener === undefined && this.#path !== undefined) this.#owner.heardByEnded(this.#heardAt);
    if (now - this.#heardAt >= lostTimeoutMs) {
      this.dispatch({ type: 'silence.lost' });
      return;
    }
    if (now - Math.max(this.#heardAt, this.#invalidatedAt) >= invalidateIntervalMs) {
      this.#invalidatedAt = now;
      this.dispatch({ type: 'silence.invalidating' });
    }
    if (now - this.#repeatedAt >= heartbeatIntervalMs * this.#jitter) this.#repeat();
  }

  /** The other side is there, and cannot answer this session before the one before it has ended. */
  excuseSilence(until: number): void {
    this.#heardAt = Math.max(this.#heardAt, until);
  }

  /** Behind a long message, nothing else can be heard. */
  #hearPieces(now: number): void {
    const pieces = this.#owner.getParentPieces();
    if (this.#pieces !== undefined && pieces > this.#pieces) this.#heardAt = now;
    this.#pieces = pieces;
  }

  #repeat(): void {
    this.#restartInterval();
    const path = this.#path;
    if (!this.#isLive || path === undefined) {
      this.dispatch({ type: 'heartbeat.due' });
      return;
    }
    // By far the most that ever happens to most sessions: nothing in it is the machine's to decide.
    this.#owner.settle(() => {
      path.receiver.confirmGaps();
      this.sendHeartbeat(path.remote);
      path.sender.flush();
    });
  }

  // ---- what the application sends

  sendMessage(text: string): void {
    const sender = this.#path?.sender;
    // The first one that the other side is to tell of.
    if (sender?.hasArrived) this.#timing.restartProbe();
    sender?.push(text);
  }

  getSendCapacity(): number {
    return this.#path?.sender.capacity ?? 0;
  }

  getBufferedAmount(): number {
    return this.#path?.sender.bufferedUnits ?? 0;
  }

  deliver(text: string): void {
    this.listener?.deliver(text);
  }

  // ---- what the machine asks for

  send(frame: PlainFrame): void {
    this.#restartInterval();
    if (this.#owner.isParentUp) this.#timing.sent(frame.type);
    this.#owner.sendControl(encodeControl(frame));
  }

  sendHeartbeat(to: string): void {
    if (this.#path === undefined) return;
    const { sender, receiver } = this.#path;
    const { first, sent } = sender;
    this.#restartInterval();
    if (receiver.hasNews || this.#told.first !== first || this.#told.sent !== sent) {
      const { gapBegin, gapEnd, ...received } = receiver.tell();
      const frame = { type: 'frame.heartbeat', to, from: this.id, gapBegin, gapEnd } as const;
      const report = { ...received, first, sent };
      // What has just been told for the first time reads otherwise when it is told again.
      const isNew = received.heldMs !== TOLD_BEFORE;
      const text = encodeControl(knowsExtensions(to) ? { ...frame, report } : frame);
      this.#told = { first: isNew ? Number.NaN : first, sent, text };
    }
    this.#owner.sendControl(this.#told.text);
  }

  confirmGaps(): void {
    this.#path?.receiver.confirmGaps();
  }

  openDataPath(remote: string): void {
    const owner = this.#owner;
    this.#timing.answered(remote);
    this.#path = {
      remote,
      sender: new ReliableSender(owner, remote, this.#timing, this),
      receiver: new ReliableReceiver(remote, owner.parentControlsCongestion, this.#now, this),
    };
    this.#isLive = true;
  }

  closeDataPath(): void {
    this.#path?.sender.hold();
    this.#path = undefined;
    this.#isLive = false;
  }

  holdMessages(): void {
    this.#isLive = false;
    this.#path?.sender.hold();
  }

  releaseMessages(heartbeat: HeartbeatFrame): void {
    this.#isLive = true;
    this.#path?.sender.release(heartbeat);
  }

  probe(to: string): void {
    this.#timing.restartProbe();
    this.sendHeartbeat(to);
  }

  resend(): void {
    this.#path?.sender.resend();
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

  #restartInterval(): void {
    this.#repeatedAt = this.#now();
    this.#jitter = 1 - JITTER + 2 * JITTER * this.#owner.environment.random();
  }

  readonly #now = (): number => this.#owner.environment.clock.now();
}

/** Whether nothing is missing, and nothing on its way. */
function isQuiet({ gapEnd, report }: HeartbeatFrame): boolean {
  return report !== undefined && gapEnd === NO_GAP && report.first === report.sent;
}
