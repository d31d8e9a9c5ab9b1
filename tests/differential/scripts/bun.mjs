// Bun's own outcome for each row, as its runtime resolves it, as a JSON array of strings.
// usage: bun --no-install bun.mjs TOOLS WORKSPACE ROWS
import { createRequire, isBuiltin } from 'node:module'
import { join } from 'node:path'
import { outcomeOfPath, serve } from './questions.mjs'

function outcome(workspace, [directory, specifier, kind]) {
  const folder = join(workspace, directory)
  try {
    const path =
      kind === 'require' ? createRequire(join(folder, 'importer.js')).resolve(specifier) : Bun.resolveSync(specifier, folder)
    return path.startsWith('/') ? outcomeOfPath(workspace, path) : isBuiltin(path) ? `(builtin node:${path.replace(/^node:/, '')})` : `(builtin ${path})`
  } catch {
    return '(failed)'
  }
}

await serve(({ workspace, rows }) => rows.map((row) => outcome(workspace, row)))
