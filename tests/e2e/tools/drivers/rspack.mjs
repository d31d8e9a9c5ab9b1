process.env.BUNDLER = '@rspack/core'
await import('./webpack.mjs')
