// node esbuild.mjs, or with --watch
import esbuild from 'esbuild';
import resolverd from 'resolverd/esbuild';

export const options = {
  bundle: true,
  entryPoints: ['src/main.js'],
  format: 'esm',
  outdir: 'dist',
  splitting: true,
  tsconfig: 'tsconfig.json',
  plugins: [resolverd()],
};

if (process.argv[1] === import.meta.filename) {
  if (process.argv.includes('--watch')) await (await esbuild.context(options)).watch();
  else await esbuild.build(options);
}
