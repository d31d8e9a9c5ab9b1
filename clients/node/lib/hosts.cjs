'use strict';
/**
 * What Vite, Rolldown and Rollup resolve with, in the daemon's terms, and which of its answers each of them is better left without.
 *
 * The facts. Vite and Rolldown resolve with oxc-resolver, Vite with other options for each environment. Both take a file's package
 * `type` from the package.json that goes with a result. Vite's optimizer bundles packages for its development server under names of
 * its own; a build for a server leaves packages out. Rollup knows relative paths, and leaves the rest to @rollup/plugin-node-resolve,
 * whose options nobody can read.
 *
 * What we do. The same options as the tool's own; those of node-resolve's defaults for Rollup, with what the user gives us. Entry
 * points, styles, `new URL()`, what is not found, and packages where Vite does more with them than bundling, stay the tool's.
 */

const { isBuiltin } = require('node:module');
const path = require('node:path');
const { translated } = require('./factory.cjs');

const KINDS = { 'import-statement': 'import', 'dynamic-import': 'import', 'hot-accept': 'import', 'require-call': 'require' };
const EXTENSION_ALIAS = { '.js': ['.js', '.ts', '.tsx'], '.jsx': ['.jsx', '.ts', '.tsx'], '.mjs': ['.mjs', '.mts'], '.cjs': ['.cjs', '.cts'] };
const IN_PACKAGE = /\/node_modules\//;
/** As @rollup/plugin-node-resolve names the empty module. */
const EMPTY = '\0node-resolve:empty.js';
const IS_EMPTY = /^\0node-resolve:empty\.js$/;

const isBare = (specifier) => !/^\.{0,2}\/|^\.{1,2}$/.test(specifier);
const packageOf = (specifier) => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;

class Host {
  /** `options` are oxc-resolver's, without the condition that the kind of an import adds. */
  constructor(tool, { conditionNames, ...options }) {
    this.tool = tool;
    const forKind = (kind) => Object.freeze(translated({ ...options, conditionNames: [...conditionNames, kind] }));
    this.options = { import: forKind('import'), require: forKind('require') };
  }

  /** What to ask the daemon, as for `resolveMany`, and the `module` that imports; null: the tool knows better. */
  questionOf(specifier, importer, { kind: tools = 'import-statement' }) {
    const kind = KINDS[tools];
    const module = importer?.replace(/\?.*$/s, '');
    if (!kind || !module || !path.isAbsolute(module) || module.endsWith('.html')) return null;
    return { specifier, module, importer: module, kind, options: this.options[kind] };
  }

  /** What the tool's hook is to say; null: what the tool does by itself is better. */
  resultOf({ status, path: file, query, fragment, sideEffects, packageJson }) {
    if (status !== 'found') return null;
    return { id: file + query + fragment, moduleSideEffects: sideEffects ?? undefined, packageJsonPath: packageJson ?? undefined };
  }
}

class Vite extends Host {
  #environment;
  #isBuild;

  constructor(environment) {
    const { command, isProduction, resolve, root, tsconfig } = environment.config;
    super('Vite', {
      ...forBrowserMaps(resolve.mainFields),
      allowPackageExportsInDirectoryResolve: true,
      conditionNames: resolve.conditions.map((each) => (each === 'development|production' ? (isProduction ? 'production' : 'development') : each)),
      extensionAlias: EXTENSION_ALIAS,
      extensions: [...resolve.extensions, '.node'],
      mainFields: [...resolve.mainFields, 'main'],
      pnp: process.versions.pnp !== undefined,
      roots: [root],
      symlinks: !resolve.preserveSymlinks,
      ...(resolve.tsconfigPaths && { tsconfig: tsconfig ? { configFile: tsconfig } : 'auto' }),
    });
    this.#environment = environment;
    this.#isBuild = command === 'build';
  }

  questionOf(specifier, importer, how) {
    const question = super.questionOf(specifier, importer, how);
    const { resolve: { dedupe }, root } = this.#environment.config;
    return question && dedupe?.includes(packageOf(specifier)) ? { ...question, importer: undefined, directory: root } : question;
  }

  resultOf(answer, specifier) {
    const result = super.resultOf(answer);
    if (result === null || (this.#isBuild ? this.#mayBeExternal(answer, specifier) : this.#mayBeOptimized(answer, specifier))) return null;
    if (!this.#isBuild || this.#environment.config.legacy?.inconsistentCjsInterop) delete result.packageJsonPath;
    return result;
  }

  #mayBeExternal({ path: file }, specifier) {
    const { consumer, resolve: { external, noExternal } } = this.#environment.config;
    if (consumer !== 'server' || !isBare(specifier)) return false;
    if (isBuiltin(specifier)) return true;
    if (external === true || external?.includes(specifier) || external?.includes(packageOf(specifier))) return true;
    return IN_PACKAGE.test(file) && noExternal !== true;
  }

  #mayBeOptimized({ path: file }, specifier) {
    const { depsOptimizer } = this.#environment;
    if (!depsOptimizer) return false;
    const isNamed = (each) => packageOf(each.split('>').at(-1).trim()) === packageOf(specifier);
    return IN_PACKAGE.test(file) || depsOptimizer.isOptimizedDepFile(file) || (isBare(specifier) && depsOptimizer.options.include?.some(isNamed));
  }
}

class Rolldown extends Host {
  /** `given` are the options that the user wrote; `platform` is what Rolldown made of them. */
  constructor({ cwd = process.cwd(), resolve = {}, tsconfig = true }, platform) {
    const { alias, aliasFields, conditionNames, exportsFields, extensionAlias = {}, extensions, mainFields, mainFiles, modules, symlinks, tsconfigFilename } = resolve;
    const defaults = { node: ['main', 'module'], browser: ['browser', 'module', 'main'], neutral: [] };
    const isNeutral = platform === 'neutral';
    const configFile = tsconfigFilename ?? (typeof tsconfig === 'string' ? tsconfig : null);
    super('Rolldown', {
      alias,
      aliasFields: aliasFields ?? (platform === 'browser' ? ['browser'] : []),
      builtinModules: platform === 'node',
      conditionNames: [...(conditionNames ?? (isNeutral ? [] : ['module'])), ...(isNeutral ? [] : [platform])],
      exportsFields,
      extensionAlias: { ...extensionAlias, ...Object.fromEntries(Object.entries(EXTENSION_ALIAS).map(([each, names]) => [each, [...(extensionAlias[each] ?? []), ...names]])) },
      extensions: extensions ?? ['.tsx', '.ts', '.jsx', '.js', '.json'],
      mainFields: mainFields ?? defaults[platform],
      mainFiles,
      modules,
      pnp: process.versions.pnp !== undefined,
      symlinks,
      ...(configFile ? { tsconfig: { configFile: path.resolve(cwd, configFile) } } : tsconfig && { tsconfig: 'auto' }),
    });
  }
}

class Rollup extends Host {
  constructor({ preserveSymlinks = false }, { conditionNames = [], mainFields = ['module', 'main'], ...given } = {}) {
    const isSaid = conditionNames.some((each) => each === 'development' || each === 'production');
    const mode = (process.env.NODE_ENV ?? 'production') === 'production' ? 'production' : 'development';
    super('Rollup', {
      ...forBrowserMaps(mainFields),
      builtinModules: true,
      dottedDirectories: true,
      conditionNames: ['module', ...conditionNames, ...(mainFields.includes('browser') ? ['browser'] : []), ...(isSaid ? [] : [mode])],
      extensions: ['.mjs', '.js', '.json', '.node'],
      mainFields,
      nodePath: false,
      symlinks: !preserveSymlinks,
      tsconfig: 'auto',
      ...given,
    });
  }

  questionOf(specifier, importer, { custom }) {
    return super.questionOf(specifier, importer, { kind: custom?.['node-resolve']?.isRequire ? 'require-call' : 'import-statement' });
  }

  resultOf(answer) {
    if (answer.status === 'builtin') return false;
    if (answer.status === 'ignored') return { id: EMPTY };
    const result = super.resultOf(answer);
    delete result?.packageJsonPath;
    return result;
  }
}

const forBrowserMaps = (mainFields) => ({ aliasFields: mainFields.includes('browser') ? ['browser'] : [] });

module.exports = { IS_EMPTY, Rolldown, Rollup, Vite };
