import { afterEach, describe, expect, test } from 'vitest';
import { type Actor, createActor } from 'xstate';
import {
  type BrokerSessionEmitted,
  type BrokerSessionEvent,
  brokerSessionMachine,
} from '../../machines/broker-session.machine.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';

const SETTINGS = { loginTimeoutMs: 30_000, pingIntervalMs: 30_000 };

/** A session on a socket and logins that are written down in `did`, in their order. */
class Bench {
  readonly clock = new VirtualClock();
  readonly did: string[] = [];
  readonly taken = new Set<string>();
  receivedBytes = 0;
  readonly actor: Actor<typeof brokerSessionMachine>;

  constructor(settings = SETTINGS) {
    const transport = {
      ping: () => this.did.push('ping'),
      getReceivedBytes: () => this.receivedBytes,
      close: (code: number) => this.did.push(`close ${code}`),
      terminate: () => this.did.push('terminate'),
    };
    const logins = {
      isFree: (eva: string) => !this.taken.has(eva),
      take: (eva: string) => this.did.push(`take ${eva}`),
      challenge: (eva: string) => this.did.push(`challenge ${eva}`),
    };
    const input = { transport, logins, settings };
    this.actor = createActor(brokerSessionMachine, { input, clock: this.clock });
    this.actor.on('*', (event) => this.did.push(describeEmitted(event)));
    this.actor.start();
  }

  send(...events: BrokerSessionEvent[]): this {
    for (const event of events) this.actor.send(event);
    return this;
  }

  login(eva: string, header = '0 LOGIN'): this {
    return this.send({ type: 'login.requested', header, eva });
  }

  /** What happened since the last look. */
  look(): string[] {
    return this.did.splice(0);
  }

  /** In the states `path` names, such as `open.liveness.quiet`. */
  is(path: string): boolean {
    const matches = (value: unknown, [head, ...rest]: string[]): boolean => {
      if (head === undefined) return true;
      if (typeof value === 'string') return value === head && rest.length === 0;
      const inner = (value as Record<string, unknown>)[head];
      return inner !== undefined && matches(inner, rest);
    };
    return matches(this.actor.getSnapshot().value, path.split('.'));
  }
}

function describeEmitted(event: BrokerSessionEmitted): string {
  switch (event.type) {
    case 'login.answered':
      return `${event.header} ${event.result}`;
    case 'session.ended':
      return `ended${event.expected ? '' : ' by the broker'}: ${event.reason}`;
    default:
      return event.type;
  }
}

let bench: Bench;
const start = (settings?: typeof SETTINGS): Bench => {
  bench = new Bench(settings);
  return bench;
};

afterEach(() => {
  bench.actor.stop();
  expect(bench.clock.pending).toBe(0);
});

describe('awaitingLogin', () => {
  test('[BR1] gives a free EVA to the socket that asks for it', () => {
    start().login('alice');
    expect(bench.look()).toEqual(['take alice', '0 LOGIN OK']);
    expect(bench.is('open.login.ready')).toBe(true);
    expect(bench.actor.getSnapshot().context.eva).toBe('alice');
  });

  test('[BR3] asks the holder of a taken EVA for a sign of life before it answers', () => {
    start().taken.add('alice');
    bench.login('alice');
    expect(bench.look()).toEqual(['challenge alice']);
    expect(bench.is('open.login.anonymous.claiming')).toBe(true);
  });

  test('[BR8] closes with code 1008 when the time to log in is over', () => {
    start().clock.advance(29_999);
    expect(bench.look()).toEqual([]);
    bench.clock.advance(1);
    expect(bench.look()).toEqual(['close 1008', 'ended by the broker: no LOGIN in time']);
    expect(bench.is('draining')).toBe(true);
  });

  test('[BR8] waits for ever where the time to log in is infinite', () => {
    start({ loginTimeoutMs: Number.POSITIVE_INFINITY, pingIntervalMs: Number.POSITIVE_INFINITY });
    bench.clock.advance(10 ** 9);
    expect(bench.look()).toEqual([]);
  });
});

describe('claiming', () => {
  const claim = (): Bench => {
    start().taken.add('alice');
    bench.login('alice', '7 LOGIN').look();
    return bench;
  };

  test('[BR3] refuses when the holder lives', () => {
    claim().send({ type: 'claim.settled' });
    expect(bench.look()).toEqual(['7 LOGIN NOT-OK-LOGIN-ALREADY-IN-USE']);
    expect(bench.is('open.login.anonymous.awaitingLogin')).toBe(true);
  });

  test('[BR4] takes the EVA when the holder is gone', () => {
    claim().taken.delete('alice');
    bench.send({ type: 'claim.settled' });
    expect(bench.look()).toEqual(['take alice', '7 LOGIN OK']);
    expect(bench.is('open.login.ready')).toBe(true);
  });

  test('[BR7] refuses a further LOGIN and still answers the first', () => {
    claim().login('bob', '8 LOGIN');
    expect(bench.look()).toEqual(['8 LOGIN NOT-OK-LOGIN-ALREADY-IN-USE']);
    bench.taken.delete('alice');
    bench.send({ type: 'claim.settled' });
    expect(bench.look()).toEqual(['take alice', '7 LOGIN OK']);
  });

  test('[BR8] does not start the time to log in again for a refused LOGIN', () => {
    start().taken.add('alice');
    bench.clock.advance(20_000);
    bench.login('alice').send({ type: 'claim.settled' }).look();
    bench.clock.advance(10_000);
    expect(bench.look()).toEqual(['close 1008', 'ended by the broker: no LOGIN in time']);
  });
});

describe('ready', () => {
  test('[BR2] answers a second LOGIN of its own EVA with OK and of another with a refusal', () => {
    start().login('alice').look();
    bench.login('alice', '1 LOGIN').login('bob', '2 LOGIN');
    expect(bench.look()).toEqual(['1 LOGIN OK', '2 LOGIN NOT-OK-ALREADY-AUTHORIZED']);
    expect(bench.actor.getSnapshot().context.eva).toBe('alice');
  });

  test('[BR8] has no time to log in any more', () => {
    start({ ...SETTINGS, pingIntervalMs: Number.POSITIVE_INFINITY })
      .login('alice')
      .look();
    bench.clock.advance(10 ** 9);
    expect(bench.look()).toEqual([]);
  });

  test('[BR10] closes with code 1013 when too much waits for it', () => {
    start().login('alice').look();
    bench.send({ type: 'socket.overflowed' });
    expect(bench.look()).toEqual([
      'close 1013',
      'ended by the broker: the receiver is too slow: too much waits for it',
    ]);
  });

  test('[BR11] ends once when its socket closes', () => {
    start().login('alice').look();
    bench.send({ type: 'socket.closed', reason: 'the socket closed with code 1000' });
    expect(bench.look()).toEqual(['ended: the socket closed with code 1000', 'session.closed']);
    expect(bench.actor.getSnapshot().status).toBe('done');
  });
});

describe('liveness', () => {
  test('[BR9] pings after the interval, and again an interval after the pong', () => {
    start().login('alice').look();
    bench.clock.advance(30_000);
    expect(bench.look()).toEqual(['ping']);
    bench.clock.advance(100);
    bench.send({ type: 'pong.received' });
    bench.clock.advance(29_999);
    expect(bench.look()).toEqual([]);
    bench.clock.advance(1);
    expect(bench.look()).toEqual(['ping']);
  });

  test('[BR9] cuts a socket from which nothing comes until the next ping', () => {
    start().login('alice').look();
    bench.clock.advance(59_999);
    expect(bench.look()).toEqual(['ping']);
    bench.clock.advance(1);
    expect(bench.look()).toEqual(['terminate', 'ended by the broker: no answer to a ping', 'session.closed']);
  });

  test('[BR9] keeps a socket that sends and does not pong', () => {
    start().login('alice').look();
    bench.clock.advance(30_000);
    bench.receivedBytes = 1;
    bench.clock.advance(30_000);
    expect(bench.look()).toEqual(['ping', 'ping']);
    bench.clock.advance(30_000);
    expect(bench.look()).toContain('terminate');
  });

  test('[BR3] proves that it lives when it is challenged and answers', () => {
    start().login('alice').look();
    bench.send({ type: 'login.challenged' }, { type: 'login.challenged' });
    expect(bench.look()).toEqual(['ping']);
    bench.clock.advance(999);
    bench.send({ type: 'pong.received' });
    expect(bench.look()).toEqual(['liveness.proved']);
    bench.clock.advance(1000);
    expect(bench.look()).toEqual([]);
  });

  test('[BR3] is pinged again when it is challenged while a ping is out', () => {
    start().login('alice').look();
    bench.clock.advance(30_000);
    bench.send({ type: 'login.challenged' });
    expect(bench.look()).toEqual(['ping', 'ping']);
    bench.clock.advance(1000);
    expect(bench.look()).toContain('terminate');
  });

  test('[BR4] is cut when it is challenged and nothing comes for a second', () => {
    start().login('alice').look();
    bench.send({ type: 'login.challenged' });
    bench.clock.advance(999);
    expect(bench.look()).toEqual(['ping']);
    bench.clock.advance(1);
    expect(bench.look()).toEqual(['terminate', 'ended by the broker: no answer to a ping', 'session.closed']);
  });

  test('[BR5] takes any byte for a sign of life', () => {
    start().login('alice').look();
    bench.send({ type: 'login.challenged' });
    bench.receivedBytes = 1;
    bench.clock.advance(1000);
    expect(bench.look()).toEqual(['ping', 'liveness.proved']);
    expect(bench.is('open.liveness.quiet')).toBe(true);
  });

  test('[BR5] does not take what came before the ping for one', () => {
    start().login('alice').look();
    bench.receivedBytes = 1000;
    bench.send({ type: 'login.challenged' });
    bench.clock.advance(1000);
    expect(bench.look()).toContain('terminate');
  });
});

describe('draining', () => {
  test('[BR12] cuts a socket that has not agreed to close after a second', () => {
    start().login('alice').look();
    bench.send({ type: 'broker.closing' });
    expect(bench.look()).toEqual(['close 1001', 'ended: the broker closes']);
    bench.clock.advance(999);
    expect(bench.look()).toEqual([]);
    bench.clock.advance(1);
    expect(bench.look()).toEqual(['terminate', 'session.closed']);
  });

  test('[BR12] cuts nothing when the other side agrees', () => {
    start().send({ type: 'broker.closing' }).look();
    bench.send({ type: 'socket.closed', reason: 'the socket closed with code 1001' });
    expect(bench.look()).toEqual(['session.closed']);
  });

  test('[BR11] hears nothing that the socket still says', () => {
    start().send({ type: 'broker.closing' }).look();
    bench
      .login('alice')
      .send({ type: 'pong.received' }, { type: 'socket.overflowed' }, { type: 'broker.closing' });
    expect(bench.look()).toEqual([]);
  });
});
