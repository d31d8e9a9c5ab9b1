// What the scripts share: the rows they are given and how they tell an outcome.
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

export const peers = process.argv[2]

// Answers `{workspace, rows, options}` with outcomes: one workspace, given as `WORKSPACE ROWS [OPTIONS]`, or (`-`) one after
// the other, a JSON line each.
export async function serve(answer) {
  const [workspace, rows, options = '{}'] = process.argv.slice(3)
  if (workspace !== '-') {
    const lines = readFileSync(rows, 'utf8').split('\n').filter(Boolean)
    tell(await answer({ workspace, rows: lines.map((line) => JSON.parse(line)), options: JSON.parse(options) }))
    return
  }
  for await (const line of createInterface({ input: process.stdin })) {
    tell(await answer(JSON.parse(line)))
    process.stdout.write('\n')
  }
}

// Relative to the workspace, so that it reads the same on every machine.
export function outcomeOfPath(workspace, path) {
  return path.startsWith(`${workspace}/`) ? path.slice(workspace.length + 1) : path
}

export function tell(outcomes) {
  process.stdout.write(JSON.stringify(outcomes))
}
