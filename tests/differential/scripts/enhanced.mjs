// enhanced-resolve's outcome for each row, as a JSON array of strings.
// usage: node enhanced.mjs PEERS WORKSPACE ROWS OPTIONS     (OPTIONS: JSON, `{kind: resolve options}`)
import fs from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { join } from 'node:path'
import { outcomeOfPath, peers, serve } from './questions.mjs'

const { CachedInputFileSystem, ResolverFactory } = createRequire(join(peers, 'package.json'))('enhanced-resolve')

// It has no option for built-in modules: webpack takes them out as externals before it asks.
function resolverOf({ builtinModules, ...own }, fileSystem) {
  const resolver = ResolverFactory.createResolver({ ...own, fileSystem, useSyncFileSystemCalls: true })
  return { builtinModules, resolver }
}

await serve(({ workspace, rows, options }) => {
  const fileSystem = new CachedInputFileSystem(fs, Infinity)
  const resolvers = Object.fromEntries(Object.entries(options).map(([kind, own]) => [kind, resolverOf(own, fileSystem)]))
  return rows.map(([directory, specifier, kind]) => {
    const { builtinModules, resolver } = resolvers[kind]
    if (builtinModules && isBuiltin(specifier)) return `(builtin node:${specifier.replace(/^node:/, '')})`
    try {
      const path = resolver.resolveSync({}, join(workspace, directory), specifier)
      return path === false ? '(ignored)' : outcomeOfPath(workspace, path)
    } catch {
      return '(failed)'
    }
  })
})
