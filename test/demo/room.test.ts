import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { MOST_NEIGHBOURS, neighboursOf } from '../../src/demo/neighbours.ts';
import type { Occupant } from '../../src/demo/occupants.ts';
import { MOST_PEERS, type Peer, Room } from '../../src/demo/room.ts';
import {
  type Endpoint,
  type Hub,
  InBrowserHub,
  MarshallerHub,
  ReliableHub,
  UnreliableHub,
} from '../../src/index.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { captureLog } from '../support/log.ts';
import { pass, turns } from '../support/turns.ts';

captureLog();

/** Far above what anything takes here; one that does not come true by then never does. */
const eventually = (check: () => void) => vi.waitFor(check, 10_000);

const endpoints: Endpoint<unknown>[] = [];

afterEach(() => {
  for (const endpoint of endpoints.splice(0)) endpoint.destroy();
});

function open(hub: Hub<unknown>, eva: string): Endpoint<unknown> {
  const endpoint = hub.openEndpoint(eva);
  endpoints.push(endpoint);
  return endpoint;
}

/** Somebody in the kitchen; the address is the name in small letters. */
function enter(hub: Hub<unknown>, person: string, name = 'kitchen'): Room {
  const endpoint = open(hub, person.toLowerCase());
  return new Room({ name, person, endpoint, onChange: () => {} });
}

const occupant = (name: string, room = 'kitchen'): Occupant => ({ eva: name.toLowerCase(), room, name });
const texts = (room: Room) =>
  room.chat.lines.map(({ author, text }) => (author === '' ? text : `${author}: ${text}`));
const states = (room: Room) => room.peers.map(({ name, state }) => `${name} ${state}`);

/** Ada and Bob in the kitchen, each of whom has read the list. */
async function meet(
  hub: Hub<unknown> = new MarshallerHub(new InBrowserHub()),
): Promise<[ada: Room, bob: Room]> {
  const rooms: [Room, Room] = [enter(hub, 'Ada'), enter(hub, 'Bob')];
  for (const room of rooms) room.listed([occupant('Ada'), occupant('Bob'), occupant('Zoe', 'attic')]);
  await eventually(() => {
    for (const room of rooms) expect(room.peers.map(({ isGreeted }) => isGreeted)).toEqual([true]);
  });
  return rooms;
}

describe('a room', () => {
  test('[DM7] connects everybody who is listed in it, and nobody else', async () => {
    const [ada, bob] = await meet();
    expect([states(ada), states(bob)]).toEqual([['Bob CONNECTED'], ['Ada CONNECTED']]);
    expect([texts(ada), texts(bob)]).toEqual([['Bob is here.'], ['Ada is here.']]);
  });

  test('[DM7] connects those of whom only one has read the list', async () => {
    const hub = new MarshallerHub(new InBrowserHub());
    const [ada, bob] = [enter(hub, 'Ada'), enter(hub, 'Bob')];
    ada.listed([occupant('Ada'), occupant('Bob')]);
    await eventually(() => expect(states(bob)).toEqual(['Ada CONNECTED']));
  });

  test('[DM7] lets go of somebody who has read an old list and is in another room', async () => {
    const hub = new MarshallerHub(new InBrowserHub());
    const [ada, bob] = [enter(hub, 'Ada'), enter(hub, 'Bob', 'attic')];
    ada.listed([occupant('Ada'), occupant('Bob')]);
    await eventually(() => expect([ada.peers, bob.peers]).toEqual([[], []]));
    expect([texts(ada), texts(bob)]).toEqual([[], []]);
  });

  test('[DM7] takes strangers up to a bound, and closes the connections of more', async () => {
    const hub = new MarshallerHub(new InBrowserHub());
    const ada = enter(hub, 'Ada');
    for (let count = 0; count <= MOST_PEERS; count += 1)
      open(hub, `s${count}`).openConnection('ada', () => {});
    const last = open(hub, `s${MOST_PEERS}`);
    await eventually(() => expect(last.getConnectionState('ada')).toBe('closed'));
    expect(ada.peers).toHaveLength(MOST_PEERS);
  });

  test('[DM8] carries what is said to everybody', async () => {
    const [ada, bob] = await meet();
    ada.say('How are you?');
    await eventually(() => expect(texts(bob)).toContain('Ada: How are you?'));
    const [line] = ada.chat.lines.slice(-1);
    expect([...(line?.recipients.values() ?? [])]).toEqual([{ name: 'Bob', delivery: 'sent' }]);
  });

  test('[DM9] sees somebody leave who says goodbye', async () => {
    const [ada, bob] = await meet();
    bob.leave();
    await eventually(() => expect(ada.peers).toEqual([]));
    expect(texts(ada)).toEqual(['Bob is here.', 'Bob left.']);
    // An old list brings nobody back, and a new one whoever comes again.
    ada.listed([occupant('Ada'), occupant('Bob')]);
    expect(ada.peers).toEqual([]);
    ada.listed([occupant('Ada')]);
    ada.listed([occupant('Ada'), occupant('Bob')]);
    expect(ada.peers).toHaveLength(1);
  });

  test('[DM9] sees somebody come again while the list is old', async () => {
    const hub = new MarshallerHub(new InBrowserHub());
    const [ada, bob] = await meet(hub);
    bob.leave();
    await eventually(() => expect(ada.peers).toEqual([]));
    const again = enter(hub, 'Bob');
    again.listed([occupant('Ada'), occupant('Bob')]);
    await eventually(() => expect(states(ada)).toEqual(['Bob CONNECTED']));
    ada.listed([occupant('Ada'), occupant('Bob')]);
    await eventually(() => expect(texts(ada)).toEqual(['Bob is here.', 'Bob left.', 'Bob is here.']));
  });

  test('[DM9] connects again where a connection was closed without a goodbye', async () => {
    const hub = new MarshallerHub(new InBrowserHub());
    const [ada, bob] = await meet(hub);
    hub.openEndpoint('bob').closeConnection('ada');
    await eventually(() => expect(states(ada)).toEqual(['Bob closed']));
    for (const room of [ada, bob]) room.listed([occupant('Ada'), occupant('Bob')]);
    await eventually(() => expect(states(ada)).toEqual(['Bob CONNECTED']));
    expect(texts(ada)).toEqual(['Bob is here.']);
  });

  test('[DM23] ends the files of somebody who leaves, and keeps those of somebody who may come back', async () => {
    const hub = new MarshallerHub(new InBrowserHub());
    const [ada, bob] = await meet(hub);
    ada.offerFile(ada.peers[0] as Peer, new File(['x'], 'cat.jpg'));
    await eventually(() => expect(bob.transfers.files).toHaveLength(1));
    hub.openEndpoint('bob').closeConnection('ada');
    await eventually(() => expect(states(ada)).toEqual(['Bob closed']));
    expect(ada.transfers.files[0]?.state).toBe('offered');
    for (const room of [ada, bob]) room.listed([occupant('Ada'), occupant('Bob')]);
    await eventually(() => expect(states(ada)).toEqual(['Bob CONNECTED']));
    bob.leave();
    await eventually(() => expect(ada.transfers.files[0]?.state).toBe('failed'));
    expect(texts(ada).slice(-2)).toEqual(['Bob left.', 'cat.jpg has failed: Bob has left.']);
  });

  test('[DM9] keeps somebody who is connected, whatever the list says', async () => {
    const [ada] = await meet();
    for (let count = 0; count < 5; count += 1) ada.listed([]);
    expect(states(ada)).toEqual(['Bob CONNECTED']);
  });

  test('[DM9] lets go of somebody who is not connected, at the second list without them', () => {
    const ada = enter(new MarshallerHub(new InBrowserHub()), 'Ada');
    ada.listed([occupant('Bob')]);
    ada.listed([]);
    expect(ada.peers).toHaveLength(1);
    ada.listed([occupant('Bob')]);
    ada.listed([]);
    expect(ada.peers).toHaveLength(1);
    ada.listed([]);
    expect(ada.peers).toHaveLength(0);
  });

  test('[DM10] ignores what is malformed, with one warning and a count', async () => {
    const hub = new MarshallerHub(new InBrowserHub());
    const [ada, bob] = await meet(hub);
    const wire = hub.openEndpoint('bob');
    for (const nonsense of [5, { type: 'chat' }, { type: 'nothing' }]) wire.send('ada', nonsense);
    bob.say('Hello');
    await eventually(() => expect(texts(ada)).toContain('Bob: Hello'));
    expect(ada.peers[0]?.ignored).toBe(3);
    expect(texts(ada).filter((text) => text.includes('ignored'))).toEqual([
      'A message from Bob was ignored: it is no object.',
    ]);
  });

  test('[DM10] ignores what comes before a hello', async () => {
    const hub = new MarshallerHub(new InBrowserHub());
    const ada = enter(hub, 'Ada');
    const stranger = open(hub, 'stranger');
    stranger.openConnection('ada', () => stranger.send('ada', { type: 'chat', text: 'Boo' }));
    await eventually(() => expect(ada.peers[0]?.ignored).toBe(1));
    expect(texts(ada)).toEqual(['A message from Somebody was ignored: it came before a hello.']);
  });

  test('[DM12] carries files, and the chat tells of them', async () => {
    const [ada, bob] = await meet();
    ada.offerFile(ada.peers[0] as Peer, new File(['hello'], 'a/cat.jpg'));
    await eventually(() => expect(bob.transfers.files).toHaveLength(1));
    const [file] = bob.transfers.files;
    if (file !== undefined && 'accept' in file) (file as { accept: () => void }).accept();
    await eventually(() => expect(ada.transfers.files[0]?.state).toBe('done'));
    expect(texts(ada).slice(1)).toEqual(['Bob is getting a_cat.jpg.', 'Bob has all of a_cat.jpg.']);
    expect(texts(bob).slice(1)).toEqual(['Ada offers you a_cat.jpg, 5 B.', 'a_cat.jpg of Ada has arrived.']);
  });
});

describe('a large room', () => {
  /** Each of them by address, with those to whom they are connected, and who they see is not connected to them. */
  const graph = (rooms: Room[]) =>
    new Map(
      rooms.map(({ person, peers }) => [
        person.toLowerCase(),
        peers.filter(({ state }) => state === 'CONNECTED').map(({ eva }) => eva),
      ]),
    );

  /** Everybody whom a message reaches that is passed on. */
  function reach(edges: Map<string, string[]>): Set<string> {
    const reached = new Set<string>();
    const visit = (eva: string) => {
      if (reached.has(eva)) return;
      reached.add(eva);
      for (const next of edges.get(eva) ?? []) visit(next);
    };
    visit([...edges.keys()][0] as string);
    return reached;
  }

  async function settle(rooms: Room[]): Promise<void> {
    const list = rooms.map(({ person }) => occupant(person));
    const neighbours = Math.min(rooms.length - 1, MOST_NEIGHBOURS);
    await eventually(() => {
      for (const room of rooms) room.listed(list);
      for (const room of rooms) {
        expect(states(room).filter((state) => state.endsWith('CONNECTED'))).toHaveLength(neighbours);
        expect(room.peers).toHaveLength(neighbours);
        expect(room.unconnected).toHaveLength(rooms.length - 1 - neighbours);
      }
    });
  }

  test('[DM7] stays in one piece: whoever comes is connected, and both sides agree with whom', async () => {
    const hub = new MarshallerHub(new InBrowserHub());
    const names = Array.from({ length: MOST_NEIGHBOURS + 8 }, (_, index) => `P${(index * 37) % 100}`);
    const rooms: Room[] = [];
    for (const name of names) {
      rooms.push(enter(hub, name));
      if (rooms.length > MOST_NEIGHBOURS) await settle(rooms);
    }
    const edges = graph(rooms);
    expect(reach(edges).size).toBe(names.length);
    for (const [eva, others] of edges) for (const other of others) expect(edges.get(other)).toContain(eva);
    // Nobody has left, and nobody says so.
    expect(rooms.flatMap(texts).filter((text) => !text.endsWith('is here.'))).toEqual([]);
    for (const room of rooms.splice(3, 5)) room.leave();
    await settle(rooms);
    expect(reach(graph(rooms)).size).toBe(names.length - 5);
  });

  test('[DM7] connects somebody again with those who were far away when others leave', async () => {
    const hub = new MarshallerHub(new InBrowserHub());
    const rooms = Array.from({ length: MOST_NEIGHBOURS + 2 }, (_, index) => enter(hub, `P${index + 10}`));
    await settle(rooms);
    const [first] = rooms as [Room];
    expect(first.unconnected).toEqual(['P23']);
    rooms.splice(5, 1)[0]?.leave();
    await settle(rooms);
    expect(first.unconnected).toEqual([]);
  });

  test('[DM7] keeps a connection until its files are over', async () => {
    const hub = new MarshallerHub(new InBrowserHub());
    const rooms = Array.from({ length: MOST_NEIGHBOURS + 1 }, (_, index) => enter(hub, `P${index + 10}`));
    await settle(rooms);
    // The two who are across the ring once the next one has come.
    const [sender, receiver] = [rooms[5], rooms[18]] as [Room, Room];
    const peer = sender.peers.find(({ eva }) => eva === 'p28') as Peer;
    sender.offerFile(peer, new File(['x'], 'cat.jpg'));
    await eventually(() => expect(receiver.transfers.files).toHaveLength(1));
    rooms.push(enter(hub, 'P99'));
    const list = rooms.map(({ person }) => occupant(person));
    for (let count = 0; count < 4; count += 1) {
      for (const room of rooms) room.listed(list);
      await turns(20);
    }
    expect(sender.peers.map(({ eva }) => eva)).toContain('p28');
    expect(sender.unconnected).toEqual([]);
    receiver.transfers.files[0]?.cancel();
    await settle(rooms);
    expect(sender.unconnected).toEqual(['P28']);
  });

  test('[DM7] goes by the addresses, whatever the order of the list', () => {
    const evas = Array.from({ length: 100 }, (_, index) => `e${index}`);
    fc.assert(
      fc.property(fc.shuffledSubarray(evas, { minLength: 1 }), ([eva = '', ...others]) => {
        const neighbours = neighboursOf(eva, others);
        expect(new Set(neighbours).size).toBe(Math.min(others.length, MOST_NEIGHBOURS));
        expect(others).toEqual(expect.arrayContaining(neighbours));
        for (const neighbour of neighbours) {
          const theirs = [eva, ...others].filter((other) => other !== neighbour).reverse();
          expect(neighboursOf(neighbour, theirs)).toContain(eva);
        }
      }),
    );
  });
});

describe('a room whose connections break', () => {
  function unreliable() {
    const clock = new VirtualClock();
    const wire = new UnreliableHub(new InBrowserHub({ clock }));
    const hub = new MarshallerHub(new ReliableHub(wire, { clock, random: () => 0.5 }));
    const cut = () => {
      wire.blockChannel('ada', 'bob');
      wire.blockChannel('bob', 'ada');
    };
    const mend = () => {
      wire.unblockChannel('ada', 'bob');
      wire.unblockChannel('bob', 'ada');
    };
    return { clock, hub, cut, mend };
  }

  test('[DM8] says who is waited for, and sends it when the connection is back', async () => {
    const { clock, hub, cut, mend } = unreliable();
    const [ada, bob] = await meet(hub);
    cut();
    await pass(clock, 6000);
    expect(states(ada)).toEqual(['Bob reconnecting']);
    ada.say('Are you there?');
    const delivery = () => ada.chat.lines.at(-1)?.recipients.get('bob')?.delivery;
    expect(delivery()).toBe('waiting');
    mend();
    await pass(clock, 5000);
    expect(delivery()).toBe('sent');
    expect(texts(bob)).toContain('Ada: Are you there?');
  });

  test('[DM8] says who missed it where the connection is lost, and connects again', async () => {
    const { clock, hub, cut, mend } = unreliable();
    const [ada, bob] = await meet(hub);
    cut();
    await pass(clock, 6000);
    ada.say('Are you there?');
    await pass(clock, 15_000);
    expect(states(ada)).toEqual(['Bob lost']);
    expect(ada.chat.lines.at(-1)?.recipients.get('bob')?.delivery).toBe('missed');
    mend();
    for (const room of [ada, bob]) room.listed([occupant('Ada'), occupant('Bob')]);
    await pass(clock, 5000);
    expect(states(ada)).toEqual(['Bob CONNECTED']);
    expect(texts(ada).filter((text) => text === 'Bob is here.')).toHaveLength(1);
  });

  test('[DM9] waits for somebody whose connection breaks while the broker does not know them', async () => {
    const { clock, hub, cut } = unreliable();
    const [ada] = await meet(hub);
    for (let count = 0; count < 5; count += 1) ada.listed([]);
    cut();
    await pass(clock, 6000);
    ada.listed([]);
    expect(states(ada)).toEqual(['Bob reconnecting']);
    ada.listed([]);
    expect(states(ada)).toEqual([]);
  });

  test('[DM14] goes on with a file on the next connection', async () => {
    const { clock, hub, cut, mend } = unreliable();
    const [ada, bob] = await meet(hub);
    ada.offerFile(ada.peers[0] as Peer, new File([new Uint8Array(3e6)], 'cat.jpg'));
    await eventually(() => expect(bob.transfers.files).toHaveLength(1));
    const [outgoing] = ada.transfers.files;
    const [incoming] = bob.transfers.files;
    (incoming as unknown as { accept: () => void }).accept();
    await eventually(() => expect(outgoing?.state).toBe('transferring'));
    cut();
    await pass(clock, 20_000);
    expect([outgoing?.state, incoming?.state]).toEqual(['interrupted', 'interrupted']);
    mend();
    for (const room of [ada, bob]) room.listed([occupant('Ada'), occupant('Bob')]);
    await pass(clock, 5000);
    await eventually(() => expect(outgoing?.state).toBe('done'));
    expect(texts(bob)).toContain('cat.jpg is interrupted.');
  });
});
