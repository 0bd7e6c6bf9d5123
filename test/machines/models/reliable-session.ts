import {
  reliableSessionMachine,
  type SessionEmitted,
  type SessionEvent,
  type SessionTiming,
  type SessionTransport,
} from '../../../machines/reliable-session.machine.ts';
import { type ControlFrame, encodeControl, type PlainFrame } from '../../../src/protocol/reliable.ts';
import type { Model } from './run.ts';
import { cellsOf, type EventOf, type StateOf, type Table } from './table.ts';
import { World } from './world.ts';

type Machine = typeof reliableSessionMachine;

type Heartbeat = Extract<ControlFrame, { type: 'frame.heartbeat' }>;

const OWN = 'own-1';
const REMOTE = 'remote-1';
/** What a side writes that has never learned the other one's id. */
const UNKNOWN = 'undefined';

class ReliableSessionWorld extends World<Machine> implements SessionTransport, SessionTiming {
  readonly input = { transport: this, own: OWN, timing: this };
  /** 0 where the parent connection keeps the order. */
  readonly reorderAllowanceMs: number;
  readonly askIntervalMs = 70;
  /** The other side's id, as soon as this side has said it. */
  remote = UNKNOWN;
  /** Whether nothing has been told of what was sent for too long. */
  isQuiet = false;
  isDraining = false;
  #isAwaiting = false;

  constructor(reorderAllowanceMs: number) {
    super();
    this.reorderAllowanceMs = reorderAllowanceMs;
    this.opens('session');
    this.opens('wish for it');
  }

  untilProbeMs(): number {
    return this.isQuiet ? 0 : 30;
  }

  /** Time passes without a word about what was sent; it matters only while somebody waits for it. */
  becomeQuiet(): void {
    this.isQuiet = this.#isAwaiting;
  }

  send(frame: PlainFrame): void {
    if ('to' in frame) this.remote = frame.to;
    this.say(encodeControl(frame));
  }

  sendHeartbeat(to: string): void {
    this.say(`HEARTBEAT ${to}`);
  }

  probe(to: string): void {
    this.isQuiet = false;
    this.say(`probe ${to}`);
  }

  confirmGaps(): void {
    this.say('confirm gaps');
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
  }

  holdMessages(): void {
    this.opens('hold');
    this.say('hold');
  }

  releaseMessages({ gapBegin }: Heartbeat): void {
    this.closes('hold');
    this.say(`release from ${gapBegin}`);
  }

  resend(): void {
    this.say('resend');
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

  override settled(event: EventOf<Machine>, entered: readonly StateOf<Machine>[]): void {
    if (event.type === 'close') this.drops('wish for it');
    if (entered.includes('connected.wish.draining')) this.isDraining = true;
    if (entered.includes('connected.delivery.awaiting')) this.#isAwaiting = true;
    if (entered.some((state) => ['closing', 'closed', 'connected.delivery.completed'].includes(state))) {
      this.#isAwaiting = false;
      this.isQuiet = false;
    }
    // Nothing depends on it any more.
    if (!entered.every((state) => state.startsWith('connected'))) this.isDraining = false;
  }

  facts() {
    const { remote, isQuiet, isDraining, reorderAllowanceMs } = this;
    return [remote, isQuiet, isDraining, reorderAllowanceMs];
  }
}

type When = (world: ReliableSessionWorld, event: SessionEvent) => boolean;
type Say = (world: ReliableSessionWorld, event: SessionEvent) => string;

const namesOwn: When = (_, event) => 'to' in event && event.to === OWN;
const namesRemote: When = ({ remote }, event) => 'from' in event && event.from === remote;
const isOfSession: When = (world, event) => namesOwn(world, event) && namesRemote(world, event);

const isWanted: When = ({ isDraining }) => !isDraining;
const isDelivered: When = (_, event) => event.type === 'close' && event.isDelivered;
const mayBeLate: When = ({ reorderAllowanceMs }) => reorderAllowanceMs > 0;
const isTold: When = ({ isQuiet }) => !isQuiet;

const from = (event: SessionEvent) => ('from' in event ? event.from : UNKNOWN);
const handshake = `HANDSHAKE ${OWN}`;
const accept: Say = ({ remote }) => `ACCEPT ${remote} ${OWN}`;
const acceptNew: Say = (_, event) => `ACCEPT ${from(event)} ${OWN}`;
const letIn: Say = (_, event) => `let ${from(event)} in`;
const heartbeat: Say = ({ remote }) => `HEARTBEAT ${remote}`;
const heartbeatNew: Say = (_, event) => `HEARTBEAT ${from(event)}`;
const closeConnection: Say = ({ remote }) => `CLOSE-CONNECTION ${remote} ${OWN}`;
const probe: Say = ({ remote }) => `probe ${remote}`;
const release: Say = (_, event) => `release from ${(event as Heartbeat).gapBegin}`;

const { go, stay, when, ignore, ignoring, notSet } = cellsOf<Machine, ReliableSessionWorld>();

const phantom = ignore('a phantom: not of this session');
const begins = [
  'connected.wish.wanted',
  'connected.recovery.inOrder',
  'connected.acknowledgement.settled',
  'connected.delivery.completed',
  'connected.liveness.live',
] as const;
const closes = ['heard', closeConnection, 'open parent'] as const;
const closesPath = ['let nobody in', ...closes] as const;

const timers = ['reorderAllowance', 'askInterval', 'acknowledgeDelay', 'probeTimeout'] as const;

const noMessages = {
  ...ignoring(
    'no messages pass',
    'gap.detected',
    'gap.remains',
    'gap.closed',
    'acknowledgement.owed',
    'acknowledgement.due',
    'loss.reported',
    'delivery.started',
    'delivery.completed',
    'message.undeliverable',
  ),
  ...notSet(...timers),
};

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

/** What a row of a region of `connected` leaves to those of another one. */
const elsewhere = {
  ...ignoring(
    'the rows of `liveness` have it',
    'open',
    'heartbeat.due',
    'silence.invalidating',
    'silence.lost',
    'parent.up',
    'parent.down',
    'loss.reported',
    'message.undeliverable',
    'frame.handshake',
    'frame.accept',
    'frame.heartbeat',
    'frame.close.connection',
    'frame.close.accept',
  ),
  ...ignoring('the rows of `wish` have it', 'close'),
  ...ignoring('the rows of `recovery` have it', 'gap.detected', 'gap.remains', 'gap.closed'),
  ...ignoring('the rows of `acknowledgement` have it', 'acknowledgement.owed', 'acknowledgement.due'),
  ...ignoring('the rows of `delivery` have it', 'delivery.started', 'delivery.completed'),
  ...notSet(...timers),
} as const;

/** A row of the region `liveness`, which also has what is answered for the whole session. */
const liveness = {
  ...elsewhere,
  'heartbeat.due': stay('confirm gaps', heartbeat, 'open parent'),
  'loss.reported': stay('resend'),
  'silence.lost': [when(isWanted, go('closing', ...closesPath, 'lost')), go('closing', ...closesPath)],
  'message.undeliverable': [
    when(isWanted, go('closing', ...closesPath, 'lost')),
    go('closing', ...closesPath),
  ],
  'frame.accept': [when(isOfSession, stay('heard', heartbeat)), phantom],
  'frame.close.connection': [
    when(
      (world, event) => isOfSession(world, event) && isWanted(world, event),
      go('closed', 'let nobody in', 'heard', 'closed'),
    ),
    when(isOfSession, go('closed', 'let nobody in', 'heard')),
    phantom,
  ],
  ...ignoring('it is open', 'open', 'frame.handshake'),
  ...ignoring('nothing was closed here', 'frame.close.accept'),
} as const;

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
  'connected.wish.wanted': {
    ...elsewhere,
    close: [when(isDelivered, go('closing', ...closesPath)), go('connected.wish.draining')],
  },
  'connected.wish.draining': {
    ...elsewhere,
    close: [when(isDelivered, go('closing', ...closesPath)), ignore('it is closing as soon as it can')],
    'delivery.completed': go('closing', ...closesPath, 'drained'),
  },
  'connected.recovery.inOrder': {
    ...elsewhere,
    'gap.detected': [
      when(mayBeLate, go('connected.recovery.allowing')),
      go('connected.recovery.asking', 'confirm gaps', heartbeat),
    ],
    ...ignoring('there is no gap', 'gap.remains', 'gap.closed'),
  },
  'connected.recovery.allowing': {
    ...elsewhere,
    'gap.closed': go('connected.recovery.inOrder'),
    'after reorderAllowance': go('connected.recovery.asking', 'confirm gaps', heartbeat),
    ...ignoring('nothing was asked for', 'gap.detected', 'gap.remains'),
  },
  'connected.recovery.asking': {
    ...elsewhere,
    'gap.detected': ignore('one is asked for'),
    'gap.remains': go('connected.recovery.asking', 'confirm gaps', heartbeat),
    'gap.closed': go('connected.recovery.inOrder'),
    'after askInterval': go('connected.recovery.asking', 'confirm gaps', heartbeat),
  },
  'connected.acknowledgement.settled': {
    ...elsewhere,
    'acknowledgement.owed': go('connected.acknowledgement.owing'),
    'acknowledgement.due': stay(heartbeat),
  },
  'connected.acknowledgement.owing': {
    ...elsewhere,
    'acknowledgement.owed': ignore('it is owed'),
    'acknowledgement.due': go('connected.acknowledgement.settled', heartbeat),
    'after acknowledgeDelay': go('connected.acknowledgement.settled', heartbeat),
  },
  'connected.delivery.completed': {
    ...elsewhere,
    'delivery.started': go('connected.delivery.awaiting'),
    'delivery.completed': ignore('it is completed'),
  },
  'connected.delivery.awaiting': {
    ...elsewhere,
    'delivery.started': ignore('it has started'),
    'delivery.completed': go('connected.delivery.completed'),
    'after probeTimeout': [
      when(isTold, go('connected.delivery.awaiting')),
      go('connected.delivery.awaiting', probe),
    ],
  },
  'connected.liveness.live': {
    ...liveness,
    'parent.up': stay('confirm gaps', heartbeat),
    'parent.down': go('connected.liveness.interrupted.waiting', 'open parent', 'hold', 'suspended'),
    'silence.invalidating': go(
      'connected.liveness.interrupted.probing',
      'reopen parent',
      'hold',
      'suspended',
    ),
    'frame.heartbeat': ignore('the windows have it'),
  },
  'connected.liveness.interrupted.waiting': {
    ...liveness,
    'parent.up': go('connected.liveness.interrupted.probing', 'confirm gaps', heartbeat),
    'parent.down': stay('open parent'),
    'silence.invalidating': ignore('there is no parent connection to replace'),
    'frame.heartbeat': ignore('it comes from a parent connection that is gone'),
  },
  'connected.liveness.interrupted.probing': {
    ...liveness,
    'parent.up': stay('confirm gaps', heartbeat),
    'parent.down': go('connected.liveness.interrupted.waiting', 'open parent'),
    'silence.invalidating': stay('reopen parent'),
    'frame.heartbeat': [
      when(isOfSession, go('connected.liveness.live', 'heard', release, 'resumed')),
      phantom,
    ],
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

export const reliableSessionModel: Model<Machine, ReliableSessionWorld> = {
  machine: reliableSessionMachine,
  table,
  // Over a parent connection that keeps the order, and over one that does not.
  worlds: [() => new ReliableSessionWorld(0), () => new ReliableSessionWorld(5)],
  start: go('noAction'),
  events: {
    open: () => [{ type: 'open' }],
    close: () => [true, false].map((isDelivered) => ({ type: 'close', isDelivered })),
    'heartbeat.due': () => [{ type: 'heartbeat.due' }],
    'silence.invalidating': () => [{ type: 'silence.invalidating' }],
    'silence.lost': () => [{ type: 'silence.lost' }],
    'parent.up': () => [{ type: 'parent.up' }],
    'parent.down': () => [{ type: 'parent.down' }],
    'gap.detected': () => [{ type: 'gap.detected' }],
    'gap.remains': () => [{ type: 'gap.remains' }],
    'gap.closed': () => [{ type: 'gap.closed' }],
    'acknowledgement.owed': () => [{ type: 'acknowledgement.owed' }],
    'acknowledgement.due': () => [{ type: 'acknowledgement.due' }],
    'loss.reported': () => [{ type: 'loss.reported' }],
    'delivery.started': () => [{ type: 'delivery.started' }],
    'delivery.completed': () => [{ type: 'delivery.completed' }],
    'message.undeliverable': () => [{ type: 'message.undeliverable', reason: 'a reason' }],
    'frame.handshake': (world) => anyIds(world).map(({ from }) => ({ type: 'frame.handshake', from })),
    'frame.accept': (world) => anyIds(world).map((id) => ({ type: 'frame.accept', ...id })),
    'frame.heartbeat': (world) =>
      anyIds(world).map((id) => ({ type: 'frame.heartbeat', ...id, gapBegin: 3, gapEnd: -1 })),
    'frame.close.connection': (world) =>
      anyIds(world).map((id) => ({ type: 'frame.close.connection', ...id })),
    'frame.close.accept': (world) =>
      [...anyIds(world), { to: OWN, from: UNKNOWN }].map((id) => ({ type: 'frame.close.accept', ...id })),
  },
  changes: { 'nothing is told': (world) => world.becomeQuiet() },
};
