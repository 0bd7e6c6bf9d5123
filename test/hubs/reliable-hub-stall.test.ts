import { describe, expect, test } from 'vitest';
import { InBrowserHub } from '../../src/hubs/in-browser-hub.ts';
import { ReliableHub } from '../../src/hubs/reliable-hub.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { LossyHub } from '../support/lossy-hub.ts';
import { connect, meetConnected, numbers, watch } from '../support/reliable-sides.ts';
import { SlowHub } from '../support/slow-hub.ts';
import { pass, turns } from '../support/turns.ts';

const isMessage = (text: string) => text.startsWith('MESSAGE') || text.startsWith('PACK');

describe('ReliableHub towards a peer of version 0.2.1: nothing stalls', () => {
  test('[RB8] a gap whose end has come is filled, too', async () => {
    const { clock, a, say } = await meetConnected();
    for (const text of numbers(10)) a.send('other', text);
    expect(say('HEARTBEAT a-1 other-1 2 6')).toHaveLength(5);
    clock.advance(1000);
    expect(say('HEARTBEAT a-1 other-1 2 3')).toEqual(['MESSAGE other-1 2 2', 'MESSAGE other-1 3 3']);
  });

  test('[RB35] where all that the congestion window allows is lost, it leaves again', async () => {
    const { clock, way, a, b } = await connect();
    way.loses = ({ text }) => isMessage(text);
    const texts = numbers(300).map((text) => text.padEnd(1000));
    for (const text of texts) a.send('b', text);
    way.heal();
    await pass(clock, 5000);
    expect(b.messages).toEqual(texts);
  });
});

describe('ReliableHub between a side with the extensions and one that keeps quiet about them: nothing stalls', () => {
  test('[RB8] what is lost at the end is sent again', async () => {
    const { clock, way, a, b } = await connect();
    a.closeConnection('b');
    await turns();
    a.setEndpointId('v1~a');
    a.openConnection('b', () => {});
    await pass(clock, 2000);
    way.loses = ({ text }) => isMessage(text);
    a.send('b', 'last');
    way.heal();
    await pass(clock, 5000);
    expect(b.messages).toEqual(['last']);
  });
});

describe('ReliableHub between sides that know the extensions: nothing stalls', () => {
  test('[RB33] a message that is lost a dozen times arrives soon after', async () => {
    const { clock, way, a, b } = await connect({ isModern: true });
    let losses = 0;
    way.loses = ({ text }) => /^MESSAGE \S+ 1 /.test(text) && ++losses <= 12;
    for (const text of numbers(3)) {
      a.send('b', text);
      await turns(1);
    }
    await pass(clock, 8000, 5);
    expect([losses, b.messages]).toEqual([13, numbers(3)]);
  });

  test('[RB34] probes are sent with pauses that double, though the platform’s timers come a little early', async () => {
    const { clock, way, a } = await connect({ isModern: true });
    const { setTimeout } = clock;
    Object.assign(clock, {
      setTimeout: (callback: () => void, ms: number) => setTimeout(callback, Math.max(ms - 0.6, 1)),
    });
    way.loses = ({ from }) => from === 'b';
    const before = way.frames.length;
    a.send('b', 'x');
    await pass(clock, 4500, 1);
    const probes = way.sentBy('a', before).filter((text) => text.startsWith('HEARTBEAT'));
    expect(probes.length).toBeGreaterThan(5);
    expect(probes.length).toBeLessThan(10);
  });

  test('[RB38] at destroy more leaves than the parent’s mark, as far as it takes it', async () => {
    const clock = new VirtualClock();
    const hub = new ReliableHub(new InBrowserHub(), { clock });
    const [a, b] = [watch(hub.openEndpoint('a')), watch(hub.openEndpoint('b'))];
    a.openConnection('b', () => {});
    await turns(10);
    const texts = numbers(48).map((text) => text.padEnd(2 ** 16));
    for (const text of texts) a.send('b', text);
    a.destroy();
    await turns(10);
    expect([b.messages.length, b.states.at(-1)]).toEqual([48, 'closed']);
  });

  test('[RB37] what a slow parent still carries is waited for, and then the connection opened again comes up', async () => {
    const clock = new VirtualClock();
    const hub = new ReliableHub(new SlowHub(clock, 8192), { clock, random: () => 0.5 });
    const [a, b] = [watch(hub.openEndpoint('a')), watch(hub.openEndpoint('b'))];
    a.openConnection('b', () => {});
    await pass(clock, 1000);
    const texts = numbers(40).map((text) => text.padEnd(8192));
    for (const text of texts) a.send('b', text);
    a.closeConnection('b');
    const statuses: string[] = [];
    a.openConnection('b', ({ status }) => statuses.push(status));
    await pass(clock, 60_000);
    expect([b.messages.length, statuses]).toEqual([40, ['CONNECTED']]);
    expect(b.states).toEqual(['connecting', 'CONNECTED', 'closed', 'connecting', 'CONNECTED']);
  });

  test('[RT4] an answer that waited while the process was busy does not make the session slow', async () => {
    const [clock, others] = [new VirtualClock(), new VirtualClock()];
    const way = new LossyHub();
    const a = watch(new ReliableHub(way, { clock, random: () => 0.5 }).openEndpoint('a'));
    const b = watch(new ReliableHub(way, { clock: others, random: () => 0.5 }).openEndpoint('b'));
    a.openConnection('b', () => {});
    await turns();
    const waiting: (() => void)[] = [];
    way.loses = ({ from, text }) => {
      if (from === 'b') waiting.push(() => way.hub.getEndPoint('b')?.send('a', text));
      return from === 'b';
    };
    a.send('b', 'x');
    await pass(others, 4000);
    clock.sleep(4000);
    let losses = 0;
    way.loses = ({ text }) => /^MESSAGE \S+ 1 /.test(text) && ++losses <= 3;
    for (const arrive of waiting) arrive();
    for (const text of ['lost', 'then']) {
      a.send('b', text);
      await turns(1);
    }
    for (let ms = 0; ms < 2000; ms += 10) {
      others.advance(10);
      await pass(clock, 10, 10);
    }
    expect([losses, b.messages]).toEqual([4, ['x', 'lost', 'then']]);
  });

  test('[RB33] what is missing is asked for with pauses that double while nobody answers', async () => {
    const { clock, way, a, b } = await connect({ isModern: true });
    way.loses = ({ text }) => /^MESSAGE \S+ 0 /.test(text);
    for (const text of numbers(2)) {
      a.send('b', text);
      await turns(1);
    }
    way.loses = () => true;
    const before = way.frames.length;
    await pass(clock, 4000, 1);
    const asked = way.sentBy('b', before).filter((text) => text.includes(' 0 0 '));
    expect(asked.length).toBeGreaterThan(7);
    expect(asked.length).toBeLessThan(16);
    way.heal();
    await pass(clock, 1300, 1);
    expect(b.messages).toEqual(numbers(2));
  });
});
