// The imports of a workspace's own sources, of what they lead to, and so on, each resolved by this very runtime: one JSON
// line `[importer, specifier, kind, outcome]`. Under `node --require .pnp.cjs --loader .pnp.loader.mjs` that is Yarn's.
// usage: node --experimental-import-meta-resolve graph.mjs PEERS WORKSPACE DIRECTORY...     (of the sources)
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { imports, LARGEST, SOURCE } from './imports.mjs'
import { outcomeOfPath, tell } from './questions.mjs'

const [, workspace, ...directories] = process.argv.slice(2)

function* sources(directory) {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    if (entry.name === 'node_modules') continue
    if (entry.isDirectory()) yield* sources(path)
    else if (SOURCE.test(entry.name)) yield path
  }
}

function resolved(importer, specifier, kind) {
  if (kind === 'require') return createRequire(importer).resolve(specifier)
  const url = import.meta.resolve(specifier, pathToFileURL(importer).href) // a URL would not reach the loader
  if (isBuiltin(url)) return url
  return url.startsWith('file:') && statSync(fileURLToPath(url)).isFile() ? fileURLToPath(url) : null
}

const rows = []
const seen = new Set(directories.flatMap((directory) => [...sources(join(workspace, directory))]))
for (const importer of seen) {
  if (!SOURCE.test(importer) || statSync(importer).size > LARGEST) continue
  const asked = new Map(imports(readFileSync(importer, 'utf8')).map((row) => [row.join('\0'), row]))
  for (const [specifier, kind] of asked.values()) {
    let path = null
    try {
      path = resolved(importer, specifier, kind)
    } catch {
      // Also an outcome: optional dependencies are tried for.
    }
    const isModule = path !== null && isBuiltin(path)
    if (path !== null && !isModule) seen.add(path)
    const outcome = isModule ? `(builtin node:${path.replace(/^node:/, '')})` : path ? outcomeOfPath(workspace, path) : '(failed)'
    rows.push([outcomeOfPath(workspace, importer), specifier, kind, outcome])
  }
}
tell(rows)
