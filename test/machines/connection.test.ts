import { describe, expect, test } from 'vitest';
import { createActor } from 'xstate';
import {
  type ConnectionEmitted,
  type ConnectionEvent,
  connectionMachine,
  PEER_ATTEMPT,
} from '../../machines/connection.machine.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';

/** A connection on a transport that only keeps what it is asked for. */
function start(settings = { establishTimeoutMs: 100, retryDelayMs: 10, retries: 1 }) {
  const asked: string[] = [];
  const told: string[] = [];
  const clock = new VirtualClock();
  const actor = createActor(connectionMachine, {
    clock,
    input: {
      settings,
      transport: {
        connect: (attempt) => asked.push(`connect ${attempt}`),
        abandon: (attempt) => asked.push(`abandon ${attempt}`),
        verify: () => asked.push('verify'),
        release: () => asked.push('release'),
        disconnect: () => asked.push('disconnect'),
      },
    },
  });
  actor.on('*', (event: ConnectionEmitted) =>
    told.push(event.type === 'state.changed' ? event.state : event.type.replace('connection.', '')),
  );
  actor.start();
  const send = (...events: (ConnectionEvent | ConnectionEvent['type'])[]) => {
    for (const event of events)
      actor.send((typeof event === 'string' ? { type: event } : event) as ConnectionEvent);
  };
  return { actor, asked, told, clock, send, state: () => actor.getSnapshot().value };
}

const up = (attempt: number): ConnectionEvent => ({ type: 'link.up', attempt });
const down = (attempt: number): ConnectionEvent => ({ type: 'link.down', attempt, reason: 'refused' });
const suspended: ConnectionEvent = { type: 'link.suspended', reason: 'the socket is down' };
const lost: ConnectionEvent = { type: 'link.lost', reason: 'gone' };

describe('idle', () => {
  test('[CN1] starts an attempt when the application opens', () => {
    const { send, asked, told, state } = start();
    send('open');
    expect([asked, told, state()]).toEqual([['connect 1'], ['connecting'], { connecting: 'attempting' }]);
  });

  test('[CN2] waits for the other side when that one opens', () => {
    const { send, asked, told, state } = start();
    send('peer.opening');
    expect([asked, told, state()]).toEqual([[], ['connecting'], { connecting: 'accepting' }]);
  });
});

describe('connecting', () => {
  test('[CN3] is CONNECTED when the attempt succeeds', () => {
    const { send, told, state } = start();
    send('open', up(1));
    expect([told, state()]).toEqual([['connecting', 'CONNECTED', 'opened'], 'CONNECTED']);
  });

  test('[CN4] is CONNECTED when the other side gets through first', () => {
    const { send, state } = start();
    send('open', up(PEER_ATTEMPT));
    expect(state()).toBe('CONNECTED');
  });

  test('[CN5] tries again after the delay when an attempt fails', () => {
    const { send, asked, clock } = start();
    send('open', down(1));
    clock.advance(9);
    expect(asked).toEqual(['connect 1']);
    clock.advance(1);
    expect(asked).toEqual(['connect 1', 'connect 2']);
  });

  test('[PL5] makes the next attempt at once when the page wakes, and no further one', () => {
    const { send, asked, state } = start();
    send('open', down(1), 'wake');
    expect(asked).toEqual(['connect 1', 'connect 2']);
    send('wake');
    expect([asked.length, state()]).toEqual([2, { connecting: 'attempting' }]);
  });

  test('[CN6] gives up an attempt that takes too long', () => {
    const { send, asked, clock } = start();
    send('open');
    clock.advance(110);
    expect(asked).toEqual(['connect 1', 'abandon 1', 'connect 2']);
  });

  test.each([
    ['its last attempt fails', (clock: VirtualClock) => [clock.advance(10), down(2)] as const],
    ['its last attempt takes too long', (clock: VirtualClock) => [clock.advance(110), undefined] as const],
  ])('[CN7] is lost when %s', (_name, end) => {
    const { send, told, clock, actor } = start();
    send('open', down(1));
    const [, last] = end(clock);
    if (last) send(last);
    expect(told).toEqual(['connecting', 'lost', 'failed']);
    expect(actor.getSnapshot().status).toBe('done');
    expect(clock.pending).toBe(0);
  });

  test('[CN21] tells the other side, which may have accepted, when its last attempt takes too long', () => {
    const { send, asked, clock } = start();
    send('open', down(1));
    clock.advance(110);
    expect(asked).toEqual(['connect 1', 'connect 2', 'abandon 2', 'disconnect']);
  });

  test('[CN8] drops what an attempt that was given up still says', () => {
    const { send, clock, state } = start();
    send('open');
    clock.advance(110);
    send(down(1));
    expect(state()).toEqual({ connecting: 'attempting' });
    send(up(1));
    expect(state()).toEqual({ connecting: 'attempting' });
  });

  test('[CN9] is closed, and FAILED, when the application closes it', () => {
    const { send, asked, told } = start();
    send('open', 'close');
    expect([asked, told]).toEqual([
      ['connect 1', 'disconnect'],
      ['connecting', 'closed', 'failed'],
    ]);
  });

  test('[CN10] makes one attempt of the other side, and no second one', () => {
    const { send, told } = start();
    send('peer.opening', down(PEER_ATTEMPT));
    expect(told).toEqual(['connecting', 'lost', 'failed']);
  });

  test('[CN11] has attempts of its own once the application wants what the other side opens', () => {
    const { send, asked, state } = start();
    send('peer.opening', 'open', down(1));
    expect([asked, state()]).toEqual([['connect 1'], { connecting: 'delaying' }]);
  });

  test('[CN12] has no timer where the settings say Infinity', () => {
    const { send, clock } = start({
      establishTimeoutMs: Number.POSITIVE_INFINITY,
      retryDelayMs: 0,
      retries: 0,
    });
    send('open');
    expect(clock.pending).toBe(0);
  });
});

describe.each([
  ['CONNECTED', [] as ConnectionEvent[]],
  ['reconnecting', [suspended]],
])('%s', (name, before) => {
  const begin = () => {
    const connection = start();
    connection.send('open', up(1), ...before);
    connection.told.length = 0;
    connection.asked.length = 0;
    return connection;
  };

  test(`[CN13] is lost from ${name} when the link is`, () => {
    const { send, told, asked } = begin();
    send(lost);
    expect([told, asked]).toEqual([['lost', 'ended'], []]);
  });

  test(`[CN14] is closed from ${name} when the other side closes`, () => {
    const { send, told, asked } = begin();
    send('link.closed');
    expect([told, asked]).toEqual([['closed', 'ended'], []]);
  });

  test(`[CN15] is closed from ${name} when the application closes, and tells the other side`, () => {
    const { send, told, asked } = begin();
    send('close');
    expect([told, asked]).toEqual([['closed', 'ended'], ['disconnect']]);
  });
});

describe('reconnecting', () => {
  const begin = () => {
    const connection = start();
    connection.send('open', up(1), suspended);
    connection.told.length = 0;
    connection.asked.length = 0;
    return connection;
  };

  test('[CN16] is CONNECTED again when the link resumes, and opens only once', () => {
    const { send, told, state } = begin();
    send('link.resumed');
    expect([told, state()]).toEqual([['CONNECTED'], 'CONNECTED']);
  });

  test('[CN17] waits for the link as long as it takes', () => {
    const { clock, state } = begin();
    clock.advance(1e9);
    expect(state()).toEqual({ reconnecting: 'waiting' });
  });

  test('[CN18] asks for the other side once the link is back, every 250 ms', () => {
    const { send, asked, clock, told } = begin();
    send('link.restored', { type: 'link.unverified', reason: 'not found' });
    clock.advance(249);
    expect(asked).toEqual(['verify']);
    clock.advance(1);
    expect(asked).toEqual(['verify', 'verify']);
    send('link.verified');
    expect(asked).toEqual(['verify', 'verify', 'release']);
    expect(told).toEqual(['CONNECTED']);
  });

  test('[CN19] is lost when the other side is not back within 15 s', () => {
    const { send, clock, told } = begin();
    send('link.restored');
    for (let elapsed = 0; elapsed < 15_000; elapsed += 250) {
      send({ type: 'link.unverified', reason: 'not found' });
      expect(told).toEqual([]);
      clock.advance(250);
    }
    expect(told).toEqual(['lost', 'ended']);
    expect(clock.pending).toBe(0);
  });

  test('[CN20] waits again when the link goes down while it asks', () => {
    const { send, clock, state, told } = begin();
    send('link.restored', suspended);
    clock.advance(60_000);
    expect([state(), told]).toEqual([{ reconnecting: 'waiting' }, []]);
  });
});
