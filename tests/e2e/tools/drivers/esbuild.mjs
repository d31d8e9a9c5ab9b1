import { adapterOptions, ended, fromProject, isAdapter, isWatching, print } from './conversation.mjs'

const { default: esbuild } = await fromProject('esbuild')
const { default: resolverd } = await fromProject('resolverd/esbuild')
const { options } = await fromProject('./esbuild.mjs')

const tell = {
  name: 'tell',
  setup(build) {
    build.onEnd(({ errors, outputFiles = [] }) => {
      print({ errors: errors.map(({ text }) => text), files: Object.fromEntries(outputFiles.map(({ path, text }) => [path.slice(process.cwd().length), text])) })
    })
  },
}
const context = await esbuild.context({ ...options, logLevel: 'silent', plugins: [...(isAdapter ? [resolverd(adapterOptions)] : []), tell], write: false })
if (isWatching) {
  await context.watch()
  await ended()
} else await context.rebuild().catch(() => {})
await context.dispose()
