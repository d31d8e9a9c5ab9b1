// npx vite, npx vite build, npx vitest
import resolverd from 'resolverd/vite';

export default {
  plugins: [resolverd()],
  resolve: { tsconfigPaths: true },
  test: { include: ['test/*.vitest.ts'] },
};
