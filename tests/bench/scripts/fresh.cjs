'use strict';
// usage: node fresh.cjs CLIENT PEERS WORKSPACE ROWS OPTIONS WAY COUNT
// A tool that starts, loads a resolver, and asks COUNT rows. Prints JSON: CPU and wall in microseconds, Node's own start and
// reading the rows excluded.
const fs = require('node:fs');
const path = require('node:path');
const { createRequire } = require('node:module');

const [client, peers, workspace, file, text, way, count] = process.argv.slice(2);
const options = JSON.parse(text);
const rows = JSON.parse(fs.readFileSync(file)).slice(0, Number(count)).map(([directory, ...rest]) => [path.join(workspace, directory), ...rest]);
// A string that was put together is written out when it is first looked at: that is part of reading, whoever looks first.
for (const [directory] of rows) directory.charCodeAt(0);

const WAYS = {
  oxc: () => oneByOne(createRequire(path.join(peers, 'package.json'))('oxc-resolver')),
  resolverd: () => oneByOne(require(client)),
  batch() {
    const resolver = require(client).connectSync();
    const answers = resolver.resolveMany(rows.map(([directory, specifier, kind]) => ({ directory, specifier, kind, options: options[kind] })));
    resolver.close();
    return answers.filter(({ status }) => status === 'found').length;
  },
};

function oneByOne({ ResolverFactory }) {
  const factories = Object.fromEntries(Object.entries(options).map(([kind, own]) => [kind, new ResolverFactory({ ...own, nodePath: false })]));
  return rows.filter(([directory, specifier, kind]) => factories[kind].sync(directory, specifier).path).length;
}

async function main() {
  const [before, start] = [process.cpuUsage(), process.hrtime.bigint()];
  const found = await WAYS[way]();
  const wall = Number(process.hrtime.bigint() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  process.stdout.write(JSON.stringify({ cpu: user + system, wall, found }));
}

main();
