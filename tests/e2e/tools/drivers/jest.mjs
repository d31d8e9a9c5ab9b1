// Jest on the example project: what it says of each test. Watching, it runs all again for every line of its input.
// usage: node --experimental-vm-modules jest.mjs adapter|native once|watch [DEADLINE]
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { deadline, fromProject, isAdapter, isWatching, print } from './conversation.mjs'

const { default: { runCLI } } = await fromProject('jest')
const { default: own } = await fromProject('./jest.config.cjs')

const rootDir = process.cwd()
// What the tsconfig says, Jest has to be told again.
const native = { resolver: undefined, moduleNameMapper: { '^@/(.*)$': '<rootDir>/src/$1' } }
const config = { ...own, ...(isAdapter ? {} : native), cacheDirectory: join(rootDir, '.jest'), reporters: [], rootDir }
if (isAdapter && deadline) {
  // Jest hands a resolver no options; who wants some makes a module of it.
  config.resolver = join(rootDir, 'resolver.cjs')
  writeFileSync(config.resolver, `module.exports = require('resolverd/jest').createResolver({ deadline: ${deadline}, autostart: false });`)
}

async function run() {
  const { results } = await runCLI({ config: JSON.stringify(config), runInBand: true, watchman: false, silent: true, _: [], $0: 'jest' }, [rootDir])
  const told = results.testResults.map(({ testFilePath, testExecError, testResults }) => [
    testFilePath.slice(rootDir.length + 1),
    { error: testExecError?.message ?? null, tests: testResults.map(({ title, status, failureMessages }) => [title, status, ...failureMessages.map((each) => each.split('\n')[0])]) },
  ])
  print(Object.fromEntries(told.sort()))
}

await run()
if (isWatching) for await (const _ of createInterface({ input: process.stdin })) await run()
