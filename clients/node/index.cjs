'use strict';
// Each part is loaded when it is first asked for: half of a short-lived tool's cost is what it loads.

/** Connect to the daemon, starting one where none answers; rejects with a `ResolverdError` where that cannot be. */
async function connect(options) {
  const client = new module.exports.Client(options);
  await client.ping();
  return client;
}

/** The same for tools that cannot wait. It is connected at the first question. */
function connectSync(options) {
  return new module.exports.SyncClient(options);
}

module.exports = {
  get Client() { return require('./lib/client.cjs').Client; },
  get EnforceExtension() { return require('./lib/factory.cjs').EnforceExtension; },
  get FileSystemRouter() { return require('./lib/router.cjs').FileSystemRouter; },
  get ModuleType() { return require('./lib/factory.cjs').ModuleType; },
  get ResolverFactory() { return require('./lib/factory.cjs').ResolverFactory; },
  get ResolverdError() { return require('./lib/errors.cjs').ResolverdError; },
  get SyncClient() { return require('./lib/sync.cjs').SyncClient; },
  get sync() { return require('./lib/factory.cjs').sync; },
  connect,
  connectSync,
};
