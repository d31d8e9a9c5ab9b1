// oxc-resolver: its cache is shared by the resolvers of both kinds, as `cloneWithOptions` is for.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { readTask, run } from './passes.mjs'

const task = readTask()
const { ResolverFactory } = createRequire(join(task.peers, 'package.json'))('oxc-resolver')

const first = new ResolverFactory(task.options.import)
const resolvers = { import: first, require: first.cloneWithOptions(task.options.require) }

function pass() {
  let found = 0
  for (const [directory, specifier, kind] of task.rows) {
    if (resolvers[kind].sync(directory, specifier).path) found++
  }
  return found
}

// It has one way to hear of a change.
run(task, pass, () => first.clearCache())
