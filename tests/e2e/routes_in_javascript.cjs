// Routers over the directories of `[{dir, site, urls}]` on stdin: ours (argument: the package), or Bun's own where this is Bun.
// Gives, for each: `{routes, matches}`, or `{error}`.
const { readFileSync } = require('node:fs');

const FileSystemRouter = globalThis.Bun ? Bun.FileSystemRouter : require(process.argv[2]).FileSystemRouter;
const FIELDS = ['name', 'kind', 'filePath', 'pathname', 'query', 'params', 'src', 'scriptSrc'];

function answered({ dir, origin, assetPrefix, fileExtensions, urls }) {
  let router;
  try {
    router = new FileSystemRouter({ dir, style: 'nextjs', origin, assetPrefix, fileExtensions });
  } catch (error) {
    return { error: error.message };
  }
  const matches = urls.map((url) => {
    const match = router.match(url);
    return match && Object.fromEntries(FIELDS.map((field) => [field, match[field]]));
  });
  return { routes: Object.keys(router.routes), matches };
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, 'utf8')).map(answered)));
