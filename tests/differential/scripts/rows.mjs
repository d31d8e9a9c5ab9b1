// What the packages of a workspace import: one JSON line `[directory, specifier, kind]` for each unique row.
// usage: node rows.mjs PEERS WORKSPACE ROWS     (directories are relative to the workspace)
import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'

const [peers, workspace, target] = process.argv.slice(2)
const { Parser } = createRequire(join(peers, 'package.json'))('acorn')

const SOURCE = /\.[cm]?js$/
const IMPORTS = /\brequire\s*\(|\bimport\b|\bfrom\b/
const MODULE_SYNTAX = /^[ \t]*(?:import|export)\b|[;}](?:import|export)\b/m
const LARGEST = 512 * 1024 // larger ones are bundles, which import next to nothing

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

// Notes the imports while it parses: a walk over each tree afterwards would take as long again.
class Reader extends Parser {
  found = []
  finishNode(node, type) {
    const finished = super.finishNode(node, type)
    const [kind, specifier] = imported(finished) ?? []
    if (typeof specifier === 'string') this.found.push([specifier, kind])
    return finished
  }
}

function imports(text) {
  for (const sourceType of MODULE_SYNTAX.test(text) ? ['module', 'script'] : ['script', 'module']) {
    const reader = new Reader({ ecmaVersion: 'latest', sourceType, allowHashBang: true, allowReturnOutsideFunction: true }, text)
    try {
      reader.parse()
      return reader.found
    } catch (error) {
      // JSX, Flow, or a fixture that is broken on purpose: read it the other way, else not at all.
      if (!(error instanceof SyntaxError)) throw error
    }
  }
  return []
}

function literal(node) {
  if (node?.type === 'Literal' && typeof node.value === 'string') return node.value
  if (node?.type === 'TemplateLiteral' && node.expressions.length === 0) return node.quasis[0].value.cooked
  return null
}

function imported(node) {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
    case 'ImportExpression':
      return ['import', literal(node.source)]
    case 'CallExpression':
      return isRequire(node.callee) ? ['require', literal(node.arguments[0])] : null
    default:
      return null
  }
}

// `require(…)` and `require.resolve(…)`
function isRequire(callee) {
  if (callee.type === 'Identifier') return callee.name === 'require'
  return (
    callee.type === 'MemberExpression' &&
    callee.object.name === 'require' &&
    !callee.computed &&
    callee.property.name === 'resolve'
  )
}

const rows = new Set()
for (const path of sources(join(workspace, 'node_modules'))) {
  const text = readFileSync(path, 'utf8')
  if (!IMPORTS.test(text)) continue
  const directory = relative(workspace, dirname(path))
  for (const [specifier, kind] of imports(text)) rows.add(JSON.stringify([directory, specifier, kind]))
}
// Whole or not at all: a run that is interrupted leaves no half of a file.
writeFileSync(`${target}.part`, `${[...rows].join('\n')}\n`)
renameSync(`${target}.part`, target)
