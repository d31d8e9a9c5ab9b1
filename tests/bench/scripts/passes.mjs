// What the scripts share: passes over the rows, timed from inside (start-up and reading excluded).
import { readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

// usage of each script: node SCRIPT PEERS WORKSPACE ROWS OPTIONS CREATED WARM_PASSES     (OPTIONS: JSON, `{kind: options}`)
export function readTask() {
  const [peers, workspace, path, options, created, warmPasses] = process.argv.slice(2)
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean)
  const rows = lines.map((line) => JSON.parse(line)).map(([directory, ...rest]) => [join(workspace, directory), ...rest])
  return { peers, rows, options: JSON.parse(options), created, warmPasses: Number(warmPasses) }
}

// CPU of all threads of the process, so that nobody hides work in another one. Microseconds.
function timed(pass) {
  const cpu = process.cpuUsage()
  const start = process.hrtime.bigint()
  const found = pass()
  const wall = Number(process.hrtime.bigint() - start) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return { cpu: user + system, wall, found }
}

export function run({ created, warmPasses }, pass, bust) {
  const cold = timed(pass)
  const warm = Array.from({ length: warmPasses }, () => timed(pass))
  writeFileSync(created, '')
  try {
    const busted = timed(() => {
      bust(created)
      return pass()
    })
    process.stdout.write(JSON.stringify({ cold, warm, busted }))
  } finally {
    unlinkSync(created)
  }
}
