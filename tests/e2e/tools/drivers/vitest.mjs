// Vitest on the example project: what it says of each test, after each run.
import { adapterOptions, ended, fromProject, isAdapter, isWatching, print } from './conversation.mjs'

const { startVitest } = await fromProject('vitest/node')
const { default: resolverd } = await fromProject('resolverd/vite')
const { default: { plugins: _, test, ...own } } = await fromProject('./vite.config.mjs')

const root = process.cwd()
const teller = {
  onTestRunEnd(modules, unhandled) {
    const told = modules.map((module) => [module.relativeModuleId, {
      errors: module.errors().map(firstLine),
      tests: [...module.children.allTests()].map((each) => [each.name, each.result().state, ...(each.result().errors ?? []).map(firstLine)]),
    }])
    print({ ...Object.fromEntries(told.sort()), unhandled: unhandled.map(firstLine) })
  },
}
const firstLine = ({ message }) => message.split('\n')[0].replaceAll(root, '')

const vitest = await startVitest('test', [], { ...test, config: false, root, reporters: [teller], watch: isWatching, cache: false }, {
  ...own,
  cacheDir: `.vite/${process.pid}`,
  logLevel: 'silent',
  plugins: isAdapter ? [resolverd(adapterOptions)] : [],
})
if (isWatching) await ended()
await vitest.close()
process.exitCode = 0 // That tests have failed is told.
