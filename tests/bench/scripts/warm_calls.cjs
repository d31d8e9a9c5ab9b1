'use strict';
// usage: node warm_calls.cjs CLIENT PEERS WORKSPACE ROWS OPTIONS CREATED ROUNDS
// One process: our ResolverFactory, with a poll that stands and with a call for each answer, and oxc-resolver's; the same
// options, the same rows, by turns. Prints JSON: CPU in microseconds a call, the three of them for each round.

const fs = require('node:fs');
const path = require('node:path');
const { createRequire } = require('node:module');

const [client, peers, workspace, rowsFile, optionsText, created, rounds] = process.argv.slice(2);
const { ResolverFactory } = require(client);
const { SyncClient } = require(path.join(client, 'lib/sync.cjs'));
const oxc = createRequire(path.join(peers, 'package.json'))('oxc-resolver');

const { isDeepStrictEqual } = require('node:util');
const options = { ...JSON.parse(optionsText).import, nodePath: false };
const rows = JSON.parse(fs.readFileSync(rowsFile)).map(([directory, specifier]) => [path.join(workspace, directory), specifier]);
const hot = Array.from({ length: 20 }, () => rows.slice(0, 1000)).flat();

const sync = new SyncClient();
const calling = new SyncClient({ standsAfter: Infinity });
const ours = new ResolverFactory(options, { sync });
const young = new ResolverFactory(options, { sync: calling });
const theirs = new oxc.ResolverFactory(options);

function cpu(work) {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

// A loop of its own for each: a tool has one resolver, and V8 compiles a call for the classes that it saw there.
const pass = (factory, set) => cpu(() => loops.get(factory)(set)) / set.length;
const loops = new Map([ours, young, theirs].map((factory) => [factory, new Function('factory', `return (set) => {
  for (const [directory, specifier] of set) factory.sync(directory, specifier);
}`)(factory)]));

const shape = ({ error, ...rest }) => ({ ...rest, failed: error !== undefined });
const different = rows.filter(([directory, specifier]) => !isDeepStrictEqual(shape(ours.sync(directory, specifier)), shape(theirs.sync(directory, specifier)))).length;
for (let turn = 0; turn < 3; turn++) pass(young, rows);
while (sync.hits < 1.2 * sync.standsAfter) pass(ours, rows);
const measured = { different, hits: 0, stands: sync.poll !== null, random: [], hot: [], created: [] };
for (let round = 0; round < Number(rounds); round++) {
  measured.random.push([pass(ours, rows), pass(young, rows), pass(theirs, rows)]);
  measured.hot.push([pass(ours, hot), pass(young, hot), pass(theirs, hot)]);
  // The first question after is of the table's doubt; the pass has it in.
  fs.writeFileSync(created, '');
  const after = [pass(ours, rows), pass(young, rows)];
  const cleared = cpu(() => theirs.clearCache()) / rows.length + pass(theirs, rows);
  measured.created.push([...after, cleared]);
  fs.unlinkSync(created);
  for (const factory of [ours, young]) pass(factory, rows);
}
measured.hits = sync.hits + calling.hits;
console.log(JSON.stringify(measured));
sync.close();
calling.close();
