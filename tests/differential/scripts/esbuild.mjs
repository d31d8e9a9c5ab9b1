// esbuild's outcome for each row, as a JSON array of strings.
// usage: node esbuild.mjs TOOLS WORKSPACE ROWS OPTIONS, or TOOLS -     (OPTIONS: JSON, `{kind: build options}`)
//
// A build of all imports at once, out of which the metafile tells: to ask by `build.resolve` takes 6 ms each, and does not
// tell what is disabled. Imports and requires are built apart, because a package that both ask for has one main file.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { outcomeOfPath, peers, serve } from './questions.mjs'

const esbuild = createRequire(join(peers, 'package.json'))('esbuild')

// What cannot be resolved is a warning here, and no error.
const ASK = { import: (text) => `import(${text}).catch(() => {})`, require: (text) => `try { require(${text}) } catch {}` }

function outcome(workspace, { path, external }) {
  if (path.startsWith('(disabled):')) return '(ignored)'
  if (!external) return outcomeOfPath(workspace, join(workspace, path))
  return /^(\w+:)?\/\//.test(path) ? '(ignored)' : '(failed)'
}

async function ask(kind, { workspace, rows, options }) {
  const byDirectory = Map.groupBy ? Map.groupBy(rows, (row) => row[0]) : groupBy(rows)
  const plugin = {
    name: 'ask',
    setup(build) {
      build.onResolve({ filter: /^ask:/ }, ({ path }) => ({ path: path.slice(4), namespace: 'ask' }))
      // Nothing that was found is read. (Loaders `empty` by extension would change which extensions are JavaScript's.)
      build.onLoad({ filter: /.*/, namespace: 'file' }, () => ({ contents: '', loader: 'empty' }))
      build.onLoad({ filter: /.*/, namespace: 'ask' }, ({ path }) => {
        if (path === 'all') return { contents: [...byDirectory.keys()].map((each) => `import ${JSON.stringify(`ask:${each}`)}`).join('\n') }
        const specifiers = new Set(byDirectory.get(path).map((row) => row[1]))
        const contents = [...specifiers].map((specifier) => ASK[kind](JSON.stringify(specifier))).join('\n')
        return { contents, resolveDir: join(workspace, path) }
      })
    },
  }
  const { metafile } = await esbuild.build({
    absWorkingDir: workspace,
    bundle: true,
    entryPoints: ['ask:all'],
    logLevel: 'silent',
    metafile: true,
    outdir: '/',
    plugins: [plugin],
    write: false,
    ...options[kind],
  })
  const found = new Map()
  for (const [directory] of byDirectory)
    for (const each of metafile.inputs[`ask:${directory}`].imports) found.set(`${directory}\0${each.original ?? each.path}`, outcome(workspace, each))
  return new Map(rows.map(([directory, specifier]) => [`${directory}\0${specifier}`, found.get(`${directory}\0${specifier}`) ?? '(failed)']))
}

function groupBy(rows) {
  const groups = new Map()
  for (const row of rows) groups.set(row[0], [...(groups.get(row[0]) ?? []), row])
  return groups
}

await serve(async (questions) => {
  const found = {}
  for (const kind of Object.keys(ASK)) found[kind] = await ask(kind, { ...questions, rows: questions.rows.filter((row) => row[2] === kind) })
  return questions.rows.map(([directory, specifier, kind]) => found[kind].get(`${directory}\0${specifier}`))
})
