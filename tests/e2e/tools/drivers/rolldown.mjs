process.env.BUNDLER = 'rolldown'
await import('./rollup.mjs')
