// What the scripts share: the rows they are given and how they tell an outcome.
import { readFileSync } from 'node:fs'

export function readQuestions() {
  const [peers, workspace, rows, options = '{}'] = process.argv.slice(2)
  const lines = readFileSync(rows, 'utf8').split('\n').filter(Boolean)
  return { peers, workspace, rows: lines.map((line) => JSON.parse(line)), options: JSON.parse(options) }
}

// Relative to the workspace, so that it reads the same on every machine.
export function outcomeOfPath(workspace, path) {
  return path.startsWith(`${workspace}/`) ? path.slice(workspace.length + 1) : path
}

export function tell(outcomes) {
  process.stdout.write(JSON.stringify(outcomes))
}
