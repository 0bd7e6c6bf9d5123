// The seed's InBrowserRegistry.

import assert from 'node:assert/strict';
import { Vnf } from 'virtual-network-framework';

const collection1Name = 'collection1';
const done = () => console.info('done');

const sharedRegistry = new Vnf.InBrowserRegistry();
const registryClient = sharedRegistry.connect("endpoint1-name")
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
