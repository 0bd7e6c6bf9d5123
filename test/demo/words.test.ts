import { describe, expect, test } from 'vitest';
import { type ChatLine, ChatLog, describeDelivery, MOST_LINES } from '../../src/demo/chat-log.ts';
import { percentOf, readableSize } from '../../src/demo/files/describe-file.ts';
import { safeFileName } from '../../src/demo/files/file-name.ts';
import { readOccupants, roomsOf } from '../../src/demo/occupants.ts';
import { roomHash, roomOfHash } from '../../src/demo/view/location.ts';

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
    expect(roomOfHash(roomHash(room))).toBe(room);
  });

  test.each(['', '#', '#room=', '#room=%20', `#room=${'x'.repeat(61)}`, '#other=1'])(
    '[DM6] leads into the lobby: %s',
    (hash) => {
      expect(roomOfHash(hash)).toBeUndefined();
    },
  );
});

describe('the name of a file', () => {
  test.each([
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
    expect(describeDelivery(recipients)).toBe('Sent to Ada. Waiting for Bob, Cleo.');
    chat.settle('b', 'missed');
    chat.settle('c', 'sent');
    chat.settle('a', 'missed');
    expect(describeDelivery(recipients)).toBe(
      'Sent to Ada, Cleo. Not sent to Bob, whose connection was lost.',
    );
    expect(describeDelivery(new Map())).toBe('Nobody else was here.');
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
