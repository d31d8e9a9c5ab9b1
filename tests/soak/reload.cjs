// A router over the nine directories, reloaded again and again: `reload,resident bytes` on each line. In Bun its own; in Node
// (with --expose-gc) ours, of the package that is the last argument.
const [directory, reloads, samples, ours] = process.argv.slice(2);
const FileSystemRouter = globalThis.Bun ? Bun.FileSystemRouter : require(ours).FileSystemRouter;
const collect = globalThis.Bun ? () => Bun.gc(true) : globalThis.gc;

const router = new FileSystemRouter({ style: 'nextjs', dir: directory, fileExtensions: ['.ts', '.js'] });
for (let reload = 0; reload <= Number(reloads); reload++) {
  if (reload % Math.ceil(reloads / samples) === 0) {
    collect();
    console.log(`${reload},${process.memoryUsage.rss()}`);
  }
  router.reload();
}
