// ts.resolveModuleName, with its own trace.
import { asked, failed, importer, peer, tell } from './asked.mjs'

const ts = peer('typescript')
const trace = []
const host = { ...ts.sys, trace: (line) => trace.push(line) }
const config = ts.findConfigFile(importer, ts.sys.fileExists)
const parsed = config && ts.getParsedCommandLineOfConfigFile(config, {}, { ...ts.sys, onUnRecoverableConfigFileDiagnostic() {} })
const options = { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, ...parsed?.options, traceResolution: true }
const mode = asked.kind === 'require' ? ts.ModuleKind.CommonJS : ts.ModuleKind.ESNext
const { resolvedModule } = ts.resolveModuleName(asked.specifier, importer, options, host, undefined, undefined, mode)
const outcome = resolvedModule ? { status: 'found', path: resolvedModule.resolvedFileName, query: '', fragment: '' } : failed({ message: `Cannot find module '${asked.specifier}'` })
tell(ts.version, outcome, trace)
