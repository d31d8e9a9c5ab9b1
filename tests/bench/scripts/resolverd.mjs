// Our JavaScript client (VARIANT: the way it asks), from the checkout. The daemon is told of the change by the kernel.
import { createRequire } from 'node:module'
import { options, rows, run, variant } from './passes.mjs'

const require = createRequire(import.meta.url)
const { connect, ResolverFactory } = require('../../../clients/node')
const { SyncClient } = require('../../../clients/node/lib/sync.cjs')

const client = await connect()
const { pid } = await client.ping()
const found = (answers) => answers.filter(({ status }) => status === 'found').length
const asked = rows.map(([directory, specifier, kind]) => ({ directory, specifier, kind, options: options[kind] }))

function synchronous(table) {
  const sync = new SyncClient({ table })
  const factories = Object.fromEntries(Object.entries(options).map(([kind, own]) => [kind, new ResolverFactory({ ...own, nodePath: false }, { sync })]))
  return () => {
    let files = 0
    for (const [directory, specifier, kind] of rows) {
      if (factories[kind].sync(directory, specifier).path) files++
    }
    return files
  }
}

const WAYS = {
  table: () => synchronous(true),
  sync: () => synchronous(false),
  async: () => async () => found(await Promise.all(asked.map((each) => client.resolve(each.specifier, each)))),
  batch: () => async () => found(await client.resolveMany(asked)),
}

await run(WAYS[variant](), { changed: () => {}, cleared: () => client.bustAll(), daemon: pid })
process.exit()
