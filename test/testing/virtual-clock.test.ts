import { describe, expect, test } from 'vitest';
import { InBrowserHub } from '../../src/hubs/in-browser-hub.ts';
import { ReliableHub } from '../../src/hubs/reliable-hub.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';

describe('VirtualClock', () => {
  test('[TS1] stands still until it is moved, and fires each timer at its own moment', () => {
    const clock = new VirtualClock();
    const fired: [string, number][] = [];
    const set = (name: string, ms: number) => clock.setTimeout(() => fired.push([name, clock.now()]), ms);
    set('late', 20);
    set('first', 10);
    set('second', 10);
    set('never', Number.POSITIVE_INFINITY);
    clock.clearTimeout(set('cleared', 10));
    expect([clock.now(), clock.pending, fired]).toEqual([0, 3, []]);
    clock.advance(10);
    expect(fired).toEqual([
      ['first', 10],
      ['second', 10],
    ]);
    clock.advance(100);
    expect(fired.at(-1)).toEqual(['late', 20]);
    expect([clock.now(), clock.pending]).toEqual([110, 0]);
  });

  test('[TS1] has a date that moves with it, in whole milliseconds', () => {
    const clock = new VirtualClock();
    const date = clock.date();
    expect(new Date(date).getUTCFullYear()).toBe(2000);
    clock.advance(10.5);
    expect(clock.date() - date).toBe(10);
  });

  test('[TS1] fires what came due in its sleep with the next move, late', () => {
    const clock = new VirtualClock();
    const fired: number[] = [];
    clock.setTimeout(() => fired.push(clock.now()), 10);
    clock.sleep(50);
    expect([clock.now(), fired]).toEqual([50, []]);
    clock.advance(0);
    expect(fired).toEqual([50]);
  });

  test('[TS2] lets what each moment sets going come to its end before the next one', async () => {
    const clock = new VirtualClock();
    const seen: string[] = [];
    clock.setTimeout(async () => {
      seen.push('timer');
      for (let step = 0; step < 20; step += 1) await undefined;
      seen.push('its promises');
    }, 1);
    clock.setTimeout(() => seen.push('the next moment'), 2);
    await clock.run(2);
    expect(seen).toEqual(['timer', 'its promises', 'the next moment']);
    expect(clock.now()).toBe(2);
  });

  test('[TS2] lets hubs in memory talk', async () => {
    const clock = new VirtualClock();
    const memory = new InBrowserHub({ clock });
    const alice = new ReliableHub(memory, { clock }).openEndpoint('alice');
    const bob = new ReliableHub(memory, { clock }).openEndpoint('bob');
    const heard: string[] = [];
    bob.onMessage = ({ message }) => heard.push(message);
    alice.openConnection('bob', () => alice.send('bob', 'Hello'));
    await clock.runUntil(() => heard.length > 0);
    expect(heard).toEqual(['Hello']);
    expect(clock.now()).toBeLessThan(1000);
    alice.destroy();
    bob.destroy();
    await clock.runUntilIdle();
    expect(clock.pending).toBe(0);
  });

  test('[TS3] stops as soon as the condition holds', async () => {
    const clock = new VirtualClock();
    let count = 0;
    const tick = () => {
      count += 1;
      clock.setTimeout(tick, 10);
    };
    tick();
    await clock.runUntil(() => count === 5);
    expect([count, clock.now()]).toEqual([5, 40]);
  });

  test('[TS3] says what did not come true within its virtual time', async () => {
    const clock = new VirtualClock();
    const never = clock.runUntil(() => false, 'bob being connected', 500);
    await expect(never).rejects.toThrow(
      'bob being connected did not come true within 500 ms of virtual time',
    );
    expect(clock.now()).toBe(500);
    const tick = () => clock.setTimeout(tick, 10);
    tick();
    await expect(clock.runUntilIdle(1000)).rejects.toThrow('A clock without timers');
  });

  test('[TS5] fails where a timer sets itself for ever without a pause', async () => {
    const clock = new VirtualClock();
    const again = () => clock.setTimeout(again, 0);
    again();
    expect(() => clock.advance(1)).toThrow(
      'over 100000 timers fired at 0 ms: one sets itself without a pause',
    );
    const patient = new VirtualClock();
    for (let count = 0; count < 10_000; count += 1) patient.setTimeout(() => {}, 1 + (count % 2));
    patient.advance(2);
    expect(patient.pending).toBe(0);
  });

  test('[TS4] refuses times that are none, or have no end', async () => {
    const clock = new VirtualClock();
    const wrong = expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' });
    for (const bad of [-1, Number.NaN, Number.POSITIVE_INFINITY, '1' as never]) {
      expect(() => clock.advance(bad)).toThrow(wrong);
      expect(() => clock.sleep(bad)).toThrow(wrong);
      await expect(clock.run(bad)).rejects.toThrow(wrong);
      await expect(clock.runUntil(() => true, 'it', bad)).rejects.toThrow(wrong);
      await expect(clock.runUntilIdle(bad)).rejects.toThrow(wrong);
    }
    expect(clock.now()).toBe(0);
  });

  test('[TS1] hands on what a timer throws, and the next ones still fire', () => {
    const clock = new VirtualClock();
    const fired: string[] = [];
    clock.setTimeout(() => {
      throw new Error('boom');
    }, 1);
    clock.setTimeout(() => fired.push('next'), 2);
    expect(() => clock.advance(5)).toThrow('boom');
    clock.advance(5);
    expect(fired).toEqual(['next']);
  });
});
