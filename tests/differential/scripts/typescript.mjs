// TypeScript's outcome for each row, as a JSON array of strings.
// usage: node typescript.mjs TOOLS WORKSPACE ROWS OPTIONS     (OPTIONS: JSON, compilerOptions in tsconfig's words)
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { outcomeOfPath, peers, serve } from './questions.mjs'

const ts = createRequire(join(peers, 'package.json'))('typescript')
const MODES = { import: ts.ModuleKind.ESNext, require: ts.ModuleKind.CommonJS }

await serve(({ workspace, rows, options: written }) => {
  const { options } = ts.convertCompilerOptionsFromJson(written, workspace)
  // Without a cache TypeScript is slow, and its cache of packages lets one directory's answer stand for another's below it.
  const manifests = ts.createModuleResolutionCache(workspace, (name) => name, options).getPackageJsonInfoCache()
  // To `node10` an import has no mode: it knows no conditions.
  const hasModes = options.moduleResolution !== ts.ModuleResolutionKind.Node10
  return rows.map(([directory, specifier, kind]) => {
    const importer = join(workspace, directory, '__importer__.ts')
    const cache = ts.createModuleResolutionCache(workspace, (name) => name, options, manifests)
    const mode = hasModes ? MODES[kind] : undefined
    const { resolvedModule } = ts.resolveModuleName(specifier, importer, options, ts.sys, cache, undefined, mode)
    return resolvedModule ? outcomeOfPath(workspace, resolvedModule.resolvedFileName) : '(failed)'
  })
})
