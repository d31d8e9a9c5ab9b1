// What a source imports, by its syntax tree: `[specifier, kind]` for each import, export from, `import()` and `require`.
import { createRequire } from 'node:module'
import { join } from 'node:path'

export const SOURCE = /\.[cm]?js$/
export const LARGEST = 512 * 1024 // larger ones are bundles, which import next to nothing
const IMPORTS = /\brequire\s*\(|\bimport\b|\bfrom\b/
const MODULE_SYNTAX = /^[ \t]*(?:import|export)\b|[;}](?:import|export)\b/m

const { Parser } = createRequire(join(process.argv[2], 'package.json'))('acorn') // PEERS is every script's first argument

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

export function imports(text) {
  if (!IMPORTS.test(text)) return []
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
