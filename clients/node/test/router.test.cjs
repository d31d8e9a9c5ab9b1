'use strict';
// Run by tests/e2e/test_node_client.py, against a daemon of the test's own. What each URL gives: tests/e2e/test_routes_side_by_side.py.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');

const { Client, FileSystemRouter, SyncClient } = require('../index.cjs');

const { SHOP } = process.env;
const style = 'nextjs';

/** A directory with these pages. */
function planted(...pages) {
  const root = fs.mkdtempSync(path.join(SHOP, 'pages-'));
  for (const page of pages) write(root, page);
  return root;
}

function write(root, page) {
  fs.mkdirSync(path.dirname(path.join(root, page)), { recursive: true });
  fs.writeFileSync(path.join(root, page), '');
}

test('a match has everything that Bun gives', () => {
  const dir = planted('blog/[slug].tsx');
  const router = new FileSystemRouter({ dir, style, origin: 'https://a.example', assetPrefix: '/_next/' });
  assert.deepEqual([router.style, router.origin, router.assetPrefix], ['nextjs', 'https://a.example', '/_next/']);
  assert.deepEqual(router.routes, { '/blog/[slug]': `${dir}/blog/[slug].tsx` });
  assert.deepEqual({ ...router.match('/blog/a?x=1&x=2') }, {
    name: '/blog/[slug]',
    kind: 'dynamic',
    filePath: `${dir}/blog/[slug].tsx`,
    pathname: '/blog/a?x=1&x=2',
    query: { slug: 'a', x: ['1', '2'] },
    params: { slug: 'a' },
    src: 'https://a.example/_next/blog/[slug].tsx',
    scriptSrc: 'https://a.example/_next/blog/[slug].tsx',
  });
  assert.equal(router.match('/none'), null);
});

test('a request and a response are matched by their URLs', () => {
  const router = new FileSystemRouter({ dir: planted('index.tsx', 'blog/[slug].tsx'), style });
  const match = router.match(new Request('https://a.example/blog/req?k=v#h'));
  assert.deepEqual([match.pathname, match.query], ['/blog/req?k=v', { slug: 'req', k: 'v' }]);
  assert.equal(router.match(new Response('')).name, '/');
  for (const input of [1, undefined, null, {}, new URL('https://a.example/')]) {
    assert.throws(() => router.match(input), { name: 'TypeError', message: 'Expected string, Request or Response' });
  }
  assert.throws(() => router.match('/%zz'), { message: 'DecodingError parsing path: /%zz' });
});

test('options are refused with the messages of Bun', () => {
  const dir = planted('index.tsx');
  const refused = [
    [undefined, 'FileSystemRouterOptions.dir is required'],
    [{ style }, 'FileSystemRouterOptions.dir is required'],
    [{ dir: 1, style }, 'FileSystemRouterOptions.dir must be a string'],
    [{ dir }, 'Expected \'style\' option (ex: "style": "nextjs")'],
    [{ dir, style: 'remix' }, "Only 'nextjs' style is currently implemented"],
    [{ dir, style, fileExtensions: '.ts' }, 'FileSystemRouterOptions.fileExtensions must be an array of string'],
    [{ dir, style, fileExtensions: null }, 'FileSystemRouterOptions.fileExtensions must be an array of string'],
    [{ dir, style, fileExtensions: [1] }, 'FileSystemRouterOptions.fileExtensions must be an array of string'],
    [{ dir, style, assetPrefix: 1 }, 'FileSystemRouterOptions.assetPrefix must be a string'],
    [{ dir, style, origin: 1 }, 'FileSystemRouterOptions.origin must be a string'],
    [{ dir, style, origin: null }, 'FileSystemRouterOptions.origin must be a string'],
  ];
  for (const [options, message] of refused) assert.throws(() => new FileSystemRouter(options), { name: 'TypeError', message });
  assert.throws(() => new FileSystemRouter({ dir: '/no/such/dir', style }), { message: 'Unable to find directory: /no/such/dir' });
  const router = new FileSystemRouter({ dir: path.relative(process.cwd(), dir), style, assetPrefix: null, fileExtensions: [] });
  assert.deepEqual([router.origin, router.assetPrefix], [null, null]);
  assert.equal(router.match('/').filePath, `${dir}/index.tsx`);
});

test('a new page answers at the first match, without a reload', () => {
  const dir = planted('index.tsx');
  const router = new FileSystemRouter({ dir, style });
  for (let round = 0; round < 50; round++) {
    const page = `d${round % 3}/p${round}`;
    assert.equal(router.match(`/${page}`), null);
    write(dir, `${page}.tsx`);
    assert.equal(router.match(`/${page}`).filePath, `${dir}/${page}.tsx`);
    fs.unlinkSync(path.join(dir, `${page}.tsx`));
    assert.equal(router.match(`/${page}`), null);
  }
  assert.deepEqual(Object.keys(router.routes), ['/']);
});

test('reload throws what the constructor throws, and the routes of before stay', () => {
  const dir = planted('a.tsx');
  const router = new FileSystemRouter({ dir, style });
  write(dir, 'a.js');
  write(dir, 'b.tsx');
  const files = (error) => error.message === `Route "/a" is already defined by ${dir}/a.js, and again by ${dir}/a.tsx`;
  assert.throws(() => router.reload(), files);
  assert.throws(() => new FileSystemRouter({ dir, style }), files);
  assert.deepEqual(router.routes, { '/a': `${dir}/a.tsx` });
  assert.equal(router.match('/a').filePath, `${dir}/a.tsx`);
  fs.unlinkSync(path.join(dir, 'a.js'));
  router.reload();
  assert.deepEqual(Object.keys(router.routes), ['/a', '/b']);
  fs.rmSync(dir, { recursive: true });
  assert.throws(() => router.reload(), { message: `Unable to find directory: ${dir}` });
  assert.deepEqual(Object.keys(router.routes), ['/a', '/b']);
});

test('both clients ask for routes', async () => {
  const dir = planted('a/[x].tsx', 'b.json');
  const wanted = [{ name: '/a/[x]', kind: 'dynamic', filePath: `${dir}/a/[x].tsx` }];
  const [client, sync] = [new Client(), new SyncClient()];
  assert.deepEqual(await client.routes(dir), wanted);
  assert.deepEqual(sync.routes(dir), wanted);
  assert.deepEqual((await client.matchRoute('/b', { directory: dir, extensions: ['.json'] })).filePath, `${dir}/b.json`);
  assert.equal(sync.matchRoute('/b', { directory: dir }), null);
  write(dir, 'a/[y].tsx');
  await assert.rejects(client.routes(dir, { reload: true }), { code: 'ERR_RESOLVERD_REFUSED', refusal: 'invalid-routes' });
  assert.deepEqual(await client.routes(dir), wanted);
  client.close();
  sync.close();
});

test('thousands of routes come whole', () => {
  const dir = planted();
  for (let page = 0; page < 2500; page++) fs.writeFileSync(path.join(dir, `p${page}.tsx`), '');
  assert.equal(Object.keys(new FileSystemRouter({ dir, style }).routes).length, 2500);
});
