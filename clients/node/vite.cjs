'use strict';
/**
 * A plugin for Vite, Vitest, Rolldown and Rollup: imports are resolved by the daemon.
 *
 * The facts. All four take Rollup's plugins. A hook that gives a path alone loses what the package says of side effects. They watch
 * the files that they have read, so nothing happens when a package is installed or a package.json edited. Rollup remembers what
 * was imported by modules that did not change; Vite's server keeps transformed modules, its optimizer bundled packages.
 *
 * What we do. In watch mode the daemon tells when an import means another file (following.cjs). Rolldown and Rollup, which can be
 * told of nothing but files, then see a file of ours change, and Rollup transforms the importing modules again. Vite's server
 * updates the importing modules, Vitest is told that they have changed, and Vite's optimizer where a package is now.
 */

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { Asker } = require('./lib/adapter.cjs');
const { Following } = require('./lib/following.cjs');
const { IS_EMPTY, Rolldown, Rollup, Vite } = require('./lib/hosts.cjs');

/** Virtual modules, URLs, and what has a name of Vite's own. */
const NOT_ASKED = /\0|^(?:[a-z][a-z+.-]*:|\/\/|\/@|\/?__vite-)/i;

/** `options`: `filter` (a RegExp of specifiers), `resolve` (for Rollup; oxc-resolver's options), and the client's `socket`, `deadline`, `autostart`. */
function resolverd({ filter = /./, resolve, ...client } = {}) {
  const bell = new Bell();
  /** In Rollup: modules whose imports mean something else than when they were transformed. */
  const stale = new Set();
  /** By environment; of Rolldown and Rollup, which have none, by what a build resolves with. */
  const conversations = new Map();
  let given = {};
  let current = null;
  let server = null;

  function begin({ environment, meta }, host, key) {
    const asker = new Asker(host.tool, client);
    const isWatching = server ? server.config.server.watch !== null : meta.watchMode;
    const changed = server ? (changes) => invalidate(server, environment, changes) : () => bell.ring();
    conversations.set(key, { host, asker: isWatching ? new Following(asker, changed) : asker, isWatching });
    return conversations.get(key);
  }

  function close(key) {
    const conversation = conversations.get(key);
    if (conversation?.isWatching) conversation.asker.close();
    conversations.delete(key);
  }

  return {
    name: 'resolverd',
    enforce: 'pre',
    perEnvironmentStartEndDuringDev: true,

    options(options) {
      given = options;
    },

    configureServer(started) {
      server = started;
    },

    async buildStart(options) {
      if (server) return;
      const host = this.environment ? new Vite(this.environment) : this.meta.rolldownVersion ? new Rolldown(given, options.platform) : new Rollup(given, resolve);
      const key = this.environment ?? JSON.stringify(host.options);
      current = conversations.get(key) ?? begin(this, host, key);
      if (!current.isWatching) return;
      this.addWatchFile(bell.file);
      if (host instanceof Rollup) for (const { module } of await current.asker.outdated()) stale.add(module);
    },

    resolveId: {
      filter: { id: { include: filter, exclude: NOT_ASKED } },
      async handler(specifier, importer, how) {
        if (how.scan || !filter.test(specifier) || NOT_ASKED.test(specifier)) return null;
        const { environment } = this;
        const { host, asker } = environment ? conversations.get(environment) ?? begin(this, new Vite(environment), environment) : current;
        const question = host.questionOf(specifier, importer, how);
        const answer = question && (await asker.resolve(specifier, question));
        return answer && host.resultOf(answer, specifier);
      },
    },

    load: {
      filter: { id: IS_EMPTY },
      handler: (id) => (IS_EMPTY.test(id) ? 'export default {};' : null),
    },

    /** `false` would speak for the plugins behind, which have reasons of their own. */
    shouldTransformCachedModule: ({ id }) => (stale.has(id.replace(/\?.*$/s, '')) ? true : null),

    buildEnd(error) {
      // What a build that fails has transformed, Rollup does not keep.
      if (!error) stale.clear();
    },

    closeBundle() {
      if (server) close(this.environment);
    },

    closeWatcher() {
      for (const key of conversations.keys()) close(key);
      bell.remove();
    },
  };
}

/** Have Vite's server see that imports mean other files. */
async function invalidate(server, environment, changes) {
  const { depsOptimizer, moduleGraph, pluginContainer } = environment;
  try {
    // Vite's own resolver forgets what it has seen when files come or go.
    const paths = new Set(changes.flatMap(({ before, answer }) => [before.path, answer.path]).filter(Boolean));
    await Promise.all([...paths].map((each) => pluginContainer.watchChange(each, { event: 'create' })));
    if (depsOptimizer) for (const { question, before, answer } of changes) moveBundled(depsOptimizer, question.specifier, before, answer);
    for (const module of new Set(changes.map(({ question }) => question.module))) {
      // Vitest listens to what files do. Plugins for Vue and Svelte would see there that the file is as it was.
      if (server.config.server.hmr === false) server.watcher.emit('change', module);
      else for (const each of moduleGraph.getModulesByFile(module) ?? []) await environment.reloadModule(each);
    }
  } catch (error) {
    server.config.logger.error(error.stack, { error });
  }
}

/** A package that Vite has bundled is bundled again from where it is now, or forgotten. */
function moveBundled(optimizer, specifier, before, answer) {
  const { metadata } = optimizer;
  const bundled = metadata.optimized[specifier];
  if (bundled?.src !== before.path) return;
  if (answer.status === 'found') {
    // Another hash: it is served under another URL, and pages are reloaded.
    Object.assign(bundled, { src: answer.path, fileHash: '' });
    optimizer.run();
  } else {
    delete metadata.optimized[specifier];
    metadata.depInfoList = metadata.depInfoList.filter((each) => each !== bundled);
  }
}

/** A file of ours that changes so that watchers build again; there is none before it is asked for. */
class Bell {
  #file = null;
  #rung = 0;

  get file() {
    if (this.#file === null) {
      this.#file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'resolverd-')), 'changed');
      process.once('exit', () => this.remove());
    }
    // Who clears temporary files away that are old may have been here.
    if (!fs.existsSync(this.#file)) {
      fs.mkdirSync(path.dirname(this.#file), { recursive: true });
      fs.writeFileSync(this.#file, '');
    }
    return this.#file;
  }

  ring() {
    fs.writeFileSync(this.file, String(++this.#rung));
  }

  remove() {
    if (this.#file !== null) fs.rmSync(path.dirname(this.#file), { recursive: true, force: true });
    this.#file = null;
  }
}

module.exports = resolverd;
module.exports.default = resolverd;
