'use strict';
/**
 * A plugin for webpack 5 and for Rspack: imports of modules are resolved by the daemon. Loaders and contexts are not asked about.
 *
 * The facts. webpack merges its options for each kind of import, and tells them with each resolver that it makes; a tap before the
 * resolver's first step may give the result. webpack takes `sideEffects` from the description file of the result, and watches and
 * caches by the dependencies that a resolver tells. Rspack resolves natively: it calls no resolver's plugins, but a module factory's
 * hook may put another request in place of the one at hand, without knowing of what kind the import is. It is told of no
 * dependencies there, and resolves imports again only in modules that changed.
 *
 * What we do. In webpack each resolver asks with its own options, and the result is as complete as its own. In Rspack the request
 * becomes the absolute path, where the answer is the same for `import` and `require`; the rest Rspack reads by itself. What the
 * answers of a module depend on is watched for it, and when any of that changes, so has the module, as far as Rspack knows. What
 * is not found, or disabled by a browser map, is left to the tool, which knows how to tell it.
 */

const path = require('node:path');
const { Asker } = require('./lib/adapter.cjs');

/** The options that enhanced-resolve and the daemon share. */
const SHARED = [
  'alias', 'aliasFields', 'conditionNames', 'descriptionFiles', 'enforceExtension', 'exportsFields', 'extensionAlias',
  'extensionAliasForExports', 'extensions', 'fallback', 'fullySpecified', 'importsFields', 'mainFields', 'mainFiles', 'modules',
  'preferAbsolute', 'preferRelative', 'restrictions', 'roots', 'symlinks',
];

class ResolverdPlugin {
  #asker;
  #client;

  /** `options`: the client's `socket`, `deadline`, `autostart`. */
  constructor(options = {}) {
    this.#client = options;
  }

  apply(compiler) {
    const isRspack = compiler.rspack !== undefined;
    this.#asker = new Asker(isRspack ? 'Rspack' : 'webpack', this.#client);
    if (isRspack) this.#applyToRspack(compiler);
    else compiler.resolverFactory.hooks.resolver.for('normal').tap('resolverd', (resolver, options) => this.#applyToResolver(resolver, settingsOf(options)));
  }

  #applyToResolver(resolver, options) {
    resolver.getHook('before-resolve').tapAsync('resolverd', (request, context, callback) => {
      const directory = request.path;
      if (!request.request || typeof directory !== 'string' || request.request.includes('\0')) {
        callback();
        return;
      }
      this.#asker.trace(request.request, { directory, options }).then((told) => {
        for (const each of told?.files ?? []) context.fileDependencies?.add(each);
        for (const each of told?.missing ?? []) context.missingDependencies?.add(each);
        if (told?.answer.status !== 'found') return callback();
        return described(resolver.fileSystem, told.answer, (error, description) => {
          if (error) return callback();
          const { path: found, query, fragment } = told.answer;
          const result = { ...request, ...description, path: found, query, fragment, request: undefined, module: false, directory: false, file: false };
          return resolver.doResolve(resolver.hooks.resolved, result, null, context, callback);
        });
      }).catch(callback);
    });
  }

  #applyToRspack(compiler) {
    const watched = new Dependents();
    watched.apply(compiler);
    compiler.hooks.normalModuleFactory.tap('resolverd', (factory) => {
      const kinds = ['esm', 'commonjs'].map((kind) => settingsOf(forKind(compiler.options.resolve, kind), compiler.context));
      factory.hooks.resolve.tapPromise('resolverd', async (data) => {
        const { request, context: directory, contextInfo } = data;
        // Not what has loaders in front of it, or is no file.
        if (!request || !directory || /!|^[a-z][a-z+.-]+:/i.test(request)) return;
        const [told, other] = await Promise.all(kinds.map((options) => this.#asker.trace(request, { directory, options })));
        if (!told || !other) return;
        watched.add(contextInfo.issuer, told);
        watched.add(contextInfo.issuer, other);
        const { status, path: found, query, fragment } = told.answer;
        if (status === 'found' && found === other.answer.path) data.request = found.replaceAll('#', '\0#') + query + fragment;
      });
    });
  }
}

/** Which modules have answers that depend on a path. */
class Dependents {
  #files = new Map();
  #missing = new Map();

  add(issuer, { files, missing }) {
    for (const [paths, map] of [[files, this.#files], [missing, this.#missing]]) {
      for (const each of paths) {
        if (!map.has(each)) map.set(each, new Set());
        map.get(each).add(issuer);
      }
    }
  }

  apply(compiler) {
    compiler.hooks.afterCompile.tap('resolverd', (compilation) => {
      compilation.fileDependencies.addAll(this.#files.keys());
      compilation.missingDependencies.addAll(this.#missing.keys());
    });
    compiler.hooks.watchRun.tap('resolverd', ({ modifiedFiles, removedFiles }) => {
      for (const each of [...(modifiedFiles ?? []), ...(removedFiles ?? [])]) {
        for (const issuer of [...(this.#files.get(each) ?? []), ...(this.#missing.get(each) ?? [])]) if (issuer) modifiedFiles.add(issuer);
      }
    });
  }
}

/** A resolver's options, in the daemon's terms. */
function settingsOf(options, context = process.cwd()) {
  const { restrictions, tsconfig = options.tsConfig } = options;
  const settings = { pnp: process.versions.pnp !== undefined };
  for (const name of SHARED) if (options[name] !== undefined && options[name] !== null) settings[name] = plain(options[name]);
  if (restrictions) settings.restrictions = [...restrictions].map((each) => (each instanceof RegExp ? { regex: each.source, flags: each.flags } : each));
  if (tsconfig === true) settings.tsconfig = 'auto';
  else if (tsconfig) {
    const { configFile, references, baseUrl } = typeof tsconfig === 'object' ? tsconfig : { configFile: tsconfig };
    settings.tsconfig = { ...(configFile && { configFile: path.resolve(context, configFile) }), ...(references && { references }), ...(baseUrl && { baseUrl }) };
  }
  return Object.freeze(settings);
}

/** The options of one kind of import: those of `byDependency` over the others, whose values they name by `...`. */
function forKind({ byDependency = {}, ...shared }, kind) {
  const options = { ...shared };
  for (const [name, value] of Object.entries(byDependency[kind] ?? {})) {
    options[name] = Array.isArray(value) ? value.flatMap((each) => (each === '...' ? shared[name] ?? [] : [each])) : value;
  }
  return options;
}

const plain = (value) => (value instanceof Set ? [...value] : value);

/** What webpack wants to know of the package that a file lies in, read through its own file system. */
function described(fileSystem, { path: found, packageJson }, callback) {
  if (packageJson === null) {
    callback(null, { descriptionFilePath: undefined, descriptionFileData: undefined, descriptionFileRoot: undefined, relativePath: undefined });
    return;
  }
  const root = path.dirname(packageJson);
  fileSystem.readJson(packageJson, (error, data) => {
    callback(error, { descriptionFilePath: packageJson, descriptionFileData: data, descriptionFileRoot: root, relativePath: `./${path.relative(root, found)}` });
  });
}

module.exports = ResolverdPlugin;
module.exports.default = ResolverdPlugin;
