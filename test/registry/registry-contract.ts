import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Global } from '../../src/core/global.ts';
import type { RegistryClient } from '../../src/registry/registry-client.ts';

/** One registry, which clients of any address can join. */
export interface RegistrySetup {
  connect(eva: string): RegistryClient;
  teardown(): Promise<void>;
}

export interface RegistryUnderTest {
  name: string;
  setup(): Promise<RegistrySetup>;
}

const KEY = { collection: 'rooms', name: 'one' };

/** What every registry has to do, seen from its clients. */
export function runRegistryContract({ name, setup }: RegistryUnderTest): void {
  describe(`${name} as a registry`, () => {
    let registry: RegistrySetup;
    let alice: RegistryClient;
    let bob: RegistryClient;

    beforeEach(async () => {
      registry = await setup();
      alice = registry.connect('alice');
      bob = registry.connect('bob');
    });

    afterEach(async () => {
      alice.destroy();
      bob.destroy();
      await registry.teardown();
    });

    it('[RG3] creates an entry that every client can get', async () => {
      expect(await alice.createEntry(KEY, 'value')).toBe(Global.OK);
      expect(await alice.getEntry(KEY)).toBe('value');
      expect(await bob.getEntry(KEY)).toBe('value');
    });

    it('[RG3] refuses to create an entry that exists, whoever made it', async () => {
      await alice.createEntry(KEY, 'first');
      await expect(alice.createEntry(KEY, 'second')).rejects.toBe('CREATE_FAILED_ENTRY_ALREADY_EXISTS');
      await expect(bob.createEntry(KEY, 'second')).rejects.toBe('CREATE_FAILED_ENTRY_ALREADY_EXISTS');
      expect(await bob.getEntry(KEY)).toBe('first');
    });

    it('[RG3] creates or updates the own entry, and not another client’s', async () => {
      expect(await alice.createOrUpdate(KEY, 'first')).toBe(Global.OK);
      expect(await alice.createOrUpdate(KEY, 'second')).toBe(Global.OK);
      await expect(bob.createOrUpdate(KEY, 'third')).rejects.toBe('UPDATE_FAILED_DUE_TO_OWNERSHIP_CHECK');
      expect(await bob.getEntry(KEY)).toBe('second');
    });

    it('[RG3] deletes the own entry, and not another client’s', async () => {
      await alice.createEntry(KEY, 'value');
      await expect(bob.deleteEntry(KEY)).rejects.toBe('DELETE_FAILED_DUE_TO_OWNERSHIP_CHECK');
      expect(await alice.deleteEntry(KEY)).toBe(Global.OK);
      await expect(alice.deleteEntry(KEY)).rejects.toBe('DELETE_FAILED_ENTRY_NOT_FOUND');
      await expect(bob.getEntry(KEY)).rejects.toBe('GET_FAILED_ENTRY_NOT_FOUND');
      expect(await bob.createEntry(KEY, 'mine')).toBe(Global.OK);
    });

    it('[RG4] lists a collection, and nothing for an unknown one', async () => {
      await alice.createEntry(KEY, 'text');
      await bob.createEntry({ collection: 'rooms', name: 'two words' }, { size: 2 });
      await bob.createEntry({ collection: 'other', name: 'three' }, 3);
      expect({ ...(await alice.getEntriesWithBody('rooms')) }).toEqual({
        one: 'text',
        'two words': { size: 2 },
      });
      expect({ ...(await alice.getEntriesWithBody('unknown')) }).toEqual({});
    });

    it.each<[string, unknown]>([
      ['an empty string', ''],
      ['a string of several lines', 'x\n\ny\n'],
      ['a string outside the basic plane', '😀\u{1F680}'],
      ['an object', { a: [1, 'x', null, { b: true }] }],
      ['null', null],
      ['a number', 0],
      ['false', false],
    ])('[RG5] keeps %s as it is', async (_name, value) => {
      await alice.createEntry(KEY, value);
      expect(await bob.getEntry(KEY)).toEqual(value);
      expect((await bob.getEntriesWithBody('rooms'))['one']).toEqual(value);
    });

    it('[RG5] keeps a copy of a value, taken in the call', async () => {
      const value = { list: [1] };
      const created = alice.createEntry(KEY, value);
      value.list.push(2);
      await created;
      const got = (await alice.getEntry(KEY)) as typeof value;
      got.list.push(3);
      expect(await alice.getEntry(KEY)).toEqual({ list: [1] });
    });

    it.each(['__proto__', 'constructor', 'hasOwnProperty', '', ' ', 'x'.repeat(10_000), '😀'])(
      '[RG6] takes %j for a name as any other',
      async (odd) => {
        const key = { collection: odd, name: odd };
        await expect(bob.getEntry(key)).rejects.toBe('GET_FAILED_ENTRY_NOT_FOUND');
        await alice.createEntry(key, { of: 'alice' });
        expect(await bob.getEntry(key)).toEqual({ of: 'alice' });
        const entries = await bob.getEntriesWithBody(odd);
        expect(Object.keys(entries)).toEqual([odd]);
        expect(entries[odd]).toEqual({ of: 'alice' });
        await alice.deleteEntry(key);
        expect(Object.keys(await bob.getEntriesWithBody(odd))).toEqual([]);
      },
    );

    it('[RG7] throws on a collection or a name with an EOL character', () => {
      for (const key of [
        { collection: 'a\nb', name: 'one' },
        { collection: 'rooms', name: 'a\n' },
      ]) {
        expect(() => alice.createEntry(key, 'x')).toThrow(/EOL character/);
        expect(() => alice.createOrUpdate(key, 'x')).toThrow(/EOL character/);
        expect(() => alice.getEntry(key)).toThrow(/EOL character/);
        expect(() => alice.deleteEntry(key)).toThrow(/EOL character/);
      }
      expect(() => alice.getEntriesWithBody('a\nb')).toThrow(/EOL character/);
    });

    it('[RG7] throws on keys of wrong types', () => {
      const wrong = expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' });
      for (const key of [
        undefined,
        null,
        'rooms',
        {},
        { collection: 'rooms' },
        { collection: 1, name: 'one' },
      ]) {
        expect(() => alice.createEntry(key as never, 'x')).toThrow(wrong);
        expect(() => alice.getEntry(key as never)).toThrow(wrong);
      }
      expect(() => alice.getEntriesWithBody(undefined as never)).toThrow(wrong);
    });

    it('[RG8] throws on a value that cannot be JSON, and changes nothing', async () => {
      const cycle: Record<string, unknown> = {};
      cycle['self'] = cycle;
      for (const value of [undefined, () => {}, Symbol('x'), 1n, cycle]) {
        const wrong = expect.objectContaining({ code: 'ERR_NOT_SERIALIZABLE' });
        expect(() => alice.createEntry(KEY, value)).toThrow(wrong);
        expect(() => alice.createOrUpdate(KEY, value)).toThrow(wrong);
      }
      await expect(alice.getEntry(KEY)).rejects.toBe('GET_FAILED_ENTRY_NOT_FOUND');
    });

    it('[RG9] forgets a client’s entries when it is destroyed, and no others', async () => {
      await alice.createEntry(KEY, 'x');
      await bob.createEntry({ collection: 'rooms', name: 'two' }, 'y');
      alice.destroy();
      alice.destroy();
      await expect
        .poll(async () => Object.keys(await bob.getEntriesWithBody('rooms')), { timeout: 5000, interval: 2 })
        .toEqual(['two']);
      await expect(alice.getEntry(KEY)).rejects.toBe('INSTANCE_DESTROYED');
      await expect(alice.createEntry(KEY, 'x')).rejects.toBe('INSTANCE_DESTROYED');
      expect(await bob.createEntry(KEY, 'free again')).toBe(Global.OK);
    });

    it('[RG10] answers later than the call, in the order of the calls', async () => {
      const order: string[] = [];
      const created = alice.createEntry(KEY, 'x').then(() => order.push('created'));
      const got = alice.getEntry(KEY).then((value) => order.push(`got ${value}`));
      const deleted = alice.deleteEntry(KEY).then(() => order.push('deleted'));
      order.push('called');
      await Promise.all([created, got, deleted]);
      expect(order).toEqual(['called', 'created', 'got x', 'deleted']);
    });

    it('[RG11] has methods that work detached from it', async () => {
      const value = await Promise.resolve()
        .then(alice.createEntry.bind(null, KEY, 'entry value'))
        .then((status) => expect(status).toBe(Global.OK))
        .then(alice.getEntry.bind(null, KEY));
      expect(value).toBe('entry value');
      const { getEntriesWithBody, createOrUpdate, deleteEntry, destroy } = alice;
      await createOrUpdate(KEY, 'y');
      expect((await getEntriesWithBody('rooms'))['one']).toBe('y');
      await deleteEntry(KEY);
      destroy();
    });
  });
}
