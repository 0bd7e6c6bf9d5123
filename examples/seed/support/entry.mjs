// What the seed calls "the rest part, the same as InBrowserRegistry".

import assert from 'node:assert/strict';
import { Vnf } from 'virtual-network-framework';

const collection1Name = 'collection1';

export function createAndGet(registryClient, done) {
  Promise.resolve()
    .then(registryClient.createEntry.bind(null, {collection: collection1Name, name:"entry1"}, "entry value"))
    .then(function(status) {
      assert.equal(status, Vnf.Global.OK, "asserting status");
    })
    .then(registryClient.getEntry.bind(null, {collection: collection1Name, name:"entry1"}))
    .then(function(value){
      assert.equal(value, "entry value", "asserting inserted entry");
    })
    .then(done);
}
