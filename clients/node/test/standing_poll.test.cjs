'use strict';
// Run by tests/e2e/test_node_client.py, as client.test.cjs is. Of a daemon that is killed: tests/e2e/test_table_kills.py.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { Worker } = require('node:worker_threads');

const { calls } = require('../lib/libc.cjs');
const { StandingPoll } = require('../lib/standing_poll.cjs');
const { SyncClient } = require('../index.cjs');

const { SHOP } = process.env;
const importer = path.join(SHOP, 'src/app.ts');
const cart = path.join(SHOP, 'src/cart.ts');
const late = path.join(SHOP, 'src/standing.ts');
const from = { importer };

/** Why there is no such poll here. */
function missing() {
  if (calls() === null) return 'koffi is not installed';
  try {
    new StandingPoll().close();
    return false;
  } catch (error) {
    return error.message;
  }
}
const skip = missing();
/** Linux has this file where it has AIO. */
const hasAio = process.arch === 'x64' && fs.existsSync('/proc/sys/fs/aio-max-nr') && calls() !== null;

test('wherever there is AIO, a poll can stand', { skip: !hasAio && 'there is no AIO, or no koffi' }, () => assert.equal(skip, false));

/** A client that has asked until its poll stands. */
function standing(options = {}) {
  const client = new SyncClient({ standsAfter: 3, ...options });
  for (let round = 0; round < 20; round++) client.resolve('./cart.js', from);
  return client;
}

/** Contexts of this process. */
const rings = () => fs.readFileSync('/proc/self/maps', 'utf8').split('\n').filter((line) => line.includes('[aio]')).length;

test('who has asked often looks at a poll that stands, makes no call for an answer, and sees every change at once', { skip }, () => {
  const client = standing();
  assert.notEqual(client.poll, null);
  for (let round = 0; round < 2000; round++) {
    client.connection.table.epollWait = () => assert.fail('a call');
    const is = round % 2 === 1;
    if (is) fs.writeFileSync(late, '');
    else fs.rmSync(late, { force: true });
    assert.equal(client.resolve('./standing', from).path, is ? late : null, `round ${round}`);
    assert.equal(client.resolve('./cart.js', from).path, cart);
    if (round % 500 === 499) client.bustAll();
  }
  assert.ok(client.hits > 1500, `${client.hits} hits`);
  client.close();
  fs.rmSync(late, { force: true });
});

test('what happened while the poll was not standing is seen too', { skip }, () => {
  const client = standing();
  const { table } = client.connection;
  fs.writeFileSync(late, '');
  // Between the daemon's answer and the next watch.
  const watch = client.poll.watch.bind(client.poll);
  client.poll.watch = (witness) => {
    fs.unlinkSync(late);
    return watch(witness);
  };
  assert.equal(client.resolve('./standing', from).path, late);
  client.poll.watch = watch;
  assert.equal(client.resolve('./standing', from).path, null);
  assert.equal(client.connection.table, table);
  client.close();
});

test('what another thread has finished is seen at once, with no call that would have waited for it', { skip }, async () => {
  const client = standing();
  const turn = new Int32Array(new SharedArrayBuffer(4));
  const program = `const fs = require('node:fs');
    const { turn, file } = require('node:worker_threads').workerData;
    for (let round = 0; ; ) {
      if (Atomics.load(turn, 0) % 2 === 0) continue;
      if (round++ % 2) fs.unlinkSync(file);
      else fs.writeFileSync(file, '');
      Atomics.add(turn, 0, 1);
    }`;
  const worker = new Worker(program, { eval: true, workerData: { turn, file: late } });
  client.resolve('./standing', from);
  let stale = 0;
  for (let round = 0; round < 2000; round++) {
    client.resolve('./standing', from);
    const seen = Atomics.add(turn, 0, 1) + 1;
    while (Atomics.load(turn, 0) === seen);
    if ((client.resolve('./standing', from).path === late) !== (round % 2 === 0)) stale++;
  }
  await worker.terminate();
  assert.equal(stale, 0);
  assert.ok(client.hits > 1000, `${client.hits} hits`);
  client.close();
});

test('the poll goes along to the next table', { skip }, () => {
  const client = standing();
  const { poll, connection } = client;
  // As when the daemon has retired it.
  connection.table.close();
  connection.table = null;
  client.resolve('./another', from);
  assert.equal(connection.table.poll, poll);
  fs.writeFileSync(late, '');
  assert.equal(client.resolve('./standing', from).path, late);
  fs.unlinkSync(late);
  assert.equal(client.resolve('./standing', from).path, null);
  client.close();
});

test('where no poll can stand, each answer has its call, and is as fresh', { skip: calls() === null && 'koffi is not installed' }, (context) => {
  context.mock.method(calls(), 'func', () => () => -1);
  const client = standing();
  assert.equal(client.poll, null);
  const { hits } = client;
  for (let round = 0; round < 20; round++) {
    fs.writeFileSync(late, '');
    assert.equal(client.resolve('./standing', from).path, late);
    assert.equal(client.resolve('./cart.js', from).path, cart);
    fs.unlinkSync(late);
    assert.equal(client.resolve('./standing', from).path, null);
  }
  assert.ok(client.hits > hits);
  client.close();
});

test('a poll that can stand no longer gives way to the calls', { skip }, () => {
  const client = standing();
  client.poll.watch = () => false;
  fs.writeFileSync(late, '');
  assert.equal(client.resolve('./standing', from).path, late);
  assert.equal(client.connection.table.poll, null);
  fs.unlinkSync(late);
  assert.equal(client.resolve('./standing', from).path, null);
  client.close();
});

test('a closed client has given its poll back, and so has a thread that ended', { skip }, async () => {
  const descriptors = () => fs.readdirSync('/proc/self/fd').length;
  standing().close();
  const before = [rings(), descriptors()];
  for (let round = 0; round < 3; round++) standing().close();
  const program = `const { SyncClient } = require(${JSON.stringify(path.resolve(__dirname, '../index.cjs'))});
    const client = new SyncClient({ standsAfter: 3 });
    for (let round = 0; round < 20; round++) client.resolve('fs', { directory: '/' });
    require('node:assert').notEqual(client.poll, null);`;
  for (let round = 0; round < 3; round++) assert.deepEqual(await once(new Worker(program, { eval: true }), 'exit'), [0]);
  assert.deepEqual([rings(), descriptors()], before);
});

test('a closed client that is asked again stands again', { skip }, () => {
  const client = standing();
  client.close();
  assert.equal(client.poll, null);
  for (let round = 0; round < 20; round++) client.resolve('./cart.js', from);
  assert.notEqual(client.poll, null);
  client.close();
});

test('a process ends with its poll standing', { skip }, () => {
  const program = `const { SyncClient } = require(${JSON.stringify(path.resolve(__dirname, '../index.cjs'))});
    const client = new SyncClient({ standsAfter: 3 });
    for (let round = 0; round < 20; round++) client.resolve('fs', { directory: '/' });
    console.log(client.poll !== null);`;
  const done = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8', timeout: 20_000 });
  assert.equal(done.stdout, 'true\n', done.stderr);
});
