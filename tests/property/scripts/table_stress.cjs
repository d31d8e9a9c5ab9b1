'use strict';
// Edits, each followed at once by a question through the answer table; see ../table_stress.py.
// usage: node table_stress.cjs CLIENT FOLDER PID STEPS TURNOVER OVERFLOW STANDS_AFTER [blind]     Prints JSON: {stale, hits, stands}
const fs = require('node:fs');
const path = require('node:path');

const [client, folder, pid, steps, turnover, overflow, standsAfter, fault] = process.argv.slice(2);
const { SyncClient } = require(client);
const sync = new SyncClient({ deadline: 60_000, standsAfter: Number(standsAfter) });
const paths = Array.from({ length: 6 }, (_, number) => path.join(folder, `x${number}.js`));
const from = { importer: path.join(folder, 'app.js') };
let stale = 0;

/** A chance that is the same in every run (a linear congruential generator's high bits). */
let state = 1;
const chance = () => {
  state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
  return (state >>> 16) % paths.length;
};

function ask(number) {
  // The step of the protocol that is left out: whether the kernel has news.
  if (fault && sync.connection?.table) sync.connection.table.epollWait = () => 0;
  if (fault && sync.poll) sync.poll.isRaised = () => false;
  const answer = sync.resolve(`./x${number}.js`, from);
  if ((answer.path !== null) !== fs.existsSync(paths[number])) stale++;
}

const askAll = () => paths.forEach((_, number) => ask(number));

function overflowQueue() {
  process.kill(Number(pid), 'SIGSTOP');
  const extra = path.join(folder, 'extra');
  for (let left = Number(fs.readFileSync('/proc/sys/fs/inotify/max_queued_events')) / 2; left >= 0; left--) {
    fs.writeFileSync(extra, '');
    fs.unlinkSync(extra);
  }
  fs.rmSync(paths[0], { force: true });
  process.kill(Number(pid), 'SIGCONT');
  askAll();
}

for (let round = 0; round < 10; round++) askAll();
for (let step = 1; step <= Number(steps) && !(fault && stale); step++) {
  const changed = chance();
  if (fs.existsSync(paths[changed])) fs.unlinkSync(paths[changed]);
  else fs.writeFileSync(paths[changed], '');
  ask(changed);
  // Between two changes the table has to be believed again, or nothing would be tried.
  ask(chance());
  if (!fault && step % Number(turnover) === 0) {
    sync.bustAll();
    askAll();
  }
  if (!fault && step % Number(overflow) === 0) overflowQueue();
}
console.log(JSON.stringify({ stale, hits: sync.hits, stands: sync.poll !== null }));
sync.close();
