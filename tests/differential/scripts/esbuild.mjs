// esbuild's outcome for each row, as a JSON array of strings.
// usage: node esbuild.mjs TOOLS WORKSPACE ROWS OPTIONS     (OPTIONS: JSON, `{kind: build options}`)
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { outcomeOfPath, readQuestions, tell } from './questions.mjs'

const { peers, workspace, rows, options } = readQuestions()
const esbuild = createRequire(join(peers, 'package.json'))('esbuild')

const KINDS = { import: 'import-statement', require: 'require-call', style: 'import-rule' }

async function outcome(build, [directory, specifier, kind]) {
  const answer = await build.resolve(specifier, { resolveDir: join(workspace, directory), kind: KINDS[kind] })
  if (answer.errors.length > 0) return '(failed)'
  if (answer.namespace !== 'file') return '(ignored)'
  if (answer.external) return /^\w+:\/\//.test(answer.path) ? '(ignored)' : `(builtin node:${answer.path.replace(/^node:/, '')})`
  // A browser map's `false` gives the path that was not to be found out, and nothing says that it is disabled.
  return existsSync(answer.path) ? outcomeOfPath(workspace, answer.path) + answer.suffix : '(ignored)'
}

async function ask(kind) {
  const asked = rows.flatMap((row, index) => (row[2] === kind ? [index] : []))
  if (asked.length === 0) return
  const plugin = {
    name: 'ask',
    setup(build) {
      build.onStart(async () => {
        const found = await Promise.all(asked.map((index) => outcome(build, rows[index])))
        asked.forEach((index, place) => (outcomes[index] = found[place]))
      })
    },
  }
  const stdin = { contents: '', resolveDir: workspace }
  const given = { bundle: true, write: false, logLevel: 'silent', absWorkingDir: workspace, ...options[kind] }
  await esbuild.build({ ...given, stdin, plugins: [plugin] })
}

const outcomes = new Array(rows.length)
for (const kind of Object.keys(KINDS)) await ask(kind)
tell(outcomes)
