// Node's own require.resolve, also for imports (import.meta.resolve looks at no file). It has no way to forget a package.json.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { rows, run, throwing } from './passes.mjs'

const requires = new Map(rows.map(([directory]) => [directory, createRequire(join(directory, 'importer.js'))]))
await run(throwing((directory, specifier) => requires.get(directory).resolve(specifier).startsWith('/')), { changed: null, cleared: null })
