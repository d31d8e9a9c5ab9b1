process.env.SSR = 'src/main.js'
await import('./vite.mjs')
