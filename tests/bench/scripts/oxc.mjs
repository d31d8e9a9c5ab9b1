// oxc-resolver and those with its interface (VARIANT: the package): one cache for both kinds, as `cloneWithOptions` is for.
import { load, options, rows, run, variant } from './passes.mjs'

const { ResolverFactory } = load(variant)
const first = new ResolverFactory(options.import)
const resolvers = { import: first, require: first.cloneWithOptions(options.require) }

function pass() {
  let found = 0
  for (const [directory, specifier, kind] of rows) {
    if (resolvers[kind].sync(directory, specifier).path) found++
  }
  return found
}

// They have one way to hear of a change.
const clear = () => first.clearCache()
await run(pass, { changed: clear, cleared: clear })
