// npx rolldown -c, or with --watch
import resolverd from 'resolverd/vite';

export default {
  input: 'src/main.js',
  output: { dir: 'dist' },
  plugins: [resolverd()],
};
