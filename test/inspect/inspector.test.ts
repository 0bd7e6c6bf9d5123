import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createActor, createMachine, fromPromise } from 'xstate';
import { InBrowserHub } from '../../src/hubs/in-browser-hub.ts';
import { MarshallerHub } from '../../src/hubs/marshaller-hub.ts';
import { ReliableHub } from '../../src/hubs/reliable-hub.ts';
import { createInspector, throughWebSocket, throughWindow } from '../../src/inspect/index.ts';
import { connect } from '../../src/testing/peers.ts';
import { TestChannel } from '../support/inspection.ts';
import { captureLog } from '../support/log.ts';

captureLog();

/** Longer than the pause in which messages are gathered. */
const gathered = () => vi.advanceTimersByTimeAsync(60);

describe('the option inspect', () => {
  const namesOf = () => {
    const names: string[] = [];
    const inspect = ({ type, actorRef }: { type: string; actorRef: unknown }) => {
      if (type === '@xstate.actor') names.push((actorRef as { id: string }).id);
    };
    return { names, inspect };
  };

  test('[IN1] reaches every hub below, also what is made later, and leaves them their own', async () => {
    const [own, first, second] = [namesOf(), namesOf(), namesOf()];
    const memory = new InBrowserHub({ inspect: own.inspect });
    const reliable = new ReliableHub(memory, {
      inspect: [first.inspect, second.inspect],
    });
    const hub = new MarshallerHub(reliable, { inspect: first.inspect });
    await connect(hub.openEndpoint('alice'), hub.openEndpoint('bob'));
    const layers = ['connection alice → bob', 'connection bob → alice'];
    const sessions = ['reliable-session alice → bob', 'reliable-session bob → alice'];
    expect(own.names.sort()).toEqual(layers);
    expect(first.names.sort()).toEqual([...layers, ...layers, ...layers, ...sessions].sort());
    expect(second.names.sort()).toEqual([...layers, ...layers, ...sessions].sort());
  });

  test('[IN1] one inspector that throws hides nothing from the next', async () => {
    const { names, inspect } = namesOf();
    const broken = () => {
      throw new Error('boom');
    };
    const hub = new InBrowserHub({ inspect: [broken, inspect] });
    await connect(hub.openEndpoint('alice'), hub.openEndpoint('bob'));
    expect(names).toHaveLength(2);
  });
});

describe('createInspector', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  async function watchedPair(options: Parameters<typeof createInspector>[0] = {}) {
    const channel = new TestChannel();
    const inspector = createInspector({ name: 'here', channel, ...options });
    const hub = new ReliableHub(new InBrowserHub(), { inspect: inspector.inspect });
    const alice = hub.openEndpoint('alice');
    const bob = hub.openEndpoint('bob');
    const meet = async () => {
      alice.openConnection('bob', () => {});
      await vi.waitUntil(() => alice.isConnected('bob') && bob.isConnected('alice'));
    };
    return { channel, inspector, hub, alice, bob, meet };
  }

  test('[IN2] registers an actor with its machine on its first state, and tells events, states and the end', async () => {
    const { channel, alice, meet } = await watchedPair();
    channel.command({ type: 'xstate.inspecting' });
    await meet();
    alice.closeConnection('bob');
    await gathered();
    const registered = channel.of('service.register').find(({ id }) => id === 'connection alice → bob');
    const { sessionId } = registered ?? {};
    expect(JSON.parse(registered?.machine ?? '')).toMatchObject({ id: 'connection', initial: 'idle' });
    expect(JSON.parse(registered?.state ?? '')).toMatchObject({
      value: 'idle',
      event: { type: 'xstate.init' },
    });
    const own = channel.messages.filter((each) => 'sessionId' in each && each.sessionId === sessionId);
    expect(own.map(({ type }) => type)).toEqual([
      'service.register',
      ...['service.event', 'service.state'],
      ...['service.event', 'service.state'],
      ...['service.event', 'service.state'],
      'service.stop',
    ]);
    const values = own.flatMap((each) =>
      each.type === 'service.state' ? [JSON.parse(each.state).value] : [],
    );
    expect(values).toEqual([{ connecting: 'attempting' }, 'CONNECTED', 'closed']);
  });

  test('[IN3] sends nothing while nobody watches, and tells whoever comes late what lives', async () => {
    const { channel, inspector, meet } = await watchedPair();
    await meet();
    await gathered();
    expect(channel.messages.map(({ type }) => type)).toEqual(['vnf.hello']);
    channel.command({ type: 'xstate.inspecting' });
    await gathered();
    expect(channel.names).toContain('reliable-session bob → alice');
    expect(channel.of('service.register').map(({ state }) => JSON.parse(state).value)).toContain('CONNECTED');
    inspector.close();
    expect(channel.of('service.stop')).toHaveLength(channel.names.length);
    expect(channel.isClosed).toBe(true);
  });

  test('[IN3] passes over actors that are no machines, and commands that make no sense', async () => {
    const channel = new TestChannel();
    const { inspect } = createInspector({ channel });
    for (const command of [undefined, null, 7, 'x', {}, { type: 'vnf.ack' }, { type: 'vnf.leaving' }]) {
      channel.command(command);
    }
    channel.command({ type: 'xstate.inspecting' });
    createActor(
      fromPromise(async () => 1),
      { inspect },
    ).start();
    await gathered();
    expect(channel.messages).toHaveLength(1);
  });

  test('[IN4] tells of each step when it was, whose, the transitions taken and what was measured', async () => {
    const { channel, meet } = await watchedPair();
    channel.command({ type: 'xstate.inspecting' });
    await meet();
    await gathered();
    const up = channel.states.find(({ value, vnf }) => value === 'CONNECTED' && vnf.endpoint === 'alice');
    expect(up?.vnf).toMatchObject({ peer: 'bob', transitions: ['connection.connecting|link.up|0'] });
    expect(up?.vnf.at).toBeGreaterThan(0);
    const session = channel.states.find(({ vnf }) => vnf.measures['roundTripMs'] !== undefined);
    expect(session?.vnf.measures).toMatchObject({ bufferedAmount: 0, untilProbeMs: expect.any(Number) });
  });

  test('[IN5] waits for a viewer that reads nothing, drops and counts what is too much, and tells it anew', async () => {
    const channel = new TestChannel();
    const inspector = createInspector({ channel });
    const actor = createActor(createMachine({ id: 'counter', on: { count: {} } }), {
      inspect: inspector.inspect,
    });
    const acknowledge = () => {
      const { source = '', number = 0 } = channel.of('vnf.mark').at(-1) ?? {};
      channel.command({ type: 'vnf.ack', viewer: 'page', source, number });
    };
    channel.command({ type: 'xstate.inspecting', viewer: 'page' });
    actor.start();
    for (let batch = 0; batch < 10; batch += 1) {
      actor.send({ type: 'count' });
      await gathered();
    }
    // Four batches are on their way, and no more follow.
    expect(channel.of('vnf.mark')).toHaveLength(4);
    const sent = channel.messages.length;
    for (let event = 0; event < 3000; event += 1) actor.send({ type: 'count' });
    await gathered();
    expect(channel.messages).toHaveLength(sent);
    expect(inspector.dropped).toBeGreaterThan(5000);
    acknowledge();
    await gathered();
    expect(channel.messages.slice(sent).map(({ type }) => type)).toEqual([
      'vnf.dropped',
      'service.register',
      'vnf.mark',
    ]);
    expect(channel.of('vnf.dropped')[0]?.count).toBe(inspector.dropped);
    actor.send({ type: 'count' });
    await gathered();
    expect(channel.messages.at(-2)?.type).toBe('service.state');
  });

  test('[IN5] gives up a viewer that has read nothing for 10 s, and welcomes it again when it reads', async () => {
    const { channel, alice, meet } = await watchedPair();
    channel.command({ type: 'xstate.inspecting', viewer: 'page' });
    for (let round = 0; round < 6; round += 1) {
      await meet();
      alice.closeConnection('bob');
      await gathered();
    }
    await vi.advanceTimersByTimeAsync(10_100);
    const sent = channel.messages.length;
    await meet();
    await gathered();
    expect(channel.messages.length).toBe(sent);
    const last = channel.of('vnf.mark').at(-1);
    channel.command({ type: 'vnf.ack', viewer: 'page', source: last?.source, number: last?.number });
    await gathered();
    expect(channel.messages.slice(sent).filter(({ type }) => type === 'service.register')).not.toEqual([]);
  });

  test('[IN5] waits while the channel itself has not sent what it was given', async () => {
    const { channel, meet } = await watchedPair();
    channel.command({ type: 'xstate.inspecting' });
    channel.waiting = 2 ** 20 + 1;
    await meet();
    await gathered();
    expect(channel.names).toEqual([]);
    channel.waiting = 0;
    await gathered();
    expect(channel.names).toContain('connection alice → bob');
  });

  test('[IN2] stops for a viewer that leaves', async () => {
    const { channel, meet } = await watchedPair();
    channel.command({ type: 'xstate.inspecting', viewer: 'page' });
    channel.command({ type: 'vnf.leaving', viewer: 'page' });
    await meet();
    await gathered();
    expect(channel.of('service.register')).toEqual([]);
  });

  test('[IN8] refuses what it cannot work with', () => {
    const refusal = expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' });
    expect(() => createInspector({ name: 7 as never })).toThrow(refusal);
    expect(() => createInspector({ channel: {} as never })).toThrow(refusal);
    expect(() => throughWindow(null as never)).toThrow(refusal);
    expect(() => throughWebSocket('http://here')).toThrow(refusal);
    expect(() => throughWebSocket({} as never)).toThrow(refusal);
  });
});
