// npx rollup -c, or with --watch
import commonjs from '@rollup/plugin-commonjs';
import nodeResolve from '@rollup/plugin-node-resolve';
import resolverd from 'resolverd/vite';

const extensions = ['.mjs', '.js', '.ts', '.json'];
/** Rollup itself has no options for these. */
export const resolve = { extensions, mainFields: ['browser', 'module', 'main'] };

export default {
  input: 'src/main.js',
  output: { dir: 'dist' },
  plugins: [
    resolverd({ resolve }),
    // For when there is no daemon.
    nodeResolve({ browser: true, extensions }),
    commonjs({ transformMixedEsModules: true }),
  ],
};
