import {
  reliableSessionMachine,
  type SessionEmitted,
  type SessionEvent,
  type SessionTransport,
} from '../../../machines/reliable-session.machine.ts';
import { encodeControl, type PlainFrame } from '../../../src/protocol/reliable.ts';
import type { Model } from './run.ts';
import { cellsOf, type StateOf, type Table } from './table.ts';
import { World } from './world.ts';

type Machine = typeof reliableSessionMachine;

type Heartbeat = Extract<SessionEvent, { type: 'frame.heartbeat' }>;

const OWN = 'own-1';
const REMOTE = 'remote-1';
/** What a side writes that has never learned the other one's id. */
const UNKNOWN = 'undefined';

class ReliableSessionWorld extends World<Machine> implements SessionTransport {
  readonly input = { transport: this, own: OWN };
  /** The other side's id, as soon as this side has said it. */
  remote = UNKNOWN;
  /** The first of the equal HEARTBEATs that came last, and how many have repeated it. */
  heard: Heartbeat | undefined;
  repeats = 0;
  /** So many repetitions without a gap it takes until what is missing is sent again. */
  patience = 1;
  /** What had been sent when that was done last. */
  #resent = 0;
  /** What the step that runs has asked for. */
  #asked: string[] = [];

  constructor() {
    super();
    this.opens('session');
    this.opens('wish for it');
  }

  send(frame: PlainFrame): void {
    if ('to' in frame) this.remote = frame.to;
    this.say(encodeControl(frame));
  }

  sendHeartbeat(to: string): void {
    this.say(`HEARTBEAT ${to}`);
  }

  openDataPath(remote: string): void {
    this.remote = remote;
    this.opens('data path');
    this.say(`let ${remote} in`);
  }

  closeDataPath(): void {
    this.closes('data path');
    this.drops('hold');
    this.say('let nobody in');
    this.heard = undefined;
    this.#noteResent(undefined, 0);
  }

  holdMessages(): void {
    this.opens('hold');
    this.say('hold');
  }

  releaseMessages(): void {
    this.closes('hold');
    this.#asked.push('release');
    this.say('release');
  }

  acknowledge(gapBegin: number): void {
    this.say(`acknowledge ${gapBegin}`);
  }

  resend(begin: number, end: number): void {
    this.#asked.push('resend');
    this.say(`resend ${begin} ${end}`);
  }

  openParent(): void {
    this.drops('parent connection');
    this.opens('parent connection');
    this.say('open parent');
  }

  reopenParent(): void {
    this.say('reopen parent');
  }

  restartSilence(): void {
    this.#asked.push('heard');
    this.say('heard');
  }

  describe(fact: SessionEmitted): string {
    switch (fact.type) {
      case 'session.ended':
        this.closes('wish for it');
        return fact.how;
      case 'session.superseded':
        this.closes('wish for it');
        return 'superseded';
      case 'session.released':
        this.closes('session');
        this.drops('parent connection');
        return 'released';
      default:
        return fact.type.replace('session.', '');
    }
  }

  override settled(event: SessionEvent, entered: readonly StateOf<Machine>[]): void {
    const asked = this.#asked.splice(0);
    if (event.type === 'close') this.drops('wish for it');
    if (event.type !== 'frame.heartbeat' || !asked.includes('heard') || entered.includes('closing')) return;
    if (asked.includes('release')) this.#noteResent(event, 2);
    else if (asked.includes('resend') && event.gapEnd < 0) this.#noteResent(event, 2 * this.patience);
    else this.#noteHeard(event);
  }

  /** How many HEARTBEATs before this one were equal to it; what was sent after the first may be on its way. */
  repetitionsOf({ gapBegin, gapEnd }: Heartbeat): number {
    const { heard } = this;
    const isEqual = heard?.gapBegin === gapBegin && heard.gapEnd === gapEnd && heard.sent > gapBegin;
    return isEqual ? this.repeats + 1 : 0;
  }

  facts() {
    const { heard, repeats, patience } = this;
    const row = heard && [heard.gapBegin, heard.gapEnd, heard.sent, Math.min(repeats, 5)];
    return [this.remote, row, Math.min(patience, 8), this.#resent];
  }

  #noteHeard(event: Heartbeat): void {
    this.repeats = this.repetitionsOf(event);
    if (this.repeats === 0) this.heard = event;
    if (event.gapBegin >= this.#resent) this.patience = 1;
  }

  #noteResent(event: Heartbeat | undefined, patience: number): void {
    this.heard = event;
    this.repeats = 0;
    this.patience = patience;
    this.#resent = event?.sent ?? 0;
  }
}

type When = (world: ReliableSessionWorld, event: SessionEvent) => boolean;
type Say = (world: ReliableSessionWorld, event: SessionEvent) => string;

const namesOwn: When = (_, event) => 'to' in event && event.to === OWN;
const namesRemote: When = ({ remote }, event) => 'from' in event && event.from === remote;
const isOfSession: When = (world, event) => namesOwn(world, event) && namesRemote(world, event);

/** A HEARTBEAT of this session. */
const heartbeatWhere =
  (holds: (world: ReliableSessionWorld, event: Heartbeat) => boolean): When =>
  (world, event) =>
    event.type === 'frame.heartbeat' && isOfSession(world, event) && holds(world, event);

const namesNewGap = heartbeatWhere(({ heard }, { gapEnd }) => gapEnd >= 0 && gapEnd !== heard?.gapEnd);
const repeatsGapLongEnough = heartbeatWhere(
  (world, event) => event.gapEnd >= 0 && [1, 2, 4, 8].includes(world.repetitionsOf(event)),
);
const missesTheSameFirst = heartbeatWhere(
  (world, event) => event.gapEnd < 0 && world.patience === 1 && world.repetitionsOf(event) === 1,
);
const missesTheSameStill = heartbeatWhere(
  (world, event) => event.gapEnd < 0 && world.repetitionsOf(event) === world.patience,
);

const from = (event: SessionEvent) => ('from' in event ? event.from : UNKNOWN);
const handshake = `HANDSHAKE ${OWN}`;
const accept: Say = ({ remote }) => `ACCEPT ${remote} ${OWN}`;
const acceptNew: Say = (_, event) => `ACCEPT ${from(event)} ${OWN}`;
const letIn: Say = (_, event) => `let ${from(event)} in`;
const heartbeat: Say = ({ remote }) => `HEARTBEAT ${remote}`;
const heartbeatNew: Say = (_, event) => `HEARTBEAT ${from(event)}`;
const closeConnection: Say = ({ remote }) => `CLOSE-CONNECTION ${remote} ${OWN}`;
const acknowledge: Say = (_, event) => `acknowledge ${(event as Heartbeat).gapBegin}`;
const resendGap: Say = (_, event) => `resend ${(event as Heartbeat).gapBegin} ${(event as Heartbeat).gapEnd}`;
const resendAll: Say = ({ heard }) => `resend ${heard?.gapBegin} ${(heard?.sent ?? 0) - 1}`;
const resendLast: Say = ({ heard }) => `resend ${(heard?.sent ?? 0) - 1} ${(heard?.sent ?? 0) - 1}`;

const { go, stay, when, ignore, ignoring } = cellsOf<Machine, ReliableSessionWorld>();

const phantom = ignore('a phantom: not of this session');
const begins = ['connected.recovery.inOrder', 'connected.liveness.live'] as const;
const closes = ['heard', closeConnection, 'open parent'] as const;
const closesPath = ['let nobody in', ...closes] as const;

const noMessages = ignoring(
  'no messages pass',
  'gap.detected',
  'gap.remains',
  'gap.closed',
  'acknowledgement.due',
  'message.undeliverable',
);

const accepting = {
  close: go('closing', ...closes),
  'heartbeat.due': stay(accept, 'open parent'),
  'parent.up': stay(accept),
  'parent.down': stay('open parent'),
  'silence.invalidating': stay('reopen parent'),
  'frame.handshake': [when(namesRemote, stay('heard', accept)), phantom],
  'frame.accept': [when(isOfSession, go(begins, 'heard', letIn, heartbeatNew, 'connected')), phantom],
  'frame.heartbeat': [when(isOfSession, go(begins, 'heard', letIn, heartbeatNew, 'connected')), phantom],
  // Whatever it calls us: it may never have learned our id.
  'frame.close.connection': [when(namesRemote, go('closed', 'heard', 'failed')), phantom],
  ...ignoring('nothing was closed here', 'frame.close.accept'),
  ...noMessages,
} as const;

/** A row of the region `liveness`, which also has what is answered for the whole session. */
const liveness = {
  close: go('closing', ...closesPath),
  'heartbeat.due': stay(heartbeat, 'open parent'),
  'acknowledgement.due': stay(heartbeat),
  'silence.lost': go('closing', ...closesPath, 'lost'),
  'message.undeliverable': go('closing', ...closesPath, 'lost'),
  'frame.accept': [when(isOfSession, stay('heard', heartbeat)), phantom],
  'frame.close.connection': [when(isOfSession, go('closed', 'let nobody in', 'heard', 'closed')), phantom],
  ...ignoring('it is open', 'open', 'frame.handshake'),
  ...ignoring('nothing was closed here', 'frame.close.accept'),
  ...ignoring('the rows of `recovery` have it', 'gap.detected', 'gap.remains', 'gap.closed'),
} as const;

/** A row of the region `recovery`. */
const recovery = ignoring(
  'the rows of `liveness` have it',
  'open',
  'close',
  'heartbeat.due',
  'silence.invalidating',
  'silence.lost',
  'parent.up',
  'parent.down',
  'acknowledgement.due',
  'message.undeliverable',
  'frame.handshake',
  'frame.accept',
  'frame.heartbeat',
  'frame.close.connection',
  'frame.close.accept',
);

const table: Table<Machine, ReliableSessionWorld> = {
  noAction: {
    open: go('handshaking', handshake, 'open parent'),
    close: go('released', 'released'),
    'frame.handshake': go('accepting.answering', 'heard', acceptNew, 'open parent'),
    ...ignoring(
      'nothing has begun',
      'frame.accept',
      'frame.heartbeat',
      'frame.close.connection',
      'frame.close.accept',
      'heartbeat.due',
      'silence.invalidating',
      'silence.lost',
      'parent.up',
      'parent.down',
    ),
    ...noMessages,
  },
  handshaking: {
    close: go('closing', ...closes),
    'heartbeat.due': stay(handshake, 'open parent'),
    'parent.up': stay(handshake),
    'parent.down': stay('open parent'),
    'silence.invalidating': stay('reopen parent'),
    'silence.lost': go('closing', ...closes, 'failed'),
    'frame.handshake': go('accepting.wanted', 'heard', acceptNew, 'open parent'),
    'frame.accept': [when(namesOwn, go(begins, 'heard', letIn, heartbeatNew, 'connected')), phantom],
    'frame.close.connection': stay(handshake),
    ...ignoring('it is opening', 'open'),
    ...ignoring('the other side has not accepted', 'frame.heartbeat', 'frame.close.accept'),
    ...noMessages,
  },
  'accepting.answering': {
    ...accepting,
    open: go('accepting.wanted'),
    'silence.lost': go('closing', ...closes, 'failed'),
  },
  'accepting.wanted': {
    ...accepting,
    open: ignore('it is wanted'),
    'silence.lost': go('closing', ...closes, 'superseded'),
  },
  'connected.recovery.inOrder': {
    'gap.detected': go('connected.recovery.recovering', heartbeat),
    ...ignoring('there is no gap', 'gap.remains', 'gap.closed'),
    ...recovery,
  },
  'connected.recovery.recovering': {
    'gap.detected': ignore('one is asked for'),
    'gap.remains': stay(heartbeat),
    'gap.closed': go('connected.recovery.inOrder'),
    ...recovery,
  },
  'connected.liveness.live': {
    'parent.up': stay(heartbeat),
    'parent.down': go('connected.liveness.interrupted.waiting', 'open parent', 'hold', 'suspended'),
    'silence.invalidating': go(
      'connected.liveness.interrupted.probing',
      'reopen parent',
      'hold',
      'suspended',
    ),
    'frame.heartbeat': [
      when(namesNewGap, stay('heard', acknowledge, resendGap)),
      when(repeatsGapLongEnough, stay('heard', acknowledge, resendGap)),
      when(missesTheSameFirst, stay('heard', acknowledge, resendAll)),
      when(missesTheSameStill, stay('heard', acknowledge, resendLast)),
      when(isOfSession, stay('heard', acknowledge)),
      phantom,
    ],
    ...liveness,
  },
  'connected.liveness.interrupted.waiting': {
    'parent.up': go('connected.liveness.interrupted.probing', heartbeat),
    'parent.down': stay('open parent'),
    'silence.invalidating': ignore('there is no parent connection to replace'),
    'frame.heartbeat': ignore('it comes from a parent connection that is gone'),
    ...liveness,
  },
  'connected.liveness.interrupted.probing': {
    'parent.up': stay(heartbeat),
    'parent.down': go('connected.liveness.interrupted.waiting', 'open parent'),
    'silence.invalidating': stay('reopen parent'),
    'frame.heartbeat': [
      when(isOfSession, go('connected.liveness.live', 'heard', acknowledge, 'release', 'resumed')),
      phantom,
    ],
    ...liveness,
  },
  closing: {
    'heartbeat.due': stay(closeConnection, 'open parent'),
    'parent.up': stay(closeConnection),
    'parent.down': stay('open parent'),
    'silence.lost': go('released', 'released'),
    'frame.close.accept': [when(isOfSession, go('closed', 'heard')), phantom],
    ...ignoring('it has ended here', 'open', 'close', 'silence.invalidating'),
    ...ignoring(
      'a phantom: it has ended here',
      'frame.handshake',
      'frame.accept',
      'frame.heartbeat',
      'frame.close.connection',
    ),
    ...noMessages,
  },
  closed: {
    'silence.lost': go('released', 'released'),
    ...ignoring(
      'both sides know that it has ended',
      'open',
      'close',
      'heartbeat.due',
      'silence.invalidating',
    ),
    ...ignoring('it needs no parent connection', 'parent.up', 'parent.down'),
    ...ignoring(
      'a phantom: it has ended',
      'frame.handshake',
      'frame.accept',
      'frame.heartbeat',
      'frame.close.connection',
      'frame.close.accept',
    ),
    ...noMessages,
  },
  released: 'final',
};

/** The ids of this session, and of others by one id or by both. */
function ids({ remote }: ReliableSessionWorld) {
  const own = { to: OWN, from: remote === UNKNOWN ? REMOTE : remote };
  const strangers = [
    { to: 'own-0', from: own.from },
    { to: OWN, from: 'remote-0' },
    { to: 'own-0', from: 'remote-0' },
  ];
  // Whoever comes first is the other side.
  return { own, strangers: remote === UNKNOWN ? strangers.slice(0, 1) : strangers };
}

const anyIds = (world: ReliableSessionWorld) => [ids(world).own, ...ids(world).strangers];

const heard = (gapBegin: number, gapEnd: number, sent = 10) => ({ gapBegin, gapEnd, sent });

/** Of ten messages: all have come; some of the last are missing; gaps that are new, or being filled. */
const heartbeats = [heard(10, -1), heard(10, -1, 12), heard(3, -1), heard(3, 5), heard(4, 5), heard(7, 8)];

export const reliableSessionModel: Model<Machine, ReliableSessionWorld> = {
  machine: reliableSessionMachine,
  table,
  worlds: [() => new ReliableSessionWorld()],
  start: go('noAction'),
  events: {
    open: () => [{ type: 'open' }],
    close: () => [{ type: 'close' }],
    'heartbeat.due': () => [{ type: 'heartbeat.due' }],
    'silence.invalidating': () => [{ type: 'silence.invalidating' }],
    'silence.lost': () => [{ type: 'silence.lost' }],
    'parent.up': () => [{ type: 'parent.up' }],
    'parent.down': () => [{ type: 'parent.down' }],
    'gap.detected': () => [{ type: 'gap.detected' }],
    'gap.remains': () => [{ type: 'gap.remains' }],
    'gap.closed': () => [{ type: 'gap.closed' }],
    'acknowledgement.due': () => [{ type: 'acknowledgement.due' }],
    'message.undeliverable': () => [{ type: 'message.undeliverable', reason: 'a reason' }],
    'frame.handshake': (world) => anyIds(world).map(({ from }) => ({ type: 'frame.handshake', from })),
    'frame.accept': (world) => anyIds(world).map((id) => ({ type: 'frame.accept', ...id })),
    'frame.heartbeat': (world) => [
      ...heartbeats.map((frame) => ({ type: 'frame.heartbeat' as const, ...ids(world).own, ...frame })),
      ...ids(world).strangers.map((id) => ({ type: 'frame.heartbeat' as const, ...id, ...heard(3, 5) })),
    ],
    'frame.close.connection': (world) =>
      anyIds(world).map((id) => ({ type: 'frame.close.connection', ...id })),
    'frame.close.accept': (world) =>
      [...anyIds(world), { to: OWN, from: UNKNOWN }].map((id) => ({ type: 'frame.close.accept', ...id })),
  },
};
