import type { SessionEmitted, SessionEvent } from '../../machines/reliable-session.machine.ts';
import type { ParentEndpoint } from '../core/contracts.ts';
import type { DueScan } from '../core/due-scan.ts';
import { about, log } from '../core/logger.ts';
import type { Environment } from '../core/options.ts';
import type { RepeatLog } from '../core/repeat-log.ts';
import {
  type ControlFrame,
  decodeControl,
  decodeMessages,
  encodeControl,
  isMessage,
} from '../protocol/reliable.ts';
import { RECEIVE_WINDOW_MESSAGES } from '../reliable/receive-window.ts';
import {
  ReliableSession,
  type ReliableSettings,
  type SessionListener,
  type SessionOwner,
} from './reliable-session.ts';

/** How many sessions with one peer, that have ended, wait for what is still on its way; the oldest goes first. */
const ENDED_SESSIONS = 8;

/** What a peer needs of its endpoint. */
export interface PeerHost {
  readonly eva: string;
  readonly warnings: RepeatLog;
  readonly parent: ParentEndpoint;
  readonly environment: Environment;
  readonly settings: ReliableSettings;
  readonly scan: DueScan;
  nextSessionId(): string;
  /** The session for a peer that begins to open one. */
  acceptSession(targetEva: string): ReliableSession | undefined;
  /** There is no session left, nor a need of the parent connection. */
  peerReleased(peer: ReliablePeer): void;
}

/** One other side, as one endpoint sees it: the sessions with it, old and new, and the one parent connection. */
export class ReliablePeer implements SessionOwner {
  readonly targetEva: string;
  readonly #host: PeerHost;
  /** By our own ids, the oldest first. */
  readonly #sessions = new Map<string, ReliableSession>();
  /** The one that has not ended. */
  #current: ReliableSession | undefined;
  isParentUp: boolean;
  /** The attempt to open the parent connection that runs: the epoch of its answer. */
  #opening: symbol | undefined;
  /** How many steps of machines are running, one inside the other. */
  #steps = 0;
  /** Frames that a parent has delivered inside a step. */
  readonly #inbox: string[] = [];

  constructor(targetEva: string, host: PeerHost) {
    this.targetEva = targetEva;
    this.#host = host;
    this.isParentUp = this.#isParentConnected() && !this.#isParentSuspended();
  }

  get eva(): string {
    return this.#host.eva;
  }

  get warnings(): RepeatLog {
    return this.#host.warnings;
  }

  get environment(): Environment {
    return this.#host.environment;
  }

  get settings(): ReliableSettings {
    return this.#host.settings;
  }

  /** Whether there is no session. */
  get isIdle(): boolean {
    return this.#sessions.size === 0;
  }

  startSession(listener: SessionListener): ReliableSession {
    const session = new ReliableSession(this.#host.nextSessionId(), this, listener);
    this.#sessions.set(session.id, session);
    this.#current = session;
    this.#host.scan.add(session);
    return session;
  }

  /** The session has ended for its connection, and lives on for what is still on its way. */
  retire(session: ReliableSession): void {
    session.listener = undefined;
    if (this.#current === session) this.#current = undefined;
    const ended = [...this.#sessions.values()].filter((each) => each !== this.#current);
    for (const oldest of ended.slice(0, -ENDED_SESSIONS)) this.#remove(oldest);
  }

  /** The endpoint is destroyed. */
  dispose(): void {
    for (const session of [...this.#sessions.values()]) this.#remove(session);
  }

  /** The parent has room again. */
  parentDrained(): void {
    for (const session of [...this.#sessions.values()]) session.parentDrained();
  }

  sessionChanged(session: ReliableSession, event: SessionEmitted): void {
    const { listener } = session;
    if (event.type === 'session.released') {
      this.#remove(session);
      if (this.isIdle) this.#release();
    } else if (event.type === 'session.drained') {
      // The other side could not take the HANDSHAKE of a new one before.
      this.#current?.dispatch({ type: 'heartbeat.due' });
    } else if (event.type === 'session.ended' || event.type === 'session.superseded') {
      this.retire(session);
    }
    listener?.sessionChanged(event);
  }

  heardByEnded(at: number): void {
    this.#current?.excuseSilence(at);
  }

  #release(): void {
    this.#host.peerReleased(this);
    this.#closeParent();
  }

  #remove(session: ReliableSession): void {
    this.#sessions.delete(session.id);
    this.#host.scan.delete(session);
    session.abandon();
  }

  /** The page acts again: every session says at once what it would else repeat on its interval. */
  wake(): void {
    this.#tellSessions({ type: 'heartbeat.due' });
  }

  // ---- frames

  receive(frame: string): void {
    if (this.#steps === 0) {
      if (!this.#current?.hearsAgain(frame)) this.settle(() => this.#receive(frame));
    } else if (this.#inbox.length < RECEIVE_WINDOW_MESSAGES) {
      // Beyond this a frame is lost, as it would be beyond the window.
      this.#inbox.push(frame);
    }
  }

  settle(step: () => void): void {
    this.#run(step);
    while (this.#steps === 0 && this.#inbox.length > 0) {
      this.#run(() => this.#receive(this.#inbox.shift() as string));
    }
  }

  #run(step: () => void): void {
    this.#steps += 1;
    try {
      step();
    } finally {
      this.#steps -= 1;
    }
  }

  #receive(text: string): void {
    if (typeof text !== 'string') {
      this.#drop('warn', 'the frame is no string');
    } else if (isMessage(text)) {
      const frame = decodeMessages(text);
      const session = frame && this.#sessions.get(frame.to);
      if (frame === undefined) this.#drop('warn', 'a MESSAGE without an id, an index or its texts');
      else if (session === undefined) this.#drop('debug', 'a MESSAGE for no session');
      else session.receiveMessages(frame);
    } else {
      const frame = decodeControl(text);
      if (frame.type === 'malformed') this.#drop('warn', frame.reason);
      else this.#receiveControl(frame, text);
    }
  }

  #receiveControl(frame: ControlFrame, text: string): void {
    const session = this.#sessionFor(frame);
    // The reflex of PROTOCOL §4: every CLOSE-CONNECTION is answered, whoever it is for.
    if (frame.type === 'frame.close.connection') {
      this.#answer({ type: 'frame.close.accept', to: frame.from, from: frame.to });
    }
    if (session !== undefined) {
      session.receiveControl(frame, text);
      return;
    }
    this.#drop('debug', `${frame.type} for no session of this endpoint`);
    // The other side holds on to a session that has ended here for good: most often it was asleep meanwhile.
    if (frame.type === 'frame.heartbeat') {
      this.#answer({ type: 'frame.close.connection', to: frame.from, from: frame.to });
    }
  }

  #sessionFor(frame: ControlFrame): ReliableSession | undefined {
    if (frame.type === 'frame.handshake') {
      // A late one of a session that has ended must not begin another.
      const ended = [...this.#sessions.values()].find((each) => each.remote === frame.from);
      return ended ?? this.#current ?? this.#host.acceptSession(this.targetEva);
    }
    const named = this.#sessions.get(frame.to);
    // A side that never knew our id closes without it.
    return frame.type === 'frame.close.connection' ? (named ?? this.#current) : named;
  }

  #answer(frame: ControlFrame): void {
    this.sendControl(encodeControl(frame));
  }

  sendControl(frame: string): void {
    try {
      this.transmit(frame);
    } catch (error) {
      log.debug('a frame was lost', about(this, error));
    }
  }

  #drop(level: 'warn' | 'debug', reason: string): void {
    const details = about(this, reason);
    if (level === 'warn') this.#host.warnings.warn('a malformed frame was dropped', details);
    else log.debug('a phantom was dropped', details);
  }

  // ---- the parent connection

  get parentControlsCongestion(): boolean {
    return this.#host.parent.controlsCongestion ?? false;
  }

  transmit(frame: string): unknown {
    const { parent } = this.#host;
    if (!this.isParentUp) return undefined;
    const verdict = parent.send(this.targetEva, frame);
    // Of an application's own hub it may mean anything.
    return parent.onDrain === undefined ? undefined : verdict;
  }

  #isParentConnected(): boolean {
    return this.#ask((parent) => parent.isConnected(this.targetEva), false);
  }

  getParentPieces(): number {
    return this.#ask((parent) => parent.getReceivedPieces?.(this.targetEva) ?? 0, 0);
  }

  #isParentSuspended(): boolean {
    return this.#ask((parent) => parent.getConnectionState?.(this.targetEva) === 'reconnecting', false);
  }

  openParent(): void {
    // A parent that is reconnecting says itself what becomes of it.
    if (this.isParentUp || this.#opening !== undefined || this.#isParentSuspended()) return;
    if (this.#host.parent.isDestroyed()) return;
    const opening = Symbol('opening');
    this.#opening = opening;
    const isAsked = this.#ask((parent) => {
      parent.openConnection(this.targetEva, ({ status }) => {
        if (this.#opening === opening) this.#parentAnswered(status);
      });
      return true;
    }, false);
    if (!isAsked) this.#opening = undefined;
  }

  #parentAnswered(status: string): void {
    this.#opening = undefined;
    if (status !== 'CONNECTED') log.debug('the parent hub could not connect', about(this, status));
    else if (!this.isParentUp) this.parentConnected();
  }

  reopenParent(): void {
    if (!this.isParentUp) return;
    log.info('the parent connection is replaced', about(this, 'nothing is heard over it'));
    this.#closeParent();
    // Most parents have said so by now.
    if (this.isParentUp) this.parentInterrupted();
  }

  #closeParent(): void {
    this.#ask((parent) => parent.closeConnection(this.targetEva), undefined);
  }

  parentConnected(): void {
    this.isParentUp = true;
    this.#opening = undefined;
    this.#tellSessions({ type: 'parent.up' });
  }

  /** It is lost, closed, or reconnecting. */
  parentInterrupted(): void {
    this.isParentUp = false;
    this.#tellSessions({ type: 'parent.down' });
  }

  #tellSessions(event: SessionEvent): void {
    for (const session of [...this.#sessions.values()]) session.dispatch(event);
  }

  /** Calls the parent, which may be an application's own and throw. */
  #ask<T>(call: (parent: ParentEndpoint) => T, otherwise: T): T {
    try {
      return call(this.#host.parent);
    } catch (error) {
      this.#host.warnings.warn('the parent hub threw', { ...about(this, error), error });
      return otherwise;
    }
  }
}
