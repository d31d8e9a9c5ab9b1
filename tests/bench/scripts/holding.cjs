'use strict';
// usage: node holding.cjs CLIENT PEERS WORKSPACE ROWS OPTIONS WAY     (WAY: oxc, resolverd or none)
// A tool that has asked all rows and goes on running: says `ready`, ends with its input.
const fs = require('node:fs');
const path = require('node:path');
const { createRequire } = require('node:module');

const [client, peers, workspace, file, text, way] = process.argv.slice(2);
const options = JSON.parse(text);
const rows = JSON.parse(fs.readFileSync(file)).map(([directory, ...rest]) => [path.join(workspace, directory), ...rest]);

if (way !== 'none') {
  const { ResolverFactory } = way === 'oxc' ? createRequire(path.join(peers, 'package.json'))('oxc-resolver') : require(client);
  globalThis.factories = Object.fromEntries(Object.entries(options).map(([kind, own]) => [kind, new ResolverFactory({ ...own, nodePath: false })]));
  for (const [directory, specifier, kind] of rows) globalThis.factories[kind].sync(directory, specifier);
}
globalThis.gc();
process.stdout.write('ready\n');
process.stdin.resume();
