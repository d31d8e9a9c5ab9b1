// For webpack, and with `tsConfig` in place of `tsconfig` for Rspack.
const path = require('node:path');
const ResolverdPlugin = require('resolverd/webpack');

module.exports = {
  mode: 'production',
  devtool: false,
  entry: './src/main.js',
  output: { path: path.resolve('dist') },
  optimization: { minimize: false },
  resolve: { extensions: ['.tsx', '.ts', '.js'], tsconfig: path.resolve('tsconfig.json') },
  plugins: [new ResolverdPlugin()],
};
