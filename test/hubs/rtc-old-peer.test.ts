import { afterEach, describe, expect, test } from 'vitest';
import { InBrowserHub } from '../../src/hubs/in-browser-hub.ts';
import { RtcHub } from '../../src/hubs/rtc-hub.ts';
import { inbox, losses, open, states, until } from '../../src/testing/peers.ts';
import { captureLog } from '../support/log.ts';
import { openOldPeer, watchPeerConnections } from '../support/rtc.ts';

const log = captureLog();
const opened: { destroy(): void }[] = [];

/** Ours and a peer of version 0.2.1, whose clock goes wrong by `offset` ms. */
function openPair(offset = 0) {
  const signaling = new InBrowserHub();
  const watch = watchPeerConnections();
  const hub = new RtcHub(signaling, { RTCPeerConnection: watch.RTCPeerConnection });
  const ours = hub.openEndpoint('ours');
  const old = openOldPeer(signaling, 'old', offset);
  opened.push(ours, old);
  return { ours, old, watch };
}

function candidatesOf(message: Record<string, unknown> | undefined): number {
  return (message?.['ice'] as { candidate: unknown[] } | undefined)?.candidate.length ?? 0;
}

afterEach(() => {
  for (const endpoint of opened.splice(0)) endpoint.destroy();
});

describe('a peer of version 0.2.1', () => {
  test('[RH30] is called', async () => {
    const { ours, old, watch } = openPair();
    expect((await open(ours, 'old')).status).toBe('CONNECTED');
    const received = inbox(ours);
    ours.send('old', 'to the old one');
    await until(() => old.received.length > 0);
    old.send('to ours');
    await until(() => received.length > 0);
    expect([old.received, received]).toEqual([['to the old one'], [{ from: 'old', message: 'to ours' }]]);
    // What it understood is one message, complete, in the old form.
    const understood = old.heard.filter(({ type }) => type === 'rtc-connection');
    expect(understood.map((message) => Object.keys(message).slice(0, 4))).toEqual([
      ['type', 'requestForNewConnection', 'ice', 'connectionCreateDate'],
    ]);
    expect(candidatesOf(understood[0])).toBeGreaterThan(0);
    expect(watch.made.length).toBe(1);
    ours.closeConnection('old');
    await until(() => old.closed > 0);
  });

  test('[RH31] calls, and is answered with one message that has everything in it, and nothing new', async () => {
    const { ours, old } = openPair();
    const atOurs = states(ours);
    const received = inbox(ours);
    old.call('ours');
    await until(() => ours.isConnected('old'));
    ours.send('old', 'to the old one');
    await until(() => old.received.length > 0);
    old.send('to ours');
    await until(() => received.length > 0);
    expect(atOurs.map(({ state }) => state)).toEqual(['connecting', 'CONNECTED']);
    expect(old.heard.map((message) => Object.keys(message))).toEqual([
      ['type', 'requestForNewConnection', 'ice', 'connectionCreateDate'],
    ]);
    expect(old.heard[0]).toMatchObject({ type: 'rtc-connection', requestForNewConnection: false });
    expect(candidatesOf(old.heard[0])).toBeGreaterThan(0);
    const lost = losses(ours);
    old.destroy();
    await until(() => lost.length > 0);
    expect(ours.getConnectionState('old')).toBe('closed');
  });

  test.each([
    ['later', 60_000],
    ['earlier', -60_000],
  ])('[RH32] and ours call each other at once, its offer being the %s one', async (_name, offset) => {
    const { ours, old, watch } = openPair(offset);
    const statuses: string[] = [];
    old.call('ours');
    ours.openConnection('old', ({ status }) => statuses.push(status));
    await until(() => statuses.length > 0);
    ours.send('old', 'to the old one');
    await until(() => old.received.length > 0);
    expect([statuses, old.received]).toEqual([['CONNECTED'], ['to the old one']]);
    expect(watch.open.size).toBe(1);
  });

  test('[RH30] is called again after the end of a connection', async () => {
    const { ours, old, watch } = openPair();
    for (let round = 1; round <= 3; round += 1) {
      expect((await open(ours, 'old')).status).toBe('CONNECTED');
      ours.send('old', `round ${round}`);
      await until(() => old.received.length === round);
      ours.closeConnection('old');
      await until(() => old.closed === round);
    }
    expect(watch.open.size).toBe(0);
    expect(log.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
  });
});
