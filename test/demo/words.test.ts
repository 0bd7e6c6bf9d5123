import { describe, expect, test } from 'vitest';
import { type ChatLine, ChatLog, describeDelivery, MOST_LINES } from '../../src/demo/chat-log.ts';
import { percentOf, readableSize } from '../../src/demo/files/describe-file.ts';
import { safeFileName } from '../../src/demo/files/file-name.ts';
import { label } from '../../src/demo/label.ts';
import { readOccupants, roomsOf } from '../../src/demo/occupants.ts';
import { readStun } from '../../src/demo/stun.ts';
import { placeOf, roomHash } from '../../src/demo/view/location.ts';

describe('the list of rooms', () => {
  test('[DM5] has each room once, by name, with the people in it', () => {
    const occupants = readOccupants({
      a: { room: 'kitchen', name: 'Ada' },
      b: { room: 'attic', name: 'Bob' },
      c: { room: 'kitchen', name: 'Cleo' },
    });
    expect(roomsOf(occupants)).toEqual([
      { room: 'attic', names: ['Bob'] },
      { room: 'kitchen', names: ['Ada', 'Cleo'] },
    ]);
  });

  test.each([
    null,
    'kitchen',
    5,
    [],
    {},
    { room: 'kitchen' },
    { room: ' ', name: 'Ada' },
    { room: 'x'.repeat(61), name: 'Ada' },
    { room: '\u200b', name: 'Ada' },
    { room: 'kitchen', name: '\u202e\u3164' },
  ])('[DM5] leaves out what is no occupant: %j', (value) => {
    expect(readOccupants({ a: value })).toEqual([]);
  });

  test('[DM5] is bounded', () => {
    const entries = Array.from({ length: 5000 }, (_, index) => [
      `e${index}`,
      { room: `r${index}`, name: 'Ada' },
    ]);
    const occupants = readOccupants(Object.fromEntries(entries));
    expect(occupants).toHaveLength(1000);
    expect(roomsOf(occupants)).toHaveLength(100);
  });
});

describe('the address of the page', () => {
  test.each(['kitchen', 'a b&c=d#é'])('[DM6] leads into the room %s', (room) => {
    expect(placeOf(roomHash(room))).toEqual({ room });
  });

  test.each(['', '#', '#other=1'])('[DM6] leads into the lobby: %s', (hash) => {
    expect(placeOf(hash)).toEqual({});
  });

  test.each([
    ['#room=', 'names no room'],
    ['#room=%20%E2%80%8B', 'names no room'],
    [`#room=${'x'.repeat(10_000)}`, 'names a room with 10000 characters; a name has 60 at most'],
  ])('[DM6] says why it leads into no room: %.20s', (hash, words) => {
    expect(placeOf(hash)).toEqual({ problem: expect.stringContaining(words) });
  });
});

describe('the name of a person or a room', () => {
  test.each([
    ['Ada', 'Ada'],
    [' Ada \n Lovelace ', 'Ada Lovelace'],
    ['Ada\u202egnp.exe\u2069\u200f\u061c', 'Adagnp.exe'],
    ['A\u0000d\u007fa', 'Ada'],
    ['\u05e2\u05d3\u05d4', '\u05e2\u05d3\u05d4'],
    ['👩‍👩‍👧 été', '👩‍👩‍👧 été'],
    ['half \ud800', 'half \ufffd'],
    ['\u200b \u2060\u3164', ''],
  ])('[DM21] %j is shown as %j', (name, shown) => {
    expect(label(name)).toBe(shown);
  });

  test('[DM21] that looks the same is the same', () => {
    expect(readOccupants({ a: { room: 'kit\u202dchen', name: '\u2067Ada' } })).toEqual([
      { eva: 'a', room: 'kitchen', name: 'Ada' },
    ]);
    expect(placeOf(roomHash('kit\u202dchen'))).toEqual({ room: 'kitchen' });
  });
});

describe('the name of a file', () => {
  test.each([
    ['a\u061c\u2028b', 'a__b'],
    ['cat.jpg', 'cat.jpg'],
    ['../../etc/passwd', '_.._etc_passwd'],
    ['C:\\cat.jpg', 'C__cat.jpg'],
    ['.bashrc', 'bashrc'],
    ['a\u202egpj.exe', 'a_gpj.exe'],
    ['two\nlines', 'two_lines'],
    [' . ', 'file'],
    ['half \ud800', 'half \ufffd'],
    ['été 😀.txt', 'été 😀.txt'],
  ])('[DM12] %j is saved as %j', (name, safe) => {
    expect(safeFileName(name)).toBe(safe);
  });

  test('[DM12] is cut before its ending', () => {
    const safe = safeFileName(`${'x'.repeat(250)}.jpg`);
    expect(safe).toHaveLength(120);
    expect(safe).toMatch(/x\.jpg$/);
  });
});

describe('?stun=', () => {
  const refuse = () => {
    throw new SyntaxError('no STUN server');
  };

  test('[DM22] adds a STUN server', () => {
    expect(readStun('', refuse)).toEqual({ rtcConfiguration: {}, problem: '' });
    expect(readStun('?stun=example.org:3478', () => {})).toEqual({
      rtcConfiguration: { iceServers: [{ urls: 'stun:example.org:3478' }] },
      problem: '',
    });
  });

  test('[DM22] is left out where it is wrong, and the page says so', () => {
    const { rtcConfiguration, problem } = readStun(`?stun=${'a b'.repeat(1000)}`, refuse);
    expect(rtcConfiguration).toEqual({});
    expect(problem).toContain('?stun= in this page');
    expect(problem.length).toBeLessThan(200);
  });
});

describe('the chat', () => {
  test(`[DM11] keeps ${MOST_LINES} lines`, () => {
    const chat = new ChatLog(() => {});
    for (let line = 0; line <= MOST_LINES; line += 1) chat.add('peer', 'Bob', `${line}`);
    expect(chat.lines).toHaveLength(MOST_LINES);
    expect(chat.lines[0]?.text).toBe('1');
  });

  test('[DM8] says whom a message was sent to, who is waited for and who missed it', () => {
    const chat = new ChatLog(() => {});
    const recipients: ChatLine['recipients'] = new Map([
      ['a', { name: 'Ada', delivery: 'sent' }],
      ['b', { name: 'Bob', delivery: 'waiting' }],
      ['c', { name: 'Cleo', delivery: 'waiting' }],
    ]);
    chat.add('you', 'Dora', 'Hello', recipients);
    expect(describeDelivery(recipients)).toBe('Sent to Ada · Waiting for Bob, Cleo');
    chat.settle('b', 'missed');
    chat.settle('c', 'sent');
    chat.settle('a', 'missed');
    expect(describeDelivery(recipients)).toBe('Sent to Ada, Cleo · The connection was lost to Bob');
    expect(describeDelivery(new Map())).toBe('Nobody else was here');
    const names = ['A', 'B', 'C', 'D', 'E', 'F', 'G'];
    const many: ChatLine['recipients'] = new Map(names.map((name) => [name, { name, delivery: 'sent' }]));
    expect(describeDelivery(many)).toBe('Sent to A, B, C, D, E and 2 others');
  });
});

test('[DM13] sizes are told as people read them', () => {
  expect([0, 999, 1000, 52_428_800, 3e12].map(readableSize)).toEqual([
    '0 B',
    '999 B',
    '1.0 kB',
    '52.4 MB',
    '3.0 TB',
  ]);
  expect([percentOf(0, 0), percentOf(999, 1000), percentOf(1, 1)]).toEqual([100, 99, 100]);
});
