// The imports of every project of a TypeScript solution, as TypeScript itself resolves them: one JSON array of
// `[importer, specifier, kind, outcome, tsconfig]`.
// usage: node solution.mjs SOLUTION     (which has TypeScript installed)
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { outcomeOfPath, tell } from './questions.mjs'

const root = process.argv[2]
const ts = createRequire(join(root, 'package.json'))('typescript')
const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (diagnostic) => { throw new Error(diagnostic.messageText) } }

function* projects(path, seen = new Set()) {
  if (seen.has(path)) return
  seen.add(path)
  const parsed = ts.getParsedCommandLineOfConfigFile(path, {}, host)
  yield { path, parsed }
  for (const reference of parsed.projectReferences ?? []) yield* projects(ts.resolveProjectReferencePath(reference), seen)
}

const rows = []
for (const { path, parsed } of projects(join(root, 'tsconfig.json'))) {
  const { fileNames, options, projectReferences } = parsed
  const program = ts.createProgram({ rootNames: fileNames, options, projectReferences })
  for (const file of fileNames) {
    const source = program.getSourceFile(file)
    for (const literal of source.imports ?? []) {
      const mode = program.getModeForUsageLocation(source, literal)
      const { resolvedModule } = ts.resolveModuleName(literal.text, file, options, ts.sys, undefined, undefined, mode)
      const outcome = resolvedModule ? outcomeOfPath(root, resolvedModule.resolvedFileName) : '(failed)'
      const kind = mode === ts.ModuleKind.CommonJS ? 'require' : 'import'
      rows.push([outcomeOfPath(root, file), literal.text, kind, outcome, outcomeOfPath(root, path)])
    }
  }
}
tell(rows)
