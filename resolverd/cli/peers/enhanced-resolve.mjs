// enhanced-resolve, with its own log.
import fs from 'node:fs'
import { isBuiltin } from 'node:module'
import { asked, builtin, directory, failed, found, ignored, peer, tell } from './asked.mjs'

const { algorithm, cwd, pnp, nodeModulesExtensions, fullySpecifiedTargets, remapTargets, manifestExported, dottedDirectories, ignoreUrls, oxcResults, builtinModules, moduleType, allowPackageExportsInDirectoryResolve, ...options } = asked.options
const { CachedInputFileSystem, ResolverFactory } = peer('enhanced-resolve')
const { configFile, references } = options.tsconfig ?? {}
const resolver = ResolverFactory.createResolver({
  ...options,
  mainFields: options.mainFields.filter((field) => field !== '.'),
  extensionAlias: Object.fromEntries(options.extensionAlias),
  restrictions: options.restrictions.map(({ path, regex, flags }) => path ?? new RegExp(regex, flags)),
  tsconfig: options.tsconfig ? (configFile ? { configFile, references: references ?? undefined } : true) : undefined,
  fileSystem: new CachedInputFileSystem(fs, Infinity),
  useSyncFileSystemCalls: true,
})

const trace = []
const [fileDependencies, missingDependencies] = [new Set(), new Set()]
let outcome
if (builtinModules && isBuiltin(asked.specifier)) outcome = builtin(asked.specifier) // it leaves these to webpack
else {
  const context = { log: (line) => trace.push(line), fileDependencies, missingDependencies }
  resolver.resolve({}, directory, asked.specifier, context, (error, path) => {
    outcome = error ? failed(error) : path === false ? ignored : found(path)
  })
}
tell(peer('enhanced-resolve/package.json').version, outcome, trace, [...fileDependencies, ...missingDependencies])
