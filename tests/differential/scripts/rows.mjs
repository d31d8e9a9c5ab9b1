// What the packages of a workspace import: one JSON line `[directory, specifier, kind]` for each unique row.
// usage: node rows.mjs PEERS WORKSPACE     (directories are relative to the workspace)
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { imports, LARGEST, SOURCE } from './imports.mjs'

const [, workspace] = process.argv.slice(2)

function* sources(directory) {
  const entries = readdirSync(directory, { withFileTypes: true })
  // Code-unit order: the same on every machine.
  entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const entry of entries) {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) yield* sources(path)
    else if (entry.isFile() && SOURCE.test(entry.name) && statSync(path).size <= LARGEST) yield path
  }
}

const rows = new Set()
for (const path of sources(join(workspace, 'node_modules'))) {
  const directory = relative(workspace, dirname(path))
  for (const [specifier, kind] of imports(readFileSync(path, 'utf8'))) rows.add(JSON.stringify([directory, specifier, kind]))
}
process.stdout.write(`${[...rows].join('\n')}\n`)
