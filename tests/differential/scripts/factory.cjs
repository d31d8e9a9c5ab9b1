'use strict';
// Every row asked of our ResolverFactory and of oxc-resolver's, result held against result.
// usage: node factory.cjs CLIENT PEERS WORKSPACE ROWS OPTIONS     Prints JSON: how many rows, and the results that part.
const fs = require('node:fs');
const path = require('node:path');
const { createRequire } = require('node:module');
const { isDeepStrictEqual } = require('node:util');

const [client, peers, workspace, rows, text] = process.argv.slice(2);
const options = { ...JSON.parse(text), nodePath: false };
const [ours, theirs] = [require(client), createRequire(path.join(peers, 'package.json'))('oxc-resolver')].map(
  ({ ResolverFactory }) => new ResolverFactory(options),
);

// What went wrong is each one's own to say.
const shape = ({ error, ...rest }) => ({ ...rest, failed: error !== undefined });

const asked = new Set();
const parted = [];
for (const line of fs.readFileSync(rows, 'utf8').split('\n').filter(Boolean)) {
  const [directory, specifier] = JSON.parse(line);
  const from = path.join(workspace, directory);
  if (asked.size === asked.add(`${from}\0${specifier}`).size) continue;
  const [mine, other] = [ours, theirs].map((factory) => shape(factory.sync(from, specifier)));
  if (!isDeepStrictEqual(mine, other)) parted.push([directory, specifier, mine, other]);
}
console.log(JSON.stringify({ rows: asked.size, parted }));
