import { describe, expect, it } from 'vitest';
import { InBrowserRegistry } from '../../src/registry/in-browser-registry.ts';
import { runRegistryContract } from '../../src/testing/registry-contract.ts';

runRegistryContract(
  {
    name: 'InBrowserRegistry',
    async setup() {
      const registry = new InBrowserRegistry();
      return { connect: registry.connect };
    },
  },
  { describe, it },
);

describe('InBrowserRegistry', () => {
  it('[RG12] throws on an address that is connected already, until its client is destroyed', async () => {
    const registry = new InBrowserRegistry();
    const first = registry.connect('alice');
    expect(() => registry.connect('alice')).toThrow(expect.objectContaining({ code: 'ERR_ADDRESS_IN_USE' }));
    first.destroy();
    const second = registry.connect('alice');
    first.destroy();
    expect(() => registry.connect('alice')).toThrow(/alice/);
    await second.createEntry({ collection: 'rooms', name: 'one' }, 'x');
  });

  it('[RG12] throws on an address that is no string or has an EOL character', () => {
    const registry = new InBrowserRegistry();
    expect(() => registry.connect(undefined as never)).toThrow(/must be a string/);
    expect(() => registry.connect('a\nb')).toThrow(/EOL character/);
  });

  it('[RG12] is apart from every other registry', async () => {
    const key = { collection: 'rooms', name: 'one' };
    await new InBrowserRegistry().connect('alice').createEntry(key, 'x');
    await expect(new InBrowserRegistry().connect('alice').getEntry(key)).rejects.toBe(
      'GET_FAILED_ENTRY_NOT_FOUND',
    );
  });
});
