// Bun's own router over the nine directories, read again and again: `iteration,resident bytes` on each line.
const [directory, reloads, samples] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const router = new Bun.FileSystemRouter({ style: "nextjs", dir: directory, fileExtensions: [".ts", ".js"] });
for (let reload = 0; reload <= reloads; reload++) {
  if (reload % Math.ceil(reloads / samples) === 0) {
    Bun.gc(true);
    console.log(`${reload},${process.memoryUsage.rss()}`);
  }
  router.reload();
}
