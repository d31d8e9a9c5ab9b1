// Vite's build on the example project; for a server where SSR names the entry.
import { adapterOptions, ended, fromProject, isAdapter, isWatching, print } from './conversation.mjs'

const { build } = await fromProject('vite')
const { default: resolverd } = await fromProject('resolverd/vite')
const { default: own } = await fromProject('./vite.config.mjs')

let files
const reader = {
  name: 'reader',
  enforce: 'post',
  generateBundle(_, bundle) {
    files = Object.fromEntries(Object.values(bundle).map(({ fileName, code, source }) => [fileName, code ?? String(source)]).sort())
  },
}
function tell(error) {
  print({ errors: error ? [error.message] : [], files: error ? {} : files })
}

const building = await build({
  ...own,
  configFile: false,
  logLevel: 'silent',
  plugins: [...(isAdapter ? [resolverd(adapterOptions)] : []), reader],
  build: { minify: false, ssr: process.env.SSR, watch: isWatching ? {} : null, write: false },
}).catch(tell)
if (building && isWatching) {
  building.on('event', ({ code, error, result }) => {
    if (code === 'BUNDLE_END' || code === 'ERROR') tell(error)
    result?.close()
  })
  await ended()
  await building.close()
} else if (building) tell()
