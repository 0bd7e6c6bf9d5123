// The application of orders.mjs, while everything goes wrong that may. Run it with `node --test`.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explore } from 'virtual-network-framework/testing';
import { startKitchen, startTill } from './orders.mjs';

/** Everything about the application that a test has to know. */
const scenario = {
  setup(network) {
    const ordered = [];
    const cooked = [];
    const disks = {
      till: { orders: new Map() },
      kitchen: { cooked: new Map(), cook: (id) => cooked.push(id) },
    };
    const till = network.addHost('till', (platform) => startTill(platform, disks.till));
    network.addHost('kitchen', (platform) => startKitchen(platform, disks.kitchen));
    return { till, ordered, cooked };
  },

  actions: {
    order: {
      isPossible: ({ till }) => till.isAwake,
      args: (chance) => [chance.pick(['soup', 'bread', 'tea'])],
      run({ till, ordered }, dish) {
        const id = ordered.length;
        ordered.push(id);
        till.app.order(id, dish);
      },
    },
  },

  // At no time has the kitchen cooked anything twice.
  check({ cooked }) {
    assert.equal(new Set(cooked).size, cooked.length, `cooked twice: ${cooked}`);
  },

  // In the end it has cooked everything.
  checkEnd({ ordered, cooked }) {
    assert.deepEqual(cooked.toSorted(), ordered.toSorted());
  },
};

test('each order is cooked once', async () => {
  const { counts } = await explore(scenario, { seed: 1, runs: 10, steps: 40 });
  // The faults have happened.
  assert.ok(counts.crash > 0 && counts.sleep > 0 && counts.halfOpenSockets > 0);
});
