// Vite's development server on the example project: what a browser would be served, anew each time that it is told of
// an update, and for every line of the input. With HOT, what it is told.
import { createInterface } from 'node:readline'
import { adapterOptions, fromProject, isAdapter, isWatching, print } from './conversation.mjs'

const { createServer } = await fromProject('vite')
const { default: resolverd } = await fromProject('resolverd/vite')
const { default: own } = await fromProject('./vite.config.mjs')

/** What plugins for Vue and Svelte say where a file's content is as it was. */
const unmoved = { name: 'unmoved', hotUpdate: () => [] }
const server = await createServer({
  ...own,
  cacheDir: `.vite/${process.pid}`,
  configFile: false,
  logLevel: 'silent',
  plugins: [...(isAdapter ? [resolverd(adapterOptions)] : []), ...(process.env.HOT ? [unmoved] : [])],
  server: { middlewareMode: true, ws: false, watch: isWatching ? {} : null },
})
const { client } = server.environments

/** Everything that the page imports, as it is served: of what the optimizer has bundled, from which files; times and hashes left out. */
async function load() {
  const files = {}
  const errors = []
  const visit = async (url, bundle) => {
    if (url in files) return
    files[url] = undefined
    try {
      const { code } = await client.transformRequest(url)
      const from = url.includes('/.vite/') ? (bundle ?? (files[url] = [])) : null
      if (from) from.push(...code.match(/^\/\/ .*node_modules.*/gm) ?? [])
      else files[url] = plain(code)
      const module = await client.moduleGraph.getModuleByUrl(url)
      for (const { url } of module.importedModules) await visit(url, from)
    } catch (error) {
      errors.push(error.message)
    }
  }
  await visit('/src/main.js')
  return { errors: errors.map(plain).sort(), files: Object.fromEntries(Object.entries(files).map(([url, code]) => [plain(url), code]).sort()) }
}
const plain = (text) => text.replaceAll(`.vite/${process.pid}`, '.vite').replace(/[?&][tv]=[0-9a-f]+/g, '')

let loading = Promise.resolve()
const reload = () => (loading = loading.then(load).then(print))
await reload()
if (isWatching) {
  const { send } = client.hot
  client.hot.send = (...told) => {
    send.apply(client.hot, told)
    if (process.env.HOT) print(told[0])
    else reload()
  }
  for await (const _ of createInterface({ input: process.stdin })) reload()
}
await loading
await server.close()
