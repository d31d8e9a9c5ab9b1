// webpack's outcome for each row, as a JSON array of strings.
// usage: node webpack.mjs TOOLS WORKSPACE ROWS OPTIONS     (OPTIONS: JSON, webpack's configuration)
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { outcomeOfPath, peers, serve } from './questions.mjs'

const webpack = createRequire(join(peers, 'package.json'))('webpack')

const DEPENDENCY = { import: 'esm', require: 'commonjs', style: 'css-import' }

function outcome(compiler, workspace, [directory, specifier, kind]) {
  const resolver = compiler.resolverFactory.get('normal', { dependencyType: DEPENDENCY[kind] })
  return new Promise((settle) => {
    resolver.resolve({}, join(workspace, directory), specifier, {}, (error, path) => {
      settle(error ? '(failed)' : path === false ? '(ignored)' : outcomeOfPath(workspace, path))
    })
  })
}

await serve(async ({ workspace, rows, options }) => {
  const compiler = webpack({ context: workspace, entry: './absent.js', ...options })
  const outcomes = []
  for (const row of rows) outcomes.push(await outcome(compiler, workspace, row))
  return outcomes
})
