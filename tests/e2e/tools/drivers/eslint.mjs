// ESLint's class on the example project, with one resolver after the other in one process: the messages by resolver and file.
// Watching, it lints again for every line of its input.
// usage: node eslint.mjs RESOLVER,... once|watch DEADLINE|'' PLUGIN
//   RESOLVER: adapter, typescript, oxc, or none (what the plugin has by itself)    PLUGIN: import or import-x
import { createInterface } from 'node:readline'
import { adapterOptions, fromProject, isWatching, print, with_ } from './conversation.mjs'

const plugin = process.argv[5]
const { ESLint } = await fromProject('eslint')
const { default: imports } = await fromProject(`eslint-plugin-${plugin}`)
const { default: [own] } = await fromProject('./eslint.config.mjs')

const MAKERS = {
  adapter: ['resolverd/eslint', 'createResolverdImportResolver', adapterOptions],
  typescript: ['eslint-import-resolver-typescript', 'createTypeScriptImportResolver', {}],
  oxc: ['eslint-import-resolver-oxc', 'createOxcImportResolver', {}],
}

async function settingsWith(resolver) {
  if (resolver === 'none') return {}
  const [name, maker, options] = MAKERS[resolver]
  if (plugin === 'import') return { 'import/resolver': { [name]: options } }
  return { 'import-x/resolver-next': [(await fromProject(name))[maker](options)] }
}

const configs = new Map()
for (const resolver of with_.split(',')) {
  configs.set(resolver, {
    ...own,
    ...imports.flatConfigs.errors,
    settings: { ...(await settingsWith(resolver)), [`${plugin}/cache`]: { lifetime: 0 } },
    rules: {
      ...imports.flatConfigs.errors.rules,
      [`${plugin}/no-unresolved`]: ['error', { commonjs: true }],
      [`${plugin}/no-cycle`]: 'error',
      [`${plugin}/no-extraneous-dependencies`]: 'error',
      [`${plugin}/no-useless-path-segments`]: 'error',
    },
  })
}

async function messagesWith(config) {
  const results = await new ESLint({ overrideConfigFile: true, overrideConfig: [config] }).lintFiles(['src', 'packages'])
  const told = results.map(({ filePath, messages }) => [filePath.slice(process.cwd().length + 1), messages.map(({ ruleId, message }) => `${ruleId}: ${message}`)])
  return Object.fromEntries(told.filter(([, messages]) => messages.length))
}

async function lint() {
  const outcome = {}
  for (const [resolver, config] of configs) outcome[resolver] = await messagesWith(config)
  print(outcome)
}

await lint()
if (isWatching) for await (const _ of createInterface({ input: process.stdin })) await lint()
