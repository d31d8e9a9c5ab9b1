// Vite's outcome for each row, as its client environment resolves it, as a JSON array of strings.
// usage: node vite.mjs TOOLS WORKSPACE ROWS OPTIONS     (OPTIONS: JSON, Vite's configuration)
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { outcomeOfPath, peers, serve } from './questions.mjs'

const { createServer } = await import(pathToFileURL(join(peers, 'node_modules/vite/dist/node/index.js')))

const SETTINGS = {
  appType: 'custom',
  configFile: false,
  envFile: false,
  logLevel: 'silent',
  optimizeDeps: { noDiscovery: true },
  server: { middlewareMode: true, watch: null, ws: false, hmr: false },
}

// Vite sees from its root an importer that does not exist, and takes one in TypeScript for another language.
const importers = new Map()
function importerIn(directory) {
  if (!importers.has(directory)) {
    const entries = readdirSync(directory, { withFileTypes: true })
    const source = entries.find((entry) => entry.isFile() && /\.[cm]?js$/.test(entry.name))
    importers.set(directory, join(directory, source?.name ?? 'importer.js'))
  }
  return importers.get(directory)
}

async function outcome(container, workspace, [directory, specifier, kind]) {
  const importer = importerIn(join(workspace, directory))
  try {
    const found = await container.resolveId(specifier, importer, { custom: { 'node-resolve': { isRequire: kind === 'require' } } })
    if (!found || found.id.startsWith('__vite-browser-external:') || found.id.startsWith('__vite-optional-peer-dep:')) return '(failed)'
    return found.external || found.id.startsWith('__vite-browser-external') ? '(ignored)' : outcomeOfPath(workspace, found.id)
  } catch {
    return '(failed)'
  }
}

await serve(async ({ workspace, rows, options }) => {
  const server = await createServer({ ...SETTINGS, root: workspace, ...options })
  const outcomes = []
  for (const row of rows) outcomes.push(await outcome(server.environments.client.pluginContainer, workspace, row))
  await server.close()
  return outcomes
})
