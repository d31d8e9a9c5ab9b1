// ts.resolveModuleName with its cache, which takes one directory's answer for another's below it.
import { join } from 'node:path'
import { load, run, throwing, workspace } from './passes.mjs'

const ts = load('typescript')
const options = { moduleResolution: ts.ModuleResolutionKind.Bundler, module: ts.ModuleKind.ESNext, allowJs: true }
const MODES = { import: ts.ModuleKind.ESNext, require: ts.ModuleKind.CommonJS }
const cache = ts.createModuleResolutionCache(workspace, (name) => name, options)
const clear = () => cache.clear()

const pass = throwing((directory, specifier, kind) =>
  ts.resolveModuleName(specifier, join(directory, '__importer__.ts'), options, ts.sys, cache, undefined, MODES[kind]).resolvedModule)
await run(pass, { changed: clear, cleared: clear })
