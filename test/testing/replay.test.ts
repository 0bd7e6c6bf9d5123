import { describe, expect, test } from 'vitest';
import { createMachine } from 'xstate';
import { connectionMachine } from '../../machines/connection.machine.ts';
import { InBrowserHub } from '../../src/hubs/in-browser-hub.ts';
import { ReliableHub } from '../../src/hubs/reliable-hub.ts';
import { createInspector, type Recording } from '../../src/inspect/index.ts';
import { connect, until } from '../../src/testing/peers.ts';
import { replayRecording } from '../../src/testing/replay.ts';
import { TestChannel } from '../support/inspection.ts';
import { captureLog } from '../support/log.ts';

captureLog();

/** A session with a reconnect and an end, as the page would export it. */
async function record(): Promise<Recording> {
  const channel = new TestChannel();
  const { inspect } = createInspector({ name: 'here', channel });
  channel.command({ type: 'xstate.inspecting' });
  const memory = new InBrowserHub();
  const hub = new ReliableHub(memory, { inspect });
  const [alice, bob] = [hub.openEndpoint('alice'), hub.openEndpoint('bob')];
  await connect(alice, bob);
  alice.send('bob', 'hello');
  memory.getEndPoint('alice')?.closeConnection('bob');
  await until(() => alice.getConnectionState('bob') === 'CONNECTED');
  alice.closeConnection('bob');
  bob.destroy();
  alice.destroy();
  await until(() => channel.of('service.stop').length >= 4);
  const messages = channel.messages.filter(({ type }) => type.startsWith('service.'));
  return { format: 'vnf-inspection-1', recordedAt: 'now', messages };
}

describe('replayRecording', () => {
  test('[TS31] runs every recorded step again, and finds the same', async () => {
    const recording = await record();
    const { steps, skipped, difference } = replayRecording(JSON.stringify(recording));
    expect(difference?.message).toBeUndefined();
    expect(skipped).toEqual([]);
    expect(steps).toBe(recording.messages.filter(({ type }) => type === 'service.state').length);
    expect(steps).toBeGreaterThan(20);
  });

  test('[TS31] tells the first step that a machine of another version makes differently', async () => {
    const recording = await record();
    const { config, implementations } = connectionMachine as unknown as {
      config: { states: Record<string, { on?: object }> };
      implementations: object;
    };
    const states = { ...config.states, CONNECTED: { ...config.states['CONNECTED'], on: {} } };
    const other = createMachine({ ...config, states } as never, implementations as never);
    const { difference } = replayRecording(recording, { machines: [other] });
    expect(difference).toMatchObject({ from: 'CONNECTED', actual: { value: 'CONNECTED' } });
    expect(difference?.actor).toMatch(/^connection /);
    expect(difference?.message).toMatch(/^Step \d+ of the recording, .*in "CONNECTED", hears "/);
  });

  test('[TS31] tells a step whose recorded context is another', async () => {
    const recording = await record();
    for (const message of recording.messages) {
      if (message.type === 'service.state')
        message.state = message.state.replace('"attempt":1', '"attempt":2');
    }
    expect(replayRecording(recording).difference?.actor).toMatch(/^connection /);
  });

  test('[TS31] passes over data that an interface had, such as the address of a socket', async () => {
    const recording = await record();
    for (const message of recording.messages) {
      if (message.type !== 'service.state' && message.type !== 'service.register') continue;
      message.state = message.state.replace('"context":{', '"context":{"transport":{"remote":"here"},');
    }
    expect(replayRecording(recording).difference?.message).toBeUndefined();
  });

  test('[TS32] tells a timer that came too early, or never', () => {
    const machine = createMachine({
      id: 'waiting',
      initial: 'idle',
      states: { idle: { on: { go: 'busy' } }, busy: { after: { 5000: 'idle' }, on: { poke: {} } } },
    });
    const after = 'xstate.after.5000.waiting.busy';
    const state = (value: string, type: string, at: number) =>
      JSON.stringify({ value, context: {}, event: { type }, vnf: { at, transitions: [], measures: {} } });
    const recorded = (...states: string[]): Recording => ({
      format: 'vnf-inspection-1',
      recordedAt: 'now',
      messages: [
        {
          type: 'service.register',
          sessionId: 'x',
          id: 'waiting',
          machine: '{"id":"waiting"}',
          state: state('idle', 'xstate.init', 0),
          source: '',
        },
        ...states.map((each) => ({ type: 'service.state' as const, sessionId: 'x', state: each })),
      ],
    });
    const messageOf = (...states: string[]) =>
      replayRecording(recorded(...states), { machines: [machine] }).difference?.message;
    const busy = state('busy', 'go', 100);
    expect(messageOf(busy, state('idle', after, 5100))).toBeUndefined();
    expect(messageOf(busy, state('idle', after, 3100))).toContain('due only 2000 ms later');
    expect(messageOf(busy, state('busy', 'poke', 9100))).toContain('was due 4000 ms before');
    expect(replayRecording(recorded(busy)).skipped).toEqual(['waiting']);
  });

  test.each(['no json', '{}', '{"format":"vnf-inspection-1","messages":[{"type":"service.state"}]}'])(
    '[TS33] refuses %s',
    (text) => {
      expect(() => replayRecording(text)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }));
    },
  );
});
