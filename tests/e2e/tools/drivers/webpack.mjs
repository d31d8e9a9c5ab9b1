import { adapterOptions, ended, fromProject, isAdapter, isWatching, print } from './conversation.mjs'

const name = process.env.BUNDLER ?? 'webpack'
const { default: bundler } = await fromProject(name)
const { default: ResolverdPlugin } = await fromProject('resolverd/webpack')
const { default: config } = await fromProject('./webpack.config.cjs')

let files
/** Reads what is made before it is written: two builds of a project may run at once. */
const reader = {
  apply: (compiler) => compiler.hooks.compilation.tap('reader', (compilation) => {
    compilation.hooks.processAssets.tap({ name: 'reader', stage: 10_000 }, (assets) => {
      files = Object.fromEntries(Object.entries(assets).map(([name, asset]) => [name, asset.source().toString()]).sort())
    })
  }),
}
const { tsconfig, ...resolve } = config.resolve
const compiler = bundler({
  ...config,
  context: process.cwd(),
  // What watching remembers of names must not show.
  optimization: { ...config.optimization, chunkIds: 'named', concatenateModules: false, moduleIds: 'named' },
  output: { path: `${process.cwd()}/dist/${process.pid}` },
  plugins: [...(isAdapter ? [new ResolverdPlugin(adapterOptions)] : []), reader],
  resolve: { ...resolve, [name === 'webpack' ? 'tsconfig' : 'tsConfig']: tsconfig },
})

function tell(error, stats) {
  if (error) throw error
  const { errors } = stats.toJson({ all: false, errors: true, errorDetails: false })
  print({ errors: errors.map(({ message }) => message.split('\n\n')[0]).sort(), files })
}

if (isWatching) {
  const watching = compiler.watch({ aggregateTimeout: 20, ignored: /\.git/ }, tell)
  await ended()
  await new Promise((settle) => watching.close(settle))
} else await new Promise((settle) => compiler.run((error, stats) => { tell(error, stats); compiler.close(settle) }))
