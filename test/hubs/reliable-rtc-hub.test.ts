import { describe, expect, test } from 'vitest';
import type { ParentEndpoint } from '../../src/core/contracts.ts';
import { InBrowserHub } from '../../src/hubs/in-browser-hub.ts';
import { ReliableRtcHub } from '../../src/hubs/reliable-rtc-hub.ts';
import { connect, inbox, states, until } from '../../src/testing/peers.ts';
import { numbers } from '../support/reliable-sides.ts';

describe('ReliableRtcHub', () => {
  test('[RB27] a conversation survives the loss of its WebRTC channel', async () => {
    const signaling = new InBrowserHub();
    const hub = new ReliableRtcHub(signaling);
    const [a, b] = [hub.openEndpoint('a'), new ReliableRtcHub(signaling).openEndpoint('b')];
    const [got, seen] = [inbox(b), states(a)];
    await connect(a, b);
    for (const text of numbers(50)) a.send('b', text);
    const { parentHub } = hub as unknown as { parentHub: { getEndPoint(eva: string): ParentEndpoint } };
    parentHub.getEndPoint('a').closeConnection('b');
    for (const text of numbers(50, 50)) a.send('b', text);
    await until(() => got.length >= 100, 'the arrival of every message');
    expect(got.map(({ message }) => message)).toEqual(numbers(100));
    await until(() => seen.at(-1)?.state === 'CONNECTED', 'the end of the interruption');
    expect(seen.map(({ state }) => state)).toEqual(['connecting', 'CONNECTED', 'reconnecting', 'CONNECTED']);
    a.destroy();
    b.destroy();
  });
});
