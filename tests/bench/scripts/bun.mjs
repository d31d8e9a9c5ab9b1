// Bun's runtime. Nothing that it remembers of a directory can be voided.
import { run, throwing } from './passes.mjs'

await run(throwing((directory, specifier) => Bun.resolveSync(specifier, directory).startsWith('/')), { changed: null, cleared: null })
