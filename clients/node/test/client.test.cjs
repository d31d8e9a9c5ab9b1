'use strict';
// Run by tests/e2e/test_node_client.py: RESOLVERD_SOCKET has a daemon of the test's own, SHOP the workspace, PID the daemon.

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { test } = require('node:test');
const { Worker } = require('node:worker_threads');

const resolverd = require('../index.cjs');
const { Encoder, decode } = require('../lib/messagepack.cjs');
const { calls } = require('../lib/libc.cjs');
const { Key } = require('../lib/table.cjs');
const { Client, ResolverFactory, SyncClient } = resolverd;

const { SHOP, PID, VECTORS } = process.env;
const importer = path.join(SHOP, 'src/app.ts');
const cart = path.join(SHOP, 'src/cart.ts');
const from = { importer };

/** A vector's value with its odd bytes. */
const plain = (value) => {
  if (Array.isArray(value)) return value.map(plain);
  if (value && typeof value === 'object') {
    return 'bin' in value ? Buffer.from(value.bin, 'hex') : Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
  }
  return value;
};

test('golden frames are read, and what is written is read again', () => {
  for (const { name, message, frame } of JSON.parse(fs.readFileSync(path.join(VECTORS, 'frames.json')))) {
    const bytes = Buffer.from(frame, 'hex');
    const read = decode(bytes.subarray(4));
    assert.equal(JSON.stringify(read), JSON.stringify(plain(message)), name);
    const encoder = new Encoder();
    encoder.frame(plain(message));
    assert.equal(JSON.stringify(decode(encoder.take().subarray(4))), JSON.stringify(plain(message)), name);
  }
});

test('keys of the answer table are hashed as the daemon does', () => {
  for (const { mode, origin, specifier, hash } of JSON.parse(fs.readFileSync(path.join(VECTORS, 'table.json'))).answers) {
    assert.equal(new Key().write(`${mode}\0${origin}\0${specifier}`).hash(), hash);
  }
});

test('what a process requires after it connected, it finds through links as before', async () => {
  const folder = fs.mkdtempSync(path.join(SHOP, 'links-'));
  fs.writeFileSync(path.join(folder, 'real.cjs'), '');
  for (const name of ['first', 'second', 'third']) fs.symlinkSync(folder, path.join(folder, name));
  const find = (name) => require.resolve(path.join(folder, name, 'real.cjs'));
  const real = find('first');
  assert.equal(path.dirname(real), fs.realpathSync(folder));
  const client = await resolverd.connect();
  assert.equal(find('second'), real);
  client.close();
  const sync = new SyncClient({ table: false });
  sync.resolve('./cart.js', from);
  assert.equal(find('third'), real);
  sync.close();
  fs.rmSync(folder, { recursive: true });
});

test('the asynchronous client answers, many at once and in batches', async () => {
  const client = await resolverd.connect();
  const answers = await Promise.all(['./cart.js', 'palette', 'fs', './nothing'].map((specifier) => client.resolve(specifier, from)));
  assert.deepEqual(answers.map(({ status }) => status), ['found', 'found', 'builtin', 'failed']);
  assert.equal(answers[0].path, cart);
  assert.equal(answers[2].builtin, 'node:fs');
  assert.equal(answers[3].error.code, 'ERR_MODULE_NOT_FOUND');
  const questions = Array.from({ length: 9000 }, (_, index) => ({ specifier: index % 2 ? './cart.js' : `./no${index}`, importer, kind: index % 3 ? 'import' : 'require' }));
  const many = await client.resolveMany(questions);
  assert.deepEqual(many.map(({ path }) => path), questions.map(({ specifier }) => (specifier === './cart.js' ? cart : null)));
  const sync = resolverd.connectSync();
  assert.deepEqual(sync.resolveMany(questions), many);
  sync.close();
  assert.ok((await client.explain('palette', from)).steps.length > 3);
  assert.ok((await client.bust(cart)).answers >= 1);
  assert.equal((await client.ping()).pid, Number(PID));
  client.close();
  assert.equal((await client.resolve('./cart.js', from)).path, cart);
  client.close();
});

test('a batch has what JSON cannot say, and questions that no bytes can', async () => {
  const odd = Buffer.concat([Buffer.from(SHOP), Buffer.from('/src/caf'), Buffer.from([0xe9]), Buffer.from('.js')]);
  fs.writeFileSync(odd, '');
  fs.symlinkSync(odd, path.join(SHOP, 'src/odd.js'));
  const questions = ['./cart.js', './odd.js', './\ud800', './\\ud800', './\ud83d\ude00', './cart.js?x', 'fs'].map((specifier) => ({ specifier, ...from }));
  const client = new Client();
  const sync = new SyncClient();
  const one = await Promise.all(questions.map((question) => client.resolve(question.specifier, question)));
  assert.deepEqual(await client.resolveMany(questions), one);
  assert.deepEqual(sync.resolveMany(questions), one);
  assert.equal(one[1].path, odd.toString());
  assert.deepEqual(sync.resolveMany([]), []);
  assert.throws(() => sync.resolveMany([{ specifier: 'a' }]), TypeError);
  client.close();
  sync.close();
});

test('a refusal is told, and the conversation goes on', async () => {
  const client = new Client();
  await assert.rejects(client.resolve('a', { ...from, options: { extension: ['.js'] } }), { code: 'ERR_RESOLVERD_REFUSED', message: /extensions/ });
  assert.equal((await client.resolve('./cart.js', from)).path, cart);
  client.close();
  const sync = new SyncClient();
  assert.throws(() => sync.resolve('a', { ...from, profile: 'bundle' }), { code: 'ERR_RESOLVERD_REFUSED', message: /bundler/ });
  assert.equal(sync.resolve('./cart.js', from).path, cart);
  sync.close();
});

test('the synchronous client answers, and sees every change at once', () => {
  const client = resolverd.connectSync();
  const late = path.join(SHOP, 'src/late.ts');
  for (let round = 0; round < 50; round++) {
    assert.equal(client.resolve('./late', from).path, null);
    fs.writeFileSync(late, '');
    assert.equal(client.resolve('./late', from).path, late);
    fs.unlinkSync(late);
  }
  client.close();
});

test('with koffi, warm answers come out of the table, and no stale one does', { skip: calls() === null && 'koffi is not installed' }, () => {
  const client = new SyncClient();
  const late = path.join(SHOP, 'src/late.ts');
  for (let round = 0; round < 2000; round++) {
    const is = round % 2 === 1;
    if (is) fs.writeFileSync(late, '');
    else fs.rmSync(late, { force: true });
    assert.equal(client.resolve('./late', from).path, is ? late : null, `round ${round}`);
    assert.equal(client.resolve('./cart.js', from).path, cart);
    if (round % 500 === 499) client.bustAll();
  }
  assert.ok(client.hits > 500, `${client.hits} hits`);
  client.close();
  fs.rmSync(late, { force: true });
});

test('two copies of this package in one process both read a table', { skip: calls() === null && 'koffi is not installed' }, () => {
  const copy = fs.mkdtempSync(path.join(SHOP, 'copy-'));
  fs.cpSync(path.join(__dirname, '..'), copy, { recursive: true });
  for (const { SyncClient: Copied } of [resolverd, require(copy)]) {
    const client = new Copied();
    for (let round = 0; round < 10; round++) assert.equal(client.resolve('./cart.js', from).path, cart);
    assert.ok(client.hits > 0);
    client.close();
  }
  fs.rmSync(copy, { recursive: true });
});

test('a koffi that is too old for us is as none', () => {
  const folder = fs.mkdtempSync(path.join(SHOP, 'old-'));
  fs.mkdirSync(path.join(folder, 'koffi'));
  fs.writeFileSync(path.join(folder, 'koffi/index.js'), "exports.version = '2.9.0';");
  const program = `console.log(require(${JSON.stringify(path.resolve(__dirname, '../lib/libc.cjs'))}).calls())`;
  const done = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8', env: { ...process.env, NODE_PATH: folder } });
  assert.equal(done.stdout, 'null\n', done.stderr);
  fs.rmSync(folder, { recursive: true });
});

/** Descriptors of this process, and its mappings of tables. */
const held = () => ({
  descriptors: fs.readdirSync('/proc/self/fd').length,
  tables: fs.readFileSync('/proc/self/maps', 'utf8').split('\n').filter((line) => line.includes('memfd')).length,
});

test('a client that was closed holds nothing, and neither does a thread that ended', async () => {
  const ask = () => {
    const client = new SyncClient();
    for (let round = 0; round < 10; round++) client.resolve('./cart.js', from);
    return client;
  };
  ask().close();
  const before = held();
  for (let round = 0; round < 5; round++) ask().close();
  const program = `const { SyncClient } = require(${JSON.stringify(path.resolve(__dirname, '../index.cjs'))});
    const client = new SyncClient();
    for (let round = 0; round < 10; round++) client.resolve('fs', { directory: '/' });`;
  for (let round = 0; round < 5; round++) await once(new Worker(program, { eval: true }), 'exit');
  assert.deepEqual(held(), before);
});

test('a stopped daemon costs the deadline, and no more', async () => {
  const sync = new SyncClient({ deadline: 200 });
  const client = new Client({ deadline: 200 });
  sync.resolve('./cart.js', from);
  await client.resolve('./cart.js', from);
  process.kill(Number(PID), 'SIGSTOP');
  try {
    assert.throws(() => sync.resolve('./another', from), { code: 'ERR_RESOLVERD_DEADLINE' });
    assert.throws(() => new SyncClient({ deadline: 200 }).resolve('./another', from), { code: 'ERR_RESOLVERD_DEADLINE' });
    await assert.rejects(client.resolve('./another', from), { code: 'ERR_RESOLVERD_DEADLINE' });
  } finally {
    process.kill(Number(PID), 'SIGCONT');
  }
  assert.equal(sync.resolve('./cart.js', from).path, cart);
  assert.equal((await client.resolve('./cart.js', from)).path, cart);
  sync.close();
  client.close();
});

test('no daemon, and none to be started, is an error that a tool can turn into its own resolver', async () => {
  const socket = path.join(SHOP, 'nobody');
  for (const autostart of [true, false]) {
    process.env.RESOLVERD_BIN = '/nowhere/resolverd';
    assert.throws(() => new SyncClient({ socket, autostart }).resolve('a', from), { code: 'ERR_RESOLVERD_UNAVAILABLE' });
    await assert.rejects(new Client({ socket, autostart }).resolve('a', from), { code: 'ERR_RESOLVERD_UNAVAILABLE' });
    delete process.env.RESOLVERD_BIN;
  }
  process.env.RESOLVERD = 'off';
  assert.throws(() => new SyncClient().resolve('a', from), { code: 'ERR_RESOLVERD_OFF' });
  await assert.rejects(resolverd.connect(), { code: 'ERR_RESOLVERD_OFF' });
  delete process.env.RESOLVERD;
});

/** The news of a subscription, as paths by specifier. */
const news = async (subscription) => Object.fromEntries((await subscription.next()).value.map(({ question, answer }) => [question.specifier, answer.path]));

test('a subscription is told when an answer is no longer so, and of nothing else', async () => {
  const late = path.join(SHOP, 'src/late.ts');
  const client = new Client();
  const subscription = await client.subscribe([{ specifier: './cart.js', importer }, { specifier: './late', importer }]);
  assert.deepEqual(subscription.answers.map((answer) => answer.path), [cart, null]);
  const [added] = await subscription.add([{ specifier: './late', importer, kind: 'require', options: { extensions: ['.ts'] } }]);
  assert.equal(added.status, 'failed');
  fs.writeFileSync(cart, fs.readFileSync(cart));
  fs.writeFileSync(late, '');
  const places = [];
  for await (const changes of subscription) {
    places.push(...changes.map(({ place, answer }) => [place, answer.path]));
    if (places.length === 2) break;
  }
  assert.deepEqual(places.sort(), [[1, late], [2, late]]);
  assert.deepEqual(await subscription.next(), { done: true, value: undefined });
  fs.unlinkSync(late);
  client.close();
});

test('what changed while a subscription was away, or everything was voided, is told as well', async () => {
  const late = path.join(SHOP, 'src/late.ts');
  const client = new Client();
  const streams = new Set();
  const socket = path.join(SHOP, 'relay');
  const relay = net.createServer((near) => {
    const far = net.connect(client.socket);
    near.pipe(far).pipe(near);
    for (const stream of [near, far]) streams.add(stream.on('error', () => {}));
  }).listen(socket);
  await once(relay, 'listening');
  const subscription = await new Client({ socket, autostart: false }).subscribe([{ specifier: './late', importer }]);
  await client.bustAll();
  fs.writeFileSync(late, '');
  assert.deepEqual(await news(subscription), { './late': late });
  for (const stream of streams) stream.destroy();
  fs.unlinkSync(late);
  assert.deepEqual(await news(subscription), { './late': null });
  relay.close();
  for (const stream of streams) stream.destroy();
  await assert.rejects(subscription.next(), { code: 'ERR_RESOLVERD_UNAVAILABLE' });
  fs.writeFileSync(late, '');
  await once(relay.listen(socket), 'listening');
  assert.deepEqual(await news(subscription), { './late': late });
  subscription.close();
  relay.close();
  for (const stream of streams) stream.destroy();
  client.close();
  fs.unlinkSync(late);
});

test('what cannot be held is refused, and what is held stays so', async () => {
  const late = path.join(SHOP, 'src/late.ts');
  const subscription = await new Client().subscribe([{ specifier: './late', importer }]);
  await assert.rejects(subscription.add([{ specifier: 'a', importer, profile: 'bundle' }]), { code: 'ERR_RESOLVERD_REFUSED' });
  fs.writeFileSync(late, '');
  assert.deepEqual(await news(subscription), { './late': late });
  subscription.close();
  fs.unlinkSync(late);
});

test('a place that makes no sense is told at once', async () => {
  assert.throws(() => new SyncClient().resolve('a', {}), TypeError);
  await assert.rejects(new Client().resolve('a', { importer, directory: SHOP }), TypeError);
});

test('ES modules have the same names', async () => {
  const module = await import('../index.mjs');
  assert.deepEqual(Object.keys(module).filter((name) => name !== 'default').sort(), Object.keys(resolverd).sort());
});

test('a process that has asked ends by itself', () => {
  const program = `const { Client, SyncClient } = require(${JSON.stringify(path.resolve(__dirname, '../index.cjs'))});
    new SyncClient().resolve('fs', { directory: '/' });
    new Client({ background: true }).subscribe([{ specifier: 'fs', directory: '/' }]).then((subscription) => subscription.next());
    new Client().subscribe([{ specifier: 'fs', directory: '/' }]).then((subscription) => subscription.close());
    new Client().resolve('fs', { directory: '/' }).then(({ builtin }) => console.log(builtin));`;
  const done = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8', timeout: 20_000 });
  assert.equal(done.stdout, 'node:fs\n', done.stderr);
});

test("oxc-resolver's class: each method, with each kind of result", async () => {
  const resolver = new ResolverFactory({ extensions: ['.ts', '.js'], extensionAlias: { '.js': ['.ts', '.js'] }, builtinModules: true, moduleType: true, alias: { nothing: [null] } });
  const directory = path.dirname(importer);
  const found = { path: cart, packageJsonPath: path.join(SHOP, 'package.json'), moduleType: 'module' };
  assert.deepEqual(resolver.sync(directory, './cart.js'), found);
  assert.deepEqual(await resolver.async(directory, './cart.js'), found);
  assert.deepEqual(resolver.resolveFileSync(importer, './cart.js'), found);
  assert.deepEqual(await resolver.resolveFileAsync(importer, './cart.js'), found);
  assert.equal(resolver.resolveDtsSync(importer, './cart.js').path, cart);
  assert.equal((await resolver.resolveDtsAsync(importer, './cart.js')).path, cart);
  assert.deepEqual(resolver.sync(directory, 'fs').builtin, { resolved: 'node:fs', isRuntimeModule: false });
  assert.match(resolver.sync(directory, 'nothing').error, /ignored/);
  assert.match(resolver.sync(directory, './no').error, /Cannot find module '.\/no'/);
  assert.ok(resolver.cloneWithOptions({ extensions: ['.js'] }).sync(directory, './cart').error);
  resolver.clearCache();
  assert.deepEqual(resolver.sync(directory, './cart.js'), found);
  assert.equal(ResolverFactory.default().sync(directory, './cart.ts').path, cart);
  assert.equal(resolverd.sync(directory, './cart.ts').path, cart);
});
