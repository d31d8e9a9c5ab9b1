// Node's own outcome for each row, as a JSON array of strings.
// usage: node --experimental-import-meta-resolve node.mjs PEERS WORKSPACE ROWS
import { statSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { outcomeOfPath, serve } from './questions.mjs'

// A file that need not exist stands for the importer: only its directory counts.
const IMPORTER = 'importer.js'

function resolved(workspace, [directory, specifier, kind]) {
  const importer = join(workspace, directory, IMPORTER)
  if (kind === 'require') return createRequire(importer).resolve(specifier)
  const url = import.meta.resolve(specifier, pathToFileURL(importer))
  if (isBuiltin(url)) return url
  // Any other URL is resolved as it stands, and then refused.
  if (!url.startsWith('file:')) return null
  const { search, hash } = new URL(url)
  const path = fileURLToPath(url)
  // import.meta.resolve gives a URL also where loading it would fail.
  return statSync(path).isFile() ? path + search + hash : null
}

function outcome(workspace, row) {
  try {
    const path = resolved(workspace, row)
    if (path === null) return '(failed)'
    return isBuiltin(path) ? `(builtin node:${path.replace(/^node:/, '')})` : outcomeOfPath(workspace, path)
  } catch {
    return '(failed)'
  }
}

await serve(({ workspace, rows }) => rows.map((row) => outcome(workspace, row)))
