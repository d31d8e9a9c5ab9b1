// ESLint on sources of the workspace, with one import resolver. Prints JSON: CPU in microseconds of all and of what the resolver
// took, the most memory that the process had in bytes, how often it was asked, and the messages by rule.
// usage: node lint.mjs TOOLS WORKSPACE RESOLVER DIRECTORY...      (DIRECTORY: below WORKSPACE's node_modules)
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [, , tools, workspace, resolver, ...directories] = process.argv
const required = createRequire(join(tools, 'package.json'))
const fromTools = async (name) => (await import(pathToFileURL(required.resolve(name)))).default

const timed = globalThis.timed = { module: required.resolve(resolver), calls: 0, cpu: 0 }
const { ESLint } = await fromTools('eslint')
const plugin = await fromTools('eslint-plugin-import')

const eslint = new ESLint({
  cwd: workspace,
  ignorePatterns: ['!**/node_modules/'],
  overrideConfigFile: true,
  overrideConfig: [
    {
      files: ['**/*.{js,cjs,mjs}'],
      linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'off' },
      plugins: { import: plugin },
      rules: { 'import/no-unresolved': ['error', { commonjs: true }], 'import/no-cycle': ['error', { commonjs: true }] },
      settings: { 'import/resolver': { [new URL('timed_resolver.cjs', import.meta.url).pathname]: {} } },
    },
  ],
})
const results = await eslint.lintFiles(directories.map((each) => join('node_modules', each)))
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()

const told = results.flatMap(({ filePath, messages }) => messages.map(({ ruleId, line, message }) => [filePath, ruleId, line, message])).filter(([, rule]) => rule)
const rules = {}
for (const [, rule] of told) rules[rule] = (rules[rule] ?? 0) + 1
process.stdout.write(JSON.stringify({
  files: results.length,
  cpu: userCPUTime + systemCPUTime,
  asked: timed.calls,
  resolving: timed.cpu,
  memory: maxRSS * 1024,
  rules,
  digest: createHash('sha256').update(JSON.stringify(told.sort())).digest('hex'),
}))
