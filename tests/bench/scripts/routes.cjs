'use strict';
// usage: routes.cjs DIRECTORY URLS [PACKAGE]      in Bun its own router, in Node ours, of PACKAGE
// Each line on stdin is a measure; said in reply: microseconds a match, and how many URLs matched.

const fs = require('node:fs');
const readline = require('node:readline');

const [directory, file, ours] = process.argv.slice(2);
const urls = JSON.parse(fs.readFileSync(file));
const { Client, FileSystemRouter } = ours ? require(ours) : Bun;
const client = ours && new Client();
let router = null;

// Bun makes what is read of a match when it is read.
const isMatch = (match) => match !== null && match.filePath !== '' && match.params !== null;
const matched = (asked) => asked.filter((url) => isMatch(router.match(url))).length;

const ways = {
  opened: () => {
    router = new FileSystemRouter({ dir: directory, style: 'nextjs' });
    return matched(urls.opened);
  },
  created: () => {
    if (!ours) router.reload();
    return matched(urls.created);
  },
  flight: async () => (await Promise.all(urls.flight.map((url) => client.matchRoute(url, { directory })))).filter(isMatch).length,
};

(async () => {
  for await (const measure of readline.createInterface({ input: process.stdin })) {
    if (measure === 'opened') await client?.bustAll();
    const begun = performance.now();
    const found = await (ways[measure] ?? (() => matched(urls[measure])))();
    console.log(`${((performance.now() - begun) * 1000) / urls[measure].length} ${found}`);
  }
  client?.close();
})();
