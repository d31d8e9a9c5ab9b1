// What Vite, Rolldown or Rollup make of each row in a build, by themselves and with our plugin: the rows on which they part.
// usage: node plugin.mjs TOOLS CLIENT WORKSPACE ROWS BUNDLER PLATFORM
//   BUNDLER: vite, rolldown or rollup    PLATFORM: browser or node
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [, , tools, client, workspace, file, bundler, platform] = process.argv
const rows = readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line))
const required = createRequire(join(tools, 'package.json'))
const { default: resolverd } = await import(pathToFileURL(join(client, 'vite.cjs')))

// Vite takes an importer that does not exist for its root, and each tool one in TypeScript for another language.
function importerIn(directory) {
  const source = readdirSync(directory, { withFileTypes: true }).find((entry) => entry.isFile() && /\.[cm]?js$/.test(entry.name))
  return join(directory, source?.name ?? 'importer.js')
}

/** Asks in a build, as another plugin may, and ends it. */
class Asking {
  name = 'asking'
  outcomes = []
  constructor() {
    const { outcomes } = this
    this.buildStart = async function () {
      for (const [directory, specifier, kind] of rows) {
        const how = { kind: kind === 'require' ? 'require-call' : 'import-statement', custom: { 'node-resolve': { isRequire: kind === 'require' } } }
        const found = await this.resolve(specifier, importerIn(join(workspace, directory)), how).catch(() => 'failed')
        outcomes.push(found?.id ? { id: found.id, external: found.external, sideEffects: found.moduleSideEffects, packageJson: found.packageJsonPath } : found)
      }
      throw new Error('asked')
    }
  }
}

const BUILDS = {
  async vite(plugins) {
    const { build } = await import(pathToFileURL(required.resolve('vite')))
    const ssr = platform === 'node' ? input : undefined
    await build({ build: { rollupOptions: { input }, ssr, write: false }, configFile: false, logLevel: 'silent', plugins, root: workspace, ssr: { noExternal: true } })
  },
  async rolldown(plugins) {
    const build = await required('rolldown').rolldown({ cwd: workspace, input, logLevel: 'silent', platform, plugins })
    await build.generate({})
  },
  async rollup(plugins) {
    process.chdir(workspace)
    await required('rollup').rollup({ input, logLevel: 'silent', plugins: [...plugins, required('@rollup/plugin-node-resolve')()] })
  },
}
const input = join(workspace, 'package.json')

async function outcomesWith(...plugins) {
  const asking = new Asking()
  await BUILDS[bundler]([...plugins, asking]).catch((error) => {
    if (!error.message.includes('asked')) throw error
  })
  return asking.outcomes
}

const [native, ours] = [await outcomesWith(), await outcomesWith(resolverd())]
const parted = rows.map((row, place) => ({ row, native: native[place], ours: ours[place] })).filter(({ native, ours }) => !isSame(native, ours))
process.stdout.write(JSON.stringify({ asked: rows.length, found: native.filter((each) => each?.id).length, parted }))

function isSame(native, ours) {
  // Rolldown tells of side effects later, and node-resolve of fewer.
  const told = (each) => JSON.stringify(bundler === 'vite' || !each?.id ? each : { ...each, sideEffects: undefined })
  return told(native) === told(ours)
}
