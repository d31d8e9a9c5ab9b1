// Node itself. Run with --experimental-import-meta-resolve.
import { statSync } from 'node:fs'
import Module, { createRequire, isBuiltin } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { asked, builtin, failed, found, importer, tell } from './asked.mjs'

const trace = []
const findPath = Module._findPath
Module._findPath = (request, paths, ...rest) => {
  const path = findPath(request, paths, ...rest)
  trace.push(`looks for "${request}" in ${(paths ?? []).map((each) => `"${each}"`).join(', ') || 'itself'}: ${path ? `"${path}"` : 'not there'}`)
  return path
}

function imported() {
  const url = import.meta.resolve(asked.specifier, pathToFileURL(importer).href)
  if (isBuiltin(url)) return builtin(url)
  if (!url.startsWith('file:')) return failed({ code: null, message: `${url} is no file` })
  const path = fileURLToPath(url)
  trace.push(`resolves to "${path}"`)
  // import.meta.resolve gives a URL also where loading it would fail.
  const entry = statSync(path, { throwIfNoEntry: false })
  if (!entry) return failed({ code: 'ERR_MODULE_NOT_FOUND', message: `${path} is not there` })
  if (!entry.isFile()) return failed({ code: 'ERR_UNSUPPORTED_DIR_IMPORT', message: `${path} is a directory` })
  const { search, hash } = new URL(url)
  return { ...found(path), path, query: search, fragment: hash }
}

function required() {
  const path = createRequire(importer).resolve(asked.specifier)
  return isBuiltin(path) ? builtin(path) : { ...found(''), path }
}

let outcome
try {
  outcome = asked.kind === 'require' ? required() : imported()
} catch (error) {
  outcome = failed(error)
}
tell(process.versions.node, outcome, trace, [])
