// oxc-resolver's outcome for each row, as a JSON array of strings.
// usage: node oxc.mjs PEERS WORKSPACE ROWS OPTIONS, or PEERS -     (OPTIONS: JSON, `{kind: resolve options}`)
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { outcomeOfPath, peers, serve } from './questions.mjs'

const { ResolverFactory } = createRequire(join(peers, 'package.json'))('oxc-resolver')

await serve(({ workspace, rows, options }) => {
  const resolvers = Object.fromEntries(Object.entries(options).map(([kind, own]) => [kind, new ResolverFactory(own)]))
  return rows.map(([directory, specifier, kind]) => {
    const { path, builtin, error } = resolvers[kind].sync(join(workspace, directory), specifier)
    if (builtin) return `(builtin ${builtin.resolved})`
    if (error) return error.startsWith('Path is ignored') ? '(ignored)' : '(failed)'
    return outcomeOfPath(workspace, path)
  })
})
