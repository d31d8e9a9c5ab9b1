'use strict';
/** oxc-resolver's class, answered by the daemon: its options, its methods, its results. */

const path = require('node:path');
const { profileKey } = require('./protocol.cjs');

/** oxc-resolver's numbers for `enforceExtension`. */
const EnforceExtension = Object.freeze({ Auto: 0, Enabled: 1, Disabled: 2 });
const ModuleType = Object.freeze({ Module: 'module', CommonJs: 'commonjs', Json: 'json', Wasm: 'wasm', Addon: 'addon' });

/** One pair of clients serves every factory of a process, each loaded when it is needed. */
class Clients {
  #sync = null;
  #async = null;

  get sync() {
    return (this.#sync ??= new (require('./sync.cjs').SyncClient)());
  }

  get async() {
    return (this.#async ??= new (require('./client.cjs').Client)());
  }
}

const shared = new Clients();

class ResolverFactory {
  #options;
  #key;
  #fileOptions;
  #fileKey;
  #hasModuleType;
  #clients;

  constructor(options = {}, clients = shared) {
    this.#fileOptions = Object.freeze(translated({ ...options }));
    this.#hasModuleType = this.#fileOptions.moduleType === true;
    // Only a question from a file (and not one for declarations) has its tsconfig looked for.
    const { tsconfig, ...others } = this.#fileOptions;
    this.#options = tsconfig === 'auto' ? Object.freeze(others) : this.#fileOptions;
    this.#key = profileKey(null, this.#options);
    this.#fileKey = profileKey(null, this.#fileOptions);
    this.#clients = clients;
  }

  static default() {
    return new ResolverFactory();
  }

  /** Another factory; what it does not say, it has from its defaults and not from this one, as oxc-resolver does. */
  cloneWithOptions(options) {
    return new ResolverFactory(options, this.#clients);
  }

  /** Void everything that the daemon remembers. Nobody has to: it is told of changes. */
  clearCache() {
    this.#clients.sync.bustAll();
  }

  sync(directory, request) {
    return this.#warm(this.#key, request, directory, false) ?? this.#result(this.#clients.sync.resolve(request, { directory, options: this.#options }), request);
  }

  async async(directory, request) {
    return this.#result(await this.#clients.async.resolve(request, { directory, options: this.#options }), request);
  }

  resolveFileSync(file, request) {
    return this.#warm(this.#fileKey, request, file, true) ?? this.#result(this.#clients.sync.resolve(request, { importer: file, options: this.#fileOptions }), request);
  }

  async resolveFileAsync(file, request) {
    return this.#result(await this.#clients.async.resolve(request, { importer: file, options: this.#fileOptions }), request);
  }

  resolveDtsSync(file, request) {
    return this.#result(this.#clients.sync.resolve(request, { importer: file, types: true, options: this.#options }), request);
  }

  async resolveDtsAsync(file, request) {
    return this.#result(await this.#clients.async.resolve(request, { importer: file, types: true, options: this.#options }), request);
  }

  /** What the answer table is sure of; null: nothing. */
  #warm(key, request, origin, isFile) {
    const { sync } = this.#clients;
    const known = sync.warm(key, request, origin, isFile, 'import');
    if (known === null) return null;
    return known.whole === null || this.#hasModuleType ? this.#result(sync.answerOf(known), request) : found(known.whole, known.packageJson);
  }

  #result(answer, request) {
    let result = {};
    switch (answer.status) {
      case 'found':
        result = found(answer.path + answer.query + answer.fragment, answer.packageJson);
        if (this.#hasModuleType && answer.format !== null) result.moduleType = answer.format;
        break;
      case 'builtin':
        result.error = `Builtin module ${answer.builtin}`;
        result.builtin = { resolved: answer.builtin, isRuntimeModule: request.startsWith('node:') };
        break;
      case 'ignored':
        result.error = `Path is ignored ${request}`;
        break;
      default:
        result.error = answer.error.message;
    }
    return result;
  }
}

const found = (path, packageJsonPath) => (packageJsonPath === null ? { path } : { path, packageJsonPath });

/** Turn oxc-resolver's options into enhanced-resolve's, which are the daemon's. */
function translated({ enforceExtension, alias, fallback, nodePath = true, mainFields, modules, ...rest }) {
  const options = { ...rest, oxcResults: true };
  if (enforceExtension === EnforceExtension.Enabled) options.enforceExtension = true;
  if (enforceExtension === EnforceExtension.Disabled) options.enforceExtension = false;
  if (alias) options.alias = mapped(alias);
  if (fallback) options.fallback = mapped(fallback);
  if (mainFields !== undefined) options.mainFields = listed(mainFields);
  if (modules !== undefined) options.modules = listed(modules);
  const more = nodePath ? (process.env.NODE_PATH ?? '').split(path.delimiter).filter(path.isAbsolute) : [];
  if (more.length) options.modules = [...(options.modules ?? ['node_modules']), ...more];
  return options;
}

/** A target that is null or undefined is oxc-resolver's way to say false. */
const mapped = (aliases) => Object.fromEntries(Object.entries(aliases).map(([name, targets]) => [name, listed(targets).map((target) => target ?? false)]));

const listed = (value) => (Array.isArray(value) ? value : [value]);

/** Resolve with the default options. */
function sync(directory, request) {
  return ResolverFactory.default().sync(directory, request);
}

module.exports = { EnforceExtension, ModuleType, ResolverFactory, shared, sync, translated };
