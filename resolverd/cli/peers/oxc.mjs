// oxc-resolver. It tells of no steps.
import { asked, builtin, directory, failed, found, ignored, peer, tell } from './asked.mjs'

const { algorithm, cwd, pnp, nodeModulesExtensions, fullySpecifiedTargets, remapTargets, manifestExported, dottedDirectories, ignoreUrls, oxcResults, extensionAliasForExports, ...options } = asked.options
const rules = (listed) => Object.fromEntries(listed.map(({ name, alias, onlyModule }) => [onlyModule ? `${name}$` : name, alias.map((target) => (target === false ? null : target))]))
const { configFile, references } = options.tsconfig ?? {}
const resolver = new (peer('oxc-resolver').ResolverFactory)({
  ...options,
  mainFields: options.mainFields.filter((field) => field !== '.'),
  alias: rules(options.alias),
  fallback: rules(options.fallback),
  extensionAlias: Object.fromEntries(options.extensionAlias),
  enforceExtension: options.enforceExtension ? 1 : 2, // its enumeration: Auto, Enabled, Disabled
  tsconfig: options.tsconfig ? (configFile ? { configFile, references } : 'auto') : undefined,
})
const asks = asked.is_file ? [resolver.resolveFileSync, asked.origin] : [resolver.sync, directory]
const { path, error, builtin: module } = asks[0].call(resolver, asks[1], asked.specifier)

const outcome = module ? builtin(module.resolved) : path ? found(path) : error.startsWith('Path is ignored') ? ignored : failed({ message: error })
tell(peer('oxc-resolver/package.json').version, outcome)
