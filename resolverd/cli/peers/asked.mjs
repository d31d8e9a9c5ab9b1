// What the peers' scripts share: one question as JSON on stdin, one outcome as JSON on stdout.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

export const asked = JSON.parse(readFileSync(0, 'utf8'))
export const directory = asked.is_file ? dirname(asked.origin) : asked.origin
// A file that need not exist stands for an importer that is a directory.
export const importer = asked.is_file ? asked.origin : join(asked.origin, 'importer.js')

export const peer = (name) => createRequire(join(asked.root ?? '/', 'package.json'))(name)

// Absolute paths in a line of a trace, where they are quoted.
const quoted = (line) => [...line.matchAll(/["']((?:\/[^"']+)+)["']/g)].map((match) => match[1])

export function tell(version, outcome, trace = [], looked = trace.flatMap(quoted)) {
  process.stdout.write(JSON.stringify({ version, ...outcome, trace, looked: [...new Set(looked)] }))
}

export const found = (path) => {
  const [, file, query = '', fragment = ''] = /^([^?#]*)(\?[^#]*)?(#.*)?$/s.exec(path)
  return { status: 'found', path: file, query, fragment }
}
export const builtin = (name) => ({ status: 'builtin', builtin: `node:${name.replace(/^node:/, '')}` })
export const ignored = { status: 'ignored' }
export const failed = (error) => ({ status: 'failed', code: error.code ?? null, message: String(error.message ?? error) })
