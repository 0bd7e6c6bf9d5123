import { describe, expect, test } from 'vitest';
import { type Actor, createActor } from 'xstate';
import {
  reliableSessionMachine,
  type SessionEmitted,
  type SessionEvent,
  type SessionTransport,
} from '../../machines/reliable-session.machine.ts';
import { encodeControl } from '../../src/protocol/reliable.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';

const OWN = 'own-1';
const REMOTE = 'remote-1';

interface Waits {
  reorderAllowanceMs?: number;
  /** What `untilProbeMs` says, one after the other; the last one for ever. */
  untilProbeMs?: number[];
}

/** An actor whose transport writes down what it is asked for. */
function start({ reorderAllowanceMs = 0, untilProbeMs = [30] }: Waits = {}) {
  const clock = new VirtualClock();
  const timing = {
    reorderAllowanceMs,
    askIntervalMs: 70,
    untilProbeMs: () => (untilProbeMs.length > 1 ? untilProbeMs.shift() : untilProbeMs[0]) as number,
  };
  const calls: string[] = [];
  const facts: SessionEmitted[] = [];
  const note =
    (name: string) =>
    (...args: unknown[]): void => {
      calls.push([name, ...args].join(' '));
    };
  const transport: SessionTransport = {
    send: (frame) => calls.push(encodeControl(frame)),
    sendHeartbeat: note('HEARTBEAT'),
    openDataPath: note('openDataPath'),
    closeDataPath: note('closeDataPath'),
    holdMessages: note('holdMessages'),
    releaseMessages: ({ gapBegin }) => note('releaseMessages')(gapBegin),
    resend: note('resend'),
    probe: note('probe'),
    confirmGaps: note('confirmGaps'),
    openParent: note('openParent'),
    reopenParent: note('reopenParent'),
    restartSilence: note('restartSilence'),
  };
  const actor = createActor(reliableSessionMachine, { input: { transport, own: OWN, timing }, clock });
  actor.on('*', (fact) => facts.push(fact));
  actor.start();
  const send = (...events: SessionEvent[]): string[] => {
    calls.length = 0;
    facts.length = 0;
    for (const event of events) actor.send(event);
    return [...calls];
  };
  /** What happens in that time. */
  const pass = (ms: number): string[] => {
    calls.length = 0;
    clock.advance(ms);
    return [...calls];
  };
  return { actor, send, pass, facts };
}

const close: SessionEvent = { type: 'close', isDelivered: true };
const handshake: SessionEvent = { type: 'frame.handshake', from: REMOTE };
const accept: SessionEvent = { type: 'frame.accept', to: OWN, from: REMOTE };
const heartbeat = (gapBegin: number, gapEnd = -1): SessionEvent => ({
  type: 'frame.heartbeat',
  to: OWN,
  from: REMOTE,
  gapBegin,
  gapEnd,
});
const closeConnection: SessionEvent = { type: 'frame.close.connection', to: OWN, from: REMOTE };
const closeAccept: SessionEvent = { type: 'frame.close.accept', to: OWN, from: REMOTE };

type State = 'noAction' | 'handshaking' | 'accepting' | 'connected' | 'closing' | 'closed';

/** How a session comes into each state. */
const WAYS: Record<State, SessionEvent[]> = {
  noAction: [],
  handshaking: [{ type: 'open' }],
  accepting: [handshake],
  connected: [{ type: 'open' }, accept],
  closing: [{ type: 'open' }, accept, close],
  closed: [{ type: 'open' }, accept, closeConnection],
};

function startIn(state: State, waits?: Waits) {
  const session = start(waits);
  session.send(...WAYS[state]);
  expect(stateOf(session.actor)).toBe(state);
  return session;
}

function stateOf(actor: Actor<typeof reliableSessionMachine>): string {
  const { value } = actor.getSnapshot();
  return typeof value === 'string' ? value : (Object.keys(value)[0] as string);
}

function livenessOf(actor: Actor<typeof reliableSessionMachine>): string {
  const { liveness } = (actor.getSnapshot().value as { connected: { liveness: string | object } }).connected;
  return typeof liveness === 'string' ? liveness : (Object.values(liveness)[0] as string);
}

type FrameType =
  | 'frame.handshake'
  | 'frame.accept'
  | 'frame.heartbeat'
  | 'frame.close.connection'
  | 'frame.close.accept';

/** Which ids must match (`any`: none has to), and the state after an accepted frame. `-`: a phantom. */
type Cell = '-' | ['any' | 'T' | 'F' | 'TF', string];

/** The table of PROTOCOL §4; its column CLOSED is `closing` and `closed` here. MESSAGE is no event (rules RB). */
const TABLE: Record<FrameType, Record<State, Cell>> = {
  'frame.handshake': {
    noAction: ['any', 'accepting'],
    handshaking: ['any', 'accepting'],
    accepting: ['F', 'accepting'],
    connected: '-',
    closing: '-',
    closed: '-',
  },
  'frame.accept': {
    noAction: '-',
    handshaking: ['T', 'connected'],
    accepting: ['TF', 'connected'],
    connected: ['TF', 'connected'],
    closing: '-',
    closed: '-',
  },
  'frame.heartbeat': {
    noAction: '-',
    handshaking: '-',
    accepting: ['TF', 'connected'],
    connected: ['TF', 'connected'],
    closing: '-',
    closed: '-',
  },
  'frame.close.connection': {
    noAction: '-',
    handshaking: '-',
    accepting: ['F', 'closed'],
    connected: ['TF', 'closed'],
    closing: '-',
    closed: '-',
  },
  'frame.close.accept': {
    noAction: '-',
    handshaking: '-',
    accepting: '-',
    connected: '-',
    closing: ['TF', 'closed'],
    // It is there already: accepted or not makes no difference.
    closed: '-',
  },
};

const IDS = ['TF', 'T', 'F', 'none'] as const;

function cells() {
  return Object.entries(TABLE).flatMap(([type, row]) =>
    Object.entries(row).flatMap(([state, cell]) =>
      IDS.map((ids) => ({ type: type as FrameType, state: state as State, cell, ids })),
    ),
  );
}

describe('reliable-session: the table of PROTOCOL §4', () => {
  test.each(cells())('[RL1] $state with $type, matching ids: $ids', ({ type, state, cell, ids }) => {
    const { actor, send, facts } = startIn(state);
    const to = ids.includes('T') ? OWN : 'own-2';
    const from = ids.includes('F') ? REMOTE : 'remote-2';
    const calls = send({ type, to, from, gapBegin: 0, gapEnd: -1 } as SessionEvent);
    const isAccepted =
      cell !== '-' && (cell[0] === 'any' || [...cell[0]].every((letter) => ids.includes(letter)));
    if (isAccepted) {
      expect(stateOf(actor)).toBe(cell[1]);
      // While messages pass, HEARTBEATs go to the windows.
      const isForWindows = state === 'connected' && type === 'frame.heartbeat';
      if (!isForWindows) expect(calls).toContain('restartSilence');
    } else {
      expect(stateOf(actor)).toBe(state);
      // A session that is handshaking takes it for a hint, and is not changed by it.
      const hint = state === 'handshaking' && type === 'frame.close.connection';
      expect(calls).toEqual(hint ? [`HANDSHAKE ${OWN}`] : []);
      expect(facts).toEqual([]);
    }
  });
});

describe('reliable-session in noAction', () => {
  test('[RL2] asks at once when it is opened, and opens the parent connection', () => {
    const { send } = start();
    expect(send({ type: 'open' })).toEqual([`HANDSHAKE ${OWN}`, 'openParent']);
  });

  test('[RL2] answers a HANDSHAKE at once', () => {
    const { send } = start();
    expect(send(handshake)).toEqual(['restartSilence', `ACCEPT ${REMOTE} ${OWN}`, 'openParent']);
  });

  test('[RL2] is released without a word when it is closed', () => {
    const { actor, send, facts } = start();
    expect(send(close)).toEqual([]);
    expect(stateOf(actor)).toBe('released');
    expect(facts).toEqual([{ type: 'session.released' }]);
  });
});

describe('reliable-session in handshaking', () => {
  test('[RL3] repeats its HANDSHAKE, and tries a parent connection that failed again', () => {
    const { send } = startIn('handshaking');
    expect(send({ type: 'heartbeat.due' })).toEqual([`HANDSHAKE ${OWN}`, 'openParent']);
  });

  test('[RL3] sends its HANDSHAKE at once when the parent connection opens, and reopens a lost one at once', () => {
    const { send } = startIn('handshaking');
    expect(send({ type: 'parent.up' })).toEqual([`HANDSHAKE ${OWN}`]);
    expect(send({ type: 'parent.down' })).toEqual(['openParent']);
  });

  test('[RL3] answers ACCEPT with a HEARTBEAT, and is connected', () => {
    const { send, facts } = startIn('handshaking');
    expect(send(accept)).toEqual(['restartSilence', `openDataPath ${REMOTE}`, `HEARTBEAT ${REMOTE}`]);
    expect(facts).toEqual([{ type: 'session.connected' }]);
  });

  test('[RL3] replaces a silent parent connection, and fails after the lost timeout', () => {
    const { actor, send, facts } = startIn('handshaking');
    expect(send({ type: 'silence.invalidating' })).toEqual(['reopenParent']);
    expect(send({ type: 'silence.lost' })).toEqual([
      'restartSilence',
      `CLOSE-CONNECTION undefined ${OWN}`,
      'openParent',
    ]);
    expect(stateOf(actor)).toBe('closing');
    expect(facts).toMatchObject([{ type: 'session.ended', how: 'failed' }]);
  });

  test('[RL3] becomes the accepting side where both sides open at once', () => {
    const { actor, send } = startIn('handshaking');
    expect(send(handshake)).toContain(`ACCEPT ${REMOTE} ${OWN}`);
    expect(actor.getSnapshot().value).toEqual({ accepting: 'wanted' });
    expect(send(accept)).toContain(`HEARTBEAT ${REMOTE}`);
  });
});

describe('reliable-session in accepting', () => {
  test('[RL4] repeats its ACCEPT: on the interval, on every HANDSHAKE and on a new parent connection', () => {
    const { send } = startIn('accepting');
    expect(send({ type: 'heartbeat.due' })).toEqual([`ACCEPT ${REMOTE} ${OWN}`, 'openParent']);
    expect(send(handshake)).toEqual(['restartSilence', `ACCEPT ${REMOTE} ${OWN}`]);
    expect(send({ type: 'parent.down' }, { type: 'parent.up' })).toEqual([
      'openParent',
      `ACCEPT ${REMOTE} ${OWN}`,
    ]);
    expect(send({ type: 'silence.invalidating' })).toEqual(['reopenParent']);
  });

  test('[RL4] is connected by a HEARTBEAT, which it answers at once', () => {
    const { send, facts } = startIn('accepting');
    expect(send(heartbeat(0))).toEqual(['restartSilence', `openDataPath ${REMOTE}`, `HEARTBEAT ${REMOTE}`]);
    expect(facts).toEqual([{ type: 'session.connected' }]);
  });

  test('[RL4] fails after the lost timeout where nobody here wants the connection', () => {
    const { actor, send, facts } = startIn('accepting');
    expect(send({ type: 'silence.lost' })).toContain(`CLOSE-CONNECTION ${REMOTE} ${OWN}`);
    expect(stateOf(actor)).toBe('closing');
    expect(facts).toMatchObject([{ type: 'session.ended', how: 'failed' }]);
  });

  test('[RL4] asks for a new session after the lost timeout where the application wants it', () => {
    const { actor, send, facts } = startIn('accepting');
    expect(send({ type: 'open' })).toEqual([]);
    send({ type: 'silence.lost' });
    expect(stateOf(actor)).toBe('closing');
    expect(facts).toEqual([{ type: 'session.superseded' }]);
  });

  test('[RL4] ends at once by a CLOSE-CONNECTION that does not know our id', () => {
    const { actor, send, facts } = startIn('accepting');
    send({ type: 'frame.close.connection', to: 'undefined', from: REMOTE });
    expect(stateOf(actor)).toBe('closed');
    expect(facts).toMatchObject([{ type: 'session.ended', how: 'failed' }]);
  });
});

describe('reliable-session in connected', () => {
  test('[RL5] sends a HEARTBEAT on the interval, early when it is told so, and for a repeated ACCEPT', () => {
    const { send } = startIn('connected');
    expect(send({ type: 'heartbeat.due' })).toEqual(['confirmGaps', `HEARTBEAT ${REMOTE}`, 'openParent']);
    expect(send({ type: 'acknowledgement.due' })).toEqual([`HEARTBEAT ${REMOTE}`]);
    expect(send(accept)).toEqual(['restartSilence', `HEARTBEAT ${REMOTE}`]);
    expect(send({ type: 'parent.up' })).toEqual(['confirmGaps', `HEARTBEAT ${REMOTE}`]);
  });

  test('[RL6] sends again what was reported missing', () => {
    const { send } = startIn('connected');
    expect(send({ type: 'loss.reported' })).toEqual(['resend']);
  });

  test('[RL7] names a gap at once where nothing can be late, the next one as soon as it is filled', () => {
    const { send } = startIn('connected');
    const ask = ['confirmGaps', `HEARTBEAT ${REMOTE}`];
    expect(send({ type: 'gap.detected' })).toEqual(ask);
    expect(send({ type: 'gap.detected' })).toEqual([]);
    expect(send({ type: 'gap.remains' })).toEqual(ask);
    expect(send({ type: 'gap.closed' }, { type: 'gap.remains' })).toEqual([]);
  });

  test('[RL14] names a gap only when it has stayed for the reordering allowance', () => {
    const { send, pass } = startIn('connected', { reorderAllowanceMs: 5 });
    expect([send({ type: 'gap.detected' }), pass(4)]).toEqual([[], []]);
    send({ type: 'gap.closed' });
    expect(pass(10)).toEqual([]);
    expect([send({ type: 'gap.detected' }), pass(5)]).toEqual([[], ['confirmGaps', `HEARTBEAT ${REMOTE}`]]);
  });

  test('[RL15] names a gap again and again, a round trip apart, until it is closed', () => {
    const { send, pass } = startIn('connected');
    const ask = ['confirmGaps', `HEARTBEAT ${REMOTE}`];
    expect(send({ type: 'gap.detected' })).toEqual(ask);
    expect([pass(69), pass(1), pass(70)]).toEqual([[], ask, ask]);
    send({ type: 'gap.closed' });
    expect(pass(200)).toEqual([]);
  });

  test('[RL16] acknowledges 25 ms after the first message that the other side does not know of', () => {
    const { send, pass } = startIn('connected');
    expect(send({ type: 'acknowledgement.owed' }, { type: 'acknowledgement.owed' })).toEqual([]);
    expect([pass(24), pass(1), pass(100)]).toEqual([[], [`HEARTBEAT ${REMOTE}`], []]);
  });

  test('[RL16] acknowledges at once what is due, and then nothing is owed', () => {
    const { send, pass } = startIn('connected');
    send({ type: 'acknowledgement.owed' });
    expect(send({ type: 'acknowledgement.due' })).toEqual([`HEARTBEAT ${REMOTE}`]);
    expect(pass(100)).toEqual([]);
  });

  test('[RL17] probes when nothing was told of what was sent, until everything has arrived', () => {
    const { send, pass } = startIn('connected', { untilProbeMs: [30, 0, 60, 0, 120] });
    expect(send({ type: 'delivery.started' })).toEqual([]);
    expect([pass(29), pass(1)]).toEqual([[], [`probe ${REMOTE}`]]);
    expect([pass(59), pass(1)]).toEqual([[], [`probe ${REMOTE}`]]);
    send({ type: 'delivery.completed' });
    expect(pass(1000)).toEqual([]);
  });

  test('[RL17] a word of the other side puts the probe off', () => {
    const { send, pass } = startIn('connected', { untilProbeMs: [30, 20, 20, 0, 60] });
    send({ type: 'delivery.started' });
    expect([pass(30), pass(19), pass(1)]).toEqual([[], [], [`probe ${REMOTE}`]]);
  });

  test('[RL18] closes once everything has arrived, and tells the other side only then', () => {
    const { actor, send, facts } = startIn('connected');
    send({ type: 'delivery.started' });
    expect(send({ type: 'close', isDelivered: false })).toEqual([]);
    expect(stateOf(actor)).toBe('connected');
    expect(send({ type: 'delivery.completed' })).toContain(`CLOSE-CONNECTION ${REMOTE} ${OWN}`);
    expect(facts).toEqual([{ type: 'session.drained' }]);
  });

  test.each([
    ['close', close],
    ['silence.lost', { type: 'silence.lost' }],
    ['message.undeliverable', { type: 'message.undeliverable', reason: 'too large' }],
  ] as [string, SessionEvent][])('[RL18] waits no longer after %s, and tells nobody', (_, event) => {
    const { actor, send, facts } = startIn('connected');
    send({ type: 'close', isDelivered: false });
    expect(send(event)).toContain(`CLOSE-CONNECTION ${REMOTE} ${OWN}`);
    expect([stateOf(actor), facts]).toEqual(['closing', []]);
  });

  test('[RL18] the other side may close it meanwhile', () => {
    const { actor, send, facts } = startIn('connected');
    send({ type: 'close', isDelivered: false }, closeConnection);
    expect([stateOf(actor), facts]).toEqual(['closed', []]);
  });

  test('[RL8] waits while the parent connection is down, which it reopens at once', () => {
    const { actor, send, facts } = startIn('connected');
    expect(send({ type: 'parent.down' })).toEqual(['openParent', 'holdMessages']);
    expect(facts).toMatchObject([{ type: 'session.suspended' }]);
    expect(livenessOf(actor)).toBe('waiting');
    // A late one, over the connection that is gone.
    expect(send(heartbeat(0))).toEqual([]);
    expect(send({ type: 'parent.up' })).toEqual(['confirmGaps', `HEARTBEAT ${REMOTE}`]);
    expect(facts).toEqual([]);
    expect(send(heartbeat(2))).toEqual(['restartSilence', 'releaseMessages 2']);
    expect(facts).toEqual([{ type: 'session.resumed' }]);
    expect(livenessOf(actor)).toBe('live');
  });

  test('[RL8] replaces a silent parent connection, again and again until it is heard', () => {
    const { actor, send, facts } = startIn('connected');
    expect(send({ type: 'silence.invalidating' })).toEqual(['reopenParent', 'holdMessages']);
    expect(facts).toMatchObject([{ type: 'session.suspended' }]);
    expect(send({ type: 'silence.invalidating' })).toEqual(['reopenParent']);
    expect(send({ type: 'parent.down' }, { type: 'parent.up' })).toEqual([
      'openParent',
      'confirmGaps',
      `HEARTBEAT ${REMOTE}`,
    ]);
    expect(send({ type: 'parent.down' })).toEqual(['openParent']);
    expect(facts).toEqual([]);
    send({ type: 'parent.up' }, heartbeat(0));
    expect(livenessOf(actor)).toBe('live');
  });

  test.each([
    ['silence.lost', { type: 'silence.lost' }],
    ['message.undeliverable', { type: 'message.undeliverable', reason: 'too large' }],
  ] as [string, SessionEvent][])('[RL9] %s ends it as lost, and the other side is told', (_, event) => {
    const { actor, send, facts } = startIn('connected');
    expect(send(event)).toEqual([
      'closeDataPath',
      'restartSilence',
      `CLOSE-CONNECTION ${REMOTE} ${OWN}`,
      'openParent',
    ]);
    expect(stateOf(actor)).toBe('closing');
    expect(facts).toMatchObject([{ type: 'session.ended', how: 'lost' }]);
  });

  test('[RL9] the other side ends it as closed, and nothing is sent', () => {
    const { send, facts } = startIn('connected');
    expect(send(closeConnection)).toEqual(['closeDataPath', 'restartSilence']);
    expect(facts).toMatchObject([{ type: 'session.ended', how: 'closed' }]);
  });
});

describe('reliable-session in closing', () => {
  test.each(['handshaking', 'accepting', 'connected'] as State[])(
    '[RL10] tells the other side at once, from %s',
    (state) => {
      const { send, facts } = startIn(state);
      const remote = state === 'handshaking' ? 'undefined' : REMOTE;
      expect(send(close)).toContain(`CLOSE-CONNECTION ${remote} ${OWN}`);
      // The application knows.
      expect(facts).toEqual([]);
    },
  );

  test('[RL10] repeats it until CLOSE-ACCEPT, over a parent connection that it keeps open', () => {
    const { send } = startIn('closing');
    const frame = `CLOSE-CONNECTION ${REMOTE} ${OWN}`;
    expect(send({ type: 'heartbeat.due' })).toEqual([frame, 'openParent']);
    expect(send({ type: 'parent.down' }, { type: 'parent.up' })).toEqual(['openParent', frame]);
    expect(send(closeAccept)).toEqual(['restartSilence']);
    expect(send({ type: 'heartbeat.due' }, { type: 'parent.up' })).toEqual([]);
  });

  test('[RL10] is released after the lost timeout', () => {
    const { send, facts } = startIn('closing');
    expect(send({ type: 'silence.lost' })).toEqual([]);
    expect(facts).toEqual([{ type: 'session.released' }]);
  });

  test('[RL10] knows the CLOSE-ACCEPT for an other side that it never knew', () => {
    const { actor, send } = startIn('handshaking');
    send(close, { type: 'frame.close.accept', to: OWN, from: 'undefined' });
    expect(stateOf(actor)).toBe('closed');
  });
});

describe('reliable-session in closed', () => {
  test('[RL11] does nothing more, and is released after the lost timeout', () => {
    const { send, facts } = startIn('closed');
    expect(
      send({ type: 'heartbeat.due' }, { type: 'parent.down' }, { type: 'parent.up' }, { type: 'open' }),
    ).toEqual([]);
    send({ type: 'silence.lost' });
    expect(facts).toEqual([{ type: 'session.released' }]);
  });
});
