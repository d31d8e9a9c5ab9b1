const { transformSync } = require('esbuild');

/** What babel-jest or ts-jest would be for. */
exports.process = (source, sourcefile) => {
  const { code } = transformSync(source, { format: 'cjs', loader: 'ts', sourcefile, sourcemap: 'inline' });
  return { code };
};
