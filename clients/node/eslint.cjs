'use strict';
/**
 * An import resolver for eslint-plugin-import (interface 2) and eslint-plugin-import-x (interface 3), answered by the daemon.
 *
 * The facts. A linter reads more than one program: sources and declarations, `import` and `require`. eslint-import-resolver-typescript
 * has become what people use for it, with its order of conditions, extensions and main fields, and with `@types` packages asked for
 * where there is only JavaScript. Which tsconfig counts it has to be told (`project`), or takes the one where ESLint was started; it
 * reads that once, and what it has looked for and not found stays missing as long as the process lives, in an editor for days.
 *
 * What we do. The same rules, so that messages stay as they are; but each file is under the tsconfig that owns it, and only for what
 * that one does not resolve counts the one where ESLint was started. While no daemon answers, whatever resolver the project has does.
 */

const { existsSync } = require('node:fs');
const { createRequire, isBuiltin } = require('node:module');
const path = require('node:path');
const { Asker } = require('./lib/adapter.cjs');
const { translated } = require('./lib/factory.cjs');

/** eslint-import-resolver-typescript's (4.4, constants.ts). */
const DEFAULTS = {
  conditionNames: ['types', 'import', 'esm2020', 'es2020', 'es2015', 'require', 'node', 'node-addons', 'browser', 'default'],
  extensions: ['.ts', '.tsx', '.d.ts', '.js', '.jsx', '.json', '.node'],
  extensionAlias: {
    '.js': ['.ts', '.tsx', '.d.ts', '.js'],
    '.ts': ['.ts', '.d.ts', '.js'],
    '.jsx': ['.tsx', '.d.ts', '.jsx'],
    '.tsx': ['.tsx', '.d.ts', '.jsx', '.js'],
    '.cjs': ['.cts', '.d.cts', '.cjs'],
    '.cts': ['.cts', '.d.cts', '.cjs'],
    '.mjs': ['.mts', '.d.mts', '.mjs'],
    '.mts': ['.mts', '.d.mts', '.mjs'],
  },
  mainFields: ['types', 'typings', 'fesm2020', 'fesm2015', 'esm2020', 'es2020', 'module', 'jsnext:main', 'main'],
};
const JAVASCRIPT = /\.(?:[cm]js|jsx?)$/;
const NOT_FOUND = { found: false };

const interfaceVersion = 2;
const name = 'resolverd';

class Resolver {
  #asker;
  #options;
  #alwaysTryTypes;
  #given;
  #fallback = null;

  constructor({ socket, deadline, autostart, moduleSystem: _, ...given } = {}) {
    const { alwaysTryTypes = true, project, noWarnOnMultipleProjects: __, tsconfig = namedBy(project), ...options } = given;
    this.#asker = new Asker('ESLint', { socket, deadline, autostart });
    this.#options = Object.freeze(translated({ nodePath: false, ...DEFAULTS, ...options, tsconfig }));
    this.#alwaysTryTypes = alwaysTryTypes;
    this.#given = given;
  }

  /** What an import of a file means: `{found, path}`, where the path of a built-in module is null. */
  resolve(source, file) {
    if (isBuiltin(source)) return { found: true, path: null };
    const importer = path.resolve(file);
    const told = this.#ask(source, importer);
    if (told === null) {
      this.#fallback ??= fallbackFor(this.#given);
      return this.#fallback(source, importer);
    }
    const isTyped = told.found ? !JAVASCRIPT.test(told.path) : !this.#alwaysTryTypes;
    if (isTyped || !isPackage(source) || source.startsWith('@types/')) return told;
    const types = this.#ask(`@types/${mangled(source)}`, importer);
    return types?.found ? types : told;
  }

  /** The daemon's word, by the tsconfig that owns the file, or else by that of the directory where ESLint was started; null: none. */
  #ask(source, importer) {
    const told = answerOf(this.#asker.resolveSync(source, { importer, options: this.#options }));
    const configFile = path.resolve('tsconfig.json');
    if (told !== NOT_FOUND || this.#options.tsconfig !== 'auto' || !isPackage(source) || !existsSync(configFile)) return told;
    const options = { ...this.#options, tsconfig: { configFile, references: 'auto' } };
    return answerOf(this.#asker.resolveSync(source, { importer, options }));
  }
}

/** In the linter's terms. What is ignored (a `false` in an alias) is nothing that could be missing. */
function answerOf(answer) {
  if (answer === null) return null;
  return answer.status === 'failed' ? NOT_FOUND : { found: true, path: answer.path };
}

const isPackage = (source) => !source.startsWith('.') && !path.isAbsolute(source);

/** The name below `@types` of a package, or of what is in it. */
const mangled = (source) => (source.startsWith('@') ? source.slice(1).replace('/', '__') : source);

/** eslint-import-resolver-typescript's `project`. Of several, the one that owns the file is found without being told. */
function namedBy(project) {
  const [one, ...others] = [project ?? []].flat();
  if (one === undefined || others.length || /[*?{[]/.test(one)) return 'auto';
  return { configFile: path.resolve(/\.jsonc?$/.test(one) ? one : `${one}/tsconfig.json`), references: 'auto' };
}

/** What resolves while no daemon answers: the first that the project has of these, which take the same options. */
function fallbackFor(given) {
  const required = (...names) => {
    try {
      const from = names.slice(0, -1).reduce((above, name) => createRequire(above).resolve(name), path.resolve('package.json'));
      return createRequire(from)(names.at(-1));
    } catch {
      return null;
    }
  };
  const typescript = required('eslint-import-resolver-typescript');
  if (typescript) return (source, file) => typescript.resolve(source, file, given);
  const configFile = path.resolve('tsconfig.json');
  const { alwaysTryTypes, project, tsconfig = existsSync(configFile) ? { configFile, references: 'auto' } : undefined, ...options } = given;
  const ours = required('eslint-plugin-import-x')?.createNodeResolver({ ...DEFAULTS, ...options, tsconfig });
  if (ours) return (source, file) => ours.resolve(source, file);
  const node = required('eslint-plugin-import', 'eslint-import-resolver-node');
  return (source, file) => node?.resolve(source, file, { extensions: DEFAULTS.extensions }) ?? NOT_FOUND;
}

const resolvers = new Map();

/** Interface 2: the options come with each question. */
function resolve(source, file, options) {
  const key = JSON.stringify(options ?? {});
  let resolver = resolvers.get(key);
  if (resolver === undefined) resolvers.set(key, (resolver = new Resolver(options ?? {})));
  return resolver.resolve(source, file);
}

/** Interface 3: `settings['import-x/resolver-next']`. */
function createResolverdImportResolver(options = {}) {
  const resolver = new Resolver(options);
  return { interfaceVersion: 3, name, resolve: (source, file) => resolver.resolve(source, file) };
}

module.exports = { createResolverdImportResolver, interfaceVersion, name, resolve };
