import { VnfError } from '../core/errors.ts';
import { Global } from '../core/global.ts';
import type { RegistryClient } from '../registry/registry-client.ts';
import { equal, rejects, throws } from './assert.ts';
import { type Check, checkWith, type TestFunctions } from './contract.ts';
import { pacedBy, type Tick } from './peers.ts';

/** What a registry can do; what it cannot is skipped, and reported so. @public */
export interface RegistryAbilities {
  /** What it throws is a `VnfError` with the right code. @default true */
  errorCodes?: boolean;
}

/** One registry, which clients of any address can join; each case has one of its own. @public */
export interface RegistryWorld {
  connect(eva: string): RegistryClient;
  /** Lets a little time pass, where the registry has a virtual clock. */
  tick?: Tick;
  teardown?(): unknown;
}

/** A registry that has to keep the contract. @public */
export interface RegistryUnderTest {
  /** The title of all cases. */
  name: string;
  setup(): RegistryWorld | Promise<RegistryWorld>;
  supports?: RegistryAbilities;
}

/** What every case has at hand. */
interface RegistryBench {
  readonly alice: RegistryClient;
  readonly bob: RegistryClient;
  readonly until: ReturnType<typeof pacedBy>['until'];
  /** Checks that a call throws, with this code where the registry has codes. */
  refuses(call: () => unknown, code: string): void;
}

type RegistryCheck = Check<RegistryBench, keyof RegistryAbilities>;

const KEY = { collection: 'rooms', name: 'one' };

const VALUES: [name: string, value: unknown][] = [
  ['an empty string', ''],
  ['a string of several lines', 'x\n\ny\n'],
  ['a string outside the basic plane', '😀\u{1F680}'],
  ['an object', { a: [1, 'x', null, { b: true }] }],
  ['null', null],
  ['a number', 0],
  ['false', false],
];

const ODD_NAMES = ['__proto__', 'constructor', 'hasOwnProperty', '', ' ', 'x'.repeat(10_000), '😀'];

/**
 * The tests that every registry passes, seen from its clients: rules RG3 to RG11 of docs/SPEC.md.
 *
 * @param registry - the registry and what it can do
 * @param functions - the test runner's; each case may take 10 s, which some runners have to be told
 * @public
 */
export function runRegistryContract(
  { name, setup, supports = {} }: RegistryUnderTest,
  functions: TestFunctions,
): void {
  const { errorCodes = true } = supports;

  const newStage = () => {
    let world: RegistryWorld | undefined;
    let clients: RegistryClient[] = [];
    return {
      async enter() {
        const entered = await setup();
        world = entered;
        const [alice, bob] = ['alice', 'bob'].map((eva) => entered.connect(eva)) as [
          RegistryClient,
          RegistryClient,
        ];
        clients = [alice, bob];
        const refuses = (call: () => unknown, code: string) =>
          throws(call, code, (error) => !errorCodes || (error instanceof VnfError && error.code === code));
        return { alice, bob, refuses, ...pacedBy(entered.tick) };
      },
      async leave() {
        for (const client of clients) client.destroy();
        await world?.teardown?.();
      },
    };
  };

  const checkPaced = checkWith<RegistryBench & ReturnType<typeof pacedBy>, keyof RegistryAbilities>(
    functions,
    { errorCodes },
    newStage,
  );
  functions.describe(`${name} as a registry`, () => {
    // Its answers are waited for everywhere, and need time to pass.
    checkRegistry((title, needs, run) =>
      checkPaced(title, needs, (bench) => bench.settle(Promise.resolve(run(bench)))),
    );
  });
}

/** Those with an end of line say so by name, since version 0.2.1 does. */
const isEol = (error: unknown) => error instanceof Error && error.message.includes('EOL character');

function checkRegistry(check: RegistryCheck): void {
  check('[RG3] creates an entry that every client can get', [], async ({ alice, bob }) => {
    equal(await alice.createEntry(KEY, 'value'), Global.OK);
    equal(await alice.getEntry(KEY), 'value');
    equal(await bob.getEntry(KEY), 'value');
  });

  check('[RG3] refuses to create an entry that exists, whoever made it', [], async ({ alice, bob }) => {
    await alice.createEntry(KEY, 'first');
    await rejects(alice.createEntry(KEY, 'second'), 'CREATE_FAILED_ENTRY_ALREADY_EXISTS');
    await rejects(bob.createEntry(KEY, 'second'), 'CREATE_FAILED_ENTRY_ALREADY_EXISTS');
    equal(await bob.getEntry(KEY), 'first');
  });

  check('[RG3] creates or updates the own entry, and not another client’s', [], async ({ alice, bob }) => {
    equal(await alice.createOrUpdate(KEY, 'first'), Global.OK);
    equal(await alice.createOrUpdate(KEY, 'second'), Global.OK);
    await rejects(bob.createOrUpdate(KEY, 'third'), 'UPDATE_FAILED_DUE_TO_OWNERSHIP_CHECK');
    equal(await bob.getEntry(KEY), 'second');
  });

  check('[RG3] deletes the own entry, and not another client’s', [], async ({ alice, bob }) => {
    await alice.createEntry(KEY, 'value');
    await rejects(bob.deleteEntry(KEY), 'DELETE_FAILED_DUE_TO_OWNERSHIP_CHECK');
    equal(await alice.deleteEntry(KEY), Global.OK);
    await rejects(alice.deleteEntry(KEY), 'DELETE_FAILED_ENTRY_NOT_FOUND');
    await rejects(bob.getEntry(KEY), 'GET_FAILED_ENTRY_NOT_FOUND');
    equal(await bob.createEntry(KEY, 'mine'), Global.OK);
  });

  check('[RG4] lists a collection, and nothing for an unknown one', [], async ({ alice, bob }) => {
    await alice.createEntry(KEY, 'text');
    await bob.createEntry({ collection: 'rooms', name: 'two words' }, { size: 2 });
    await bob.createEntry({ collection: 'other', name: 'three' }, 3);
    equal(
      { ...(await alice.getEntriesWithBody('rooms')) },
      {
        one: 'text',
        'two words': { size: 2 },
      },
    );
    equal({ ...(await alice.getEntriesWithBody('unknown')) }, {});
  });

  for (const [name, value] of VALUES) {
    check(`[RG5] keeps ${name} as it is`, [], async ({ alice, bob }) => {
      await alice.createEntry(KEY, value);
      equal(await bob.getEntry(KEY), value);
      equal((await bob.getEntriesWithBody('rooms'))['one'], value);
    });
  }

  check('[RG5] keeps a copy of a value, taken in the call', [], async ({ alice }) => {
    const value = { list: [1] };
    const created = alice.createEntry(KEY, value);
    value.list.push(2);
    await created;
    const got = (await alice.getEntry(KEY)) as typeof value;
    got.list.push(3);
    equal(await alice.getEntry(KEY), { list: [1] });
  });

  for (const odd of ODD_NAMES) {
    check(
      `[RG6] takes ${JSON.stringify(odd).slice(0, 20)} for a name as any other`,
      [],
      async ({ alice, bob }) => {
        const key = { collection: odd, name: odd };
        await rejects(bob.getEntry(key), 'GET_FAILED_ENTRY_NOT_FOUND');
        await alice.createEntry(key, { of: 'alice' });
        equal(await bob.getEntry(key), { of: 'alice' });
        const entries = await bob.getEntriesWithBody(odd);
        equal(Object.keys(entries), [odd]);
        equal(entries[odd], { of: 'alice' });
        await alice.deleteEntry(key);
        equal(Object.keys(await bob.getEntriesWithBody(odd)), []);
      },
    );
  }

  check('[RG7] throws on a collection or a name with an EOL character', [], ({ alice }) => {
    for (const key of [
      { collection: 'a\nb', name: 'one' },
      { collection: 'rooms', name: 'a\n' },
    ]) {
      throws(() => alice.createEntry(key, 'x'), 'EOL character', isEol);
      throws(() => alice.createOrUpdate(key, 'x'), 'EOL character', isEol);
      throws(() => alice.getEntry(key), 'EOL character', isEol);
      throws(() => alice.deleteEntry(key), 'EOL character', isEol);
    }
    throws(() => alice.getEntriesWithBody('a\nb'), 'EOL character', isEol);
  });

  check('[RG7] throws on keys of wrong types', [], ({ alice, refuses }) => {
    const wrong = 'ERR_INVALID_ARGUMENT';
    for (const key of [
      undefined,
      null,
      'rooms',
      {},
      { collection: 'rooms' },
      { collection: 1, name: 'one' },
    ]) {
      refuses(() => alice.createEntry(key as never, 'x'), wrong);
      refuses(() => alice.getEntry(key as never), wrong);
    }
    refuses(() => alice.getEntriesWithBody(undefined as never), wrong);
  });

  check(
    '[RG8] throws on a value that cannot be JSON, and changes nothing',
    [],
    async ({ alice, refuses }) => {
      const cycle: Record<string, unknown> = {};
      cycle['self'] = cycle;
      for (const value of [undefined, () => {}, Symbol('x'), 1n, cycle]) {
        const wrong = 'ERR_NOT_SERIALIZABLE';
        refuses(() => alice.createEntry(KEY, value), wrong);
        refuses(() => alice.createOrUpdate(KEY, value), wrong);
      }
      await rejects(alice.getEntry(KEY), 'GET_FAILED_ENTRY_NOT_FOUND');
    },
  );

  check(
    '[RG9] forgets a client’s entries when it is destroyed, and no others',
    [],
    async ({ alice, bob, until }) => {
      await alice.createEntry(KEY, 'x');
      await bob.createEntry({ collection: 'rooms', name: 'two' }, 'y');
      alice.destroy();
      alice.destroy();
      await until(async () => {
        const names = Object.keys(await bob.getEntriesWithBody('rooms'));
        return names.length === 1 && names[0] === 'two';
      }, 'the entries being gone');
      await rejects(alice.getEntry(KEY), 'INSTANCE_DESTROYED');
      await rejects(alice.createEntry(KEY, 'x'), 'INSTANCE_DESTROYED');
      equal(await bob.createEntry(KEY, 'free again'), Global.OK);
    },
  );

  check('[RG10] answers later than the call, in the order of the calls', [], async ({ alice }) => {
    const order: string[] = [];
    const created = alice.createEntry(KEY, 'x').then(() => order.push('created'));
    const got = alice.getEntry(KEY).then((value) => order.push(`got ${value}`));
    const deleted = alice.deleteEntry(KEY).then(() => order.push('deleted'));
    order.push('called');
    await Promise.all([created, got, deleted]);
    equal(order, ['called', 'created', 'got x', 'deleted']);
  });

  check('[RG11] has methods that work detached from it', [], async ({ alice }) => {
    const value = await Promise.resolve()
      .then(alice.createEntry.bind(null, KEY, 'entry value'))
      .then((status) => equal(status, Global.OK))
      .then(alice.getEntry.bind(null, KEY));
    equal(value, 'entry value');
    const { getEntriesWithBody, createOrUpdate, deleteEntry, destroy } = alice;
    await createOrUpdate(KEY, 'y');
    equal((await getEntriesWithBody('rooms'))['one'], 'y');
    await deleteEntry(KEY);
    destroy();
  });
}
