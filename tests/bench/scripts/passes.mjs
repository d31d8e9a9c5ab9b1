// What the scripts share: passes over the rows, timed from inside (start-up and reading excluded).
import { readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

// usage of each script: node SCRIPT PEERS WORKSPACE ROWS OPTIONS CREATED WARM_PASSES VARIANT     (OPTIONS: JSON, `{kind: options}`)
const [peers, workspace, path, optionsText, created, warmPasses, variant] = process.argv.slice(2)

export const options = JSON.parse(optionsText)
export const rows = JSON.parse(readFileSync(path, 'utf8')).map(([directory, ...rest]) => [join(workspace, directory), ...rest])
export const load = createRequire(join(peers, 'package.json'))
export { peers, variant, workspace }

// CPU of all threads, so that nobody hides work in another one; a daemon's is counted too. Microseconds.
async function timed(pass, daemon) {
  const [cpu, others, start] = [process.cpuUsage(), ofDaemon(daemon), process.hrtime.bigint()]
  const found = await pass()
  const wall = Number(process.hrtime.bigint() - start) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return { cpu: user + system, daemon: ofDaemon(daemon) - others, wall, found }
}

function ofDaemon(pid) {
  if (!pid) return 0
  const nanoseconds = (thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0])
  return readdirSync(`/proc/${pid}/task`).map(nanoseconds).reduce((sum, each) => sum + each, 0) / 1000
}

// `changed` makes the resolver right again after one file was created, `cleared` voids all it has; null: it has no way to.
export async function run(pass, { changed, cleared, daemon }) {
  const cold = await timed(pass, daemon)
  const warm = []
  while (warm.length < Number(warmPasses)) warm.push(await timed(pass, daemon))
  const after = (make) => make && timed(async () => { await make(created); return pass() }, daemon)
  writeFileSync(created, '')
  const passes = { cold, warm, changed: null, cleared: null }
  try {
    passes.changed = await after(changed)
  } finally {
    unlinkSync(created)
  }
  await pass()
  passes.cleared = await after(cleared)
  process.stdout.write(JSON.stringify(passes))
}

// A pass over all rows of a resolver that throws what it does not find.
export function throwing(resolve) {
  return () => {
    let found = 0
    for (const [directory, specifier, kind] of rows) {
      try {
        if (resolve(directory, specifier, kind)) found++
      } catch {
        // not found
      }
    }
    return found
  }
}
