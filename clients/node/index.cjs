'use strict';

const { Client } = require('./lib/client.cjs');
const { ResolverdError } = require('./lib/errors.cjs');
const { EnforceExtension, ModuleType, ResolverFactory, sync } = require('./lib/factory.cjs');
const { SyncClient } = require('./lib/sync.cjs');

/** Connect to the daemon, starting one where none answers; rejects with a `ResolverdError` where that cannot be. */
async function connect(options) {
  const client = new Client(options);
  await client.ping();
  return client;
}

/** The same for tools that cannot wait. It is connected at the first question. */
function connectSync(options) {
  return new SyncClient(options);
}

module.exports = { Client, EnforceExtension, ModuleType, ResolverFactory, ResolverdError, SyncClient, connect, connectSync, sync };
