// esbuild, with its own log: an entry that imports this one thing, and nothing that it leads to is read.
import { asked, builtin, directory, failed, found, ignored, peer, tell } from './asked.mjs'

const { version, build } = peer('esbuild')
const { conditionNames, extensions, mainFields, aliasFields, builtinModules, alias, symlinks, tsconfig } = asked.options
const OWN = new Set(['import', 'require', 'default', 'node', 'browser'])

// With the profile that is named for it, its defaults are asked for; with others what it knows of their options.
const given = asked.profile === 'esbuild' ? {} : {
  platform: aliasFields.length > 0 ? 'browser' : builtinModules ? 'node' : 'neutral',
  conditions: conditionNames.filter((name) => !OWN.has(name)),
  mainFields: mainFields.filter((field) => field !== '.').map(String),
  resolveExtensions: extensions,
  preserveSymlinks: !symlinks,
  alias: Object.fromEntries(alias.flatMap(({ name, alias: [target] }) => (typeof target === 'string' ? [[name, target]] : []))),
  ...(tsconfig ? (tsconfig.configFile ? { tsconfig: tsconfig.configFile } : {}) : { tsconfigRaw: '{}' }),
}
const text = JSON.stringify(asked.specifier)
const contents = { import: `import ${text}`, require: `require(${text})`, style: `@import ${text};` }[asked.kind]

let outcome = { status: 'ignored' }
const plugin = {
  name: 'ask',
  setup(on) {
    on.onLoad({ filter: /.*/ }, ({ path, suffix }) => {
      outcome = { ...found(suffix), path }
      return { contents: '', loader: 'js' }
    })
  },
}
try {
  const stdin = { contents, resolveDir: directory, loader: asked.kind === 'style' ? 'css' : 'js' }
  const { metafile } = await build({ bundle: true, write: false, metafile: true, outdir: '/', logLevel: 'verbose', logLimit: 0, color: false, absWorkingDir: asked.root, ...given, stdin, plugins: [plugin] })
  const [input] = Object.values(metafile.inputs)
  const external = input?.imports.find((each) => each.external)
  if (external) outcome = /^(\w+:)?\/\//.test(external.path) ? ignored : builtin(external.path)
} catch (error) {
  outcome = failed({ message: error.errors?.map((each) => [each.text, ...each.notes.map((note) => note.text)].join('; ')).join('\n') ?? error.message })
}
// Its log goes to stderr, from a process of its own: whoever runs this script adds it to the trace.
tell(version, outcome)
