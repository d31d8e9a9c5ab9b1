// enhanced-resolve: one cached file system for both kinds, as webpack has; with `unsafeCache` where VARIANT says so.
import fs from 'node:fs'
import { isBuiltin } from 'node:module'
import { load, options, run, throwing, variant } from './passes.mjs'

const { CachedInputFileSystem, ResolverFactory } = load('enhanced-resolve')
const fileSystem = new CachedInputFileSystem(fs, Infinity)
const context = {}
let resolvers

// An unsafe cache never hears of a change: to be right again is to begin again with a new one.
function renew() {
  resolvers = Object.fromEntries(
    Object.entries(options).map(([kind, { builtinModules, ...own }]) => [
      kind,
      ResolverFactory.createResolver({ ...own, fileSystem, useSyncFileSystemCalls: true, unsafeCache: variant === 'unsafeCache' }),
    ]),
  )
}

function after(...purged) {
  fileSystem.purge(...purged)
  if (variant === 'unsafeCache') renew()
}

renew()
// It has no built-in modules: webpack takes them out before it asks.
const pass = throwing((directory, specifier, kind) => !isBuiltin(specifier) && resolvers[kind].resolveSync(context, directory, specifier))
// Exactly what changed, as webpack's watch mode does.
await run(pass, { changed: (created) => after([created]), cleared: () => after() })
