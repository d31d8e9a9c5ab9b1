// Rollup and Rolldown on the example project: they are used alike.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { adapterOptions, ended, fromProject, isAdapter, isWatching, print } from './conversation.mjs'

const name = process.env.BUNDLER ?? 'rollup'
const bundler = await fromProject(name)
const { default: resolverd } = await fromProject('resolverd/vite')
const { default: own, resolve } = await fromProject(`./${name}.config.mjs`)

let files
const reader = {
  name: 'reader',
  generateBundle(_, bundle) {
    // What Rollup remembers of names must not show.
    files = Object.fromEntries(Object.values(bundle).map(({ fileName, code }) => [fileName, code.replace(/\$\d+\b/g, '')]).sort())
  },
}
/** What the tsconfig says Rollup has to be told again, at least for when there is no daemon. */
const { compilerOptions: { paths: { '@/*': [pattern] } } } = told('tsconfig.json')
const paths = {
  name: 'paths',
  resolveId(specifier, importer) {
    return specifier.startsWith('@/') ? this.resolve(join(process.cwd(), pattern.replace('*', specifier.slice(2))), importer) : null
  },
}
function told(name) {
  const { extends: base, ...config } = JSON.parse(readFileSync(name))
  return base ? told(base) : config
}
const plugins = [...(isAdapter ? [resolverd({ resolve, ...adapterOptions })] : []), ...(name === 'rollup' ? [paths] : []), ...own.plugins.slice(1), reader]
const options = { ...own, logLevel: 'silent', plugins }
const output = { chunkFileNames: '[name].js', dir: `dist/${process.pid}` }

function tell(error) {
  print({ errors: error ? [error.message] : [], files: error ? {} : files })
}

if (isWatching) {
  const building = bundler.watch({ ...options, output })
  building.on('event', ({ code, error, result }) => {
    if (code === 'BUNDLE_END' || code === 'ERROR') tell(error)
    result?.close()
  })
  await ended()
  await building.close()
} else {
  const build = async () => (await bundler[name](options)).generate(output)
  await build().then(() => tell(), tell)
}
