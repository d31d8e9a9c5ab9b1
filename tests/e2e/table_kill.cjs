'use strict';
// Kill a daemon whose table is read, ask on for a while, remove the file, and ask once more; see test_table_kills.py.
// usage: node table_kill.cjs CLIENT PID IMPORTER SOURCE ASKED_BEFORE STANDS_AFTER     Prints JSON: {path, stands}
const fs = require('node:fs');

const [client, pid, importer, source, askedBefore, standsAfter] = process.argv.slice(2);
const { SyncClient } = require(client);
const sync = new SyncClient({ autostart: false, standsAfter: Number(standsAfter) });
const ask = () => sync.resolve('./cart.js', { importer }).path;

/** What is asked of nobody has no path. */
function told(question) {
  try {
    return question();
  } catch (error) {
    if (!error.code?.startsWith('ERR_RESOLVERD_')) throw error;
    return null;
  }
}

for (let round = 0; round < 20; round++) ask();
const stands = sync.poll !== null;
process.kill(Number(pid), 'SIGKILL');
told(() => {
  for (let left = Number(askedBefore); left > 0; left--) ask();
});
fs.unlinkSync(source);
console.log(JSON.stringify({ path: told(ask), stands, hits: sync.hits }));
