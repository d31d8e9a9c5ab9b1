// enhanced-resolve: one cached file system for both kinds, as webpack has.
import fs from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { join } from 'node:path'
import { readTask, run } from './passes.mjs'

const task = readTask()
const { CachedInputFileSystem, ResolverFactory } = createRequire(join(task.peers, 'package.json'))('enhanced-resolve')

const fileSystem = new CachedInputFileSystem(fs, Infinity)
const resolvers = Object.fromEntries(
  Object.entries(task.options).map(([kind, { builtinModules, ...own }]) => [
    kind,
    ResolverFactory.createResolver({ ...own, fileSystem, useSyncFileSystemCalls: true }),
  ]),
)
const context = {}

function pass() {
  let found = 0
  for (const [directory, specifier, kind] of task.rows) {
    // It has no built-in modules: webpack takes them out before it asks.
    if (isBuiltin(specifier)) continue
    try {
      resolvers[kind].resolveSync(context, directory, specifier)
      found++
    } catch {
      // not found
    }
  }
  return found
}

// Exactly what changed, as webpack's watch mode does.
run(task, pass, (created) => fileSystem.purge([created]))
