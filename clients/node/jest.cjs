'use strict';
/**
 * A resolver for Jest, synchronous and asynchronous: imports of tests and of what they test are resolved by the daemon.
 *
 * The facts. Jest hands over what it would ask its own resolver (an unrs-resolver, jest-resolve's defaultResolver.ts): the
 * directory, conditions, extensions, module directories, `rootDir`, and `paths` for what is in none of those. Its own one keeps
 * what it has seen, and what it has not, until the next run; and it knows no tsconfig, so that `paths` have to be written a
 * second time, as `moduleNameMapper`. Jest's own modules, which it loads into each test's sandbox, come the same way.
 *
 * What we do. The same questions; for what they do not find, one more under the tsconfig that owns the directory's sources. What
 * is asked from within Jest is left to Jest: it was installed with it and does not change.
 */

const { existsSync } = require('node:fs');
const { isBuiltin } = require('node:module');
const path = require('node:path');
const { Asker } = require('./lib/adapter.cjs');
const { translated } = require('./lib/factory.cjs');

const CONDITIONS = ['require', 'node', 'default'];
/** What is Jest's own. */
const JEST = /\/node_modules\/(?:jest|jest-[^/]+|@jest\/[^/]+|babel-jest|expect|pretty-format)(?:\/|$)/;
const PRESERVE = '--preserve-symlinks';

/** `options` are the client's: `socket`, `deadline`, `autostart`. */
function createResolver(options) {
  const asker = new Asker('Jest', options);
  return {
    sync(specifier, from) {
      if (isJests(specifier, from)) return from.defaultResolver(specifier, from);
      const steps = resolving(specifier, from);
      let step = steps.next();
      while (!step.done) step = steps.next(asker.resolveSync(specifier, step.value));
      return step.value ?? resolveAlone(specifier, from);
    },
    async async(specifier, from) {
      if (isJests(specifier, from)) return from.defaultAsyncResolver(specifier, from);
      const steps = resolving(specifier, from);
      let step = steps.next();
      while (!step.done) step = steps.next(await asker.resolve(specifier, step.value));
      return step.value ?? resolveAlone(specifier, from);
    },
  };
}

const isJests = (specifier, { basedir }) => isBuiltin(specifier) || JEST.test(path.isAbsolute(specifier) ? specifier : basedir);

/** One resolve: yields questions, is given their answers, and returns the path; null: nobody answers. Throws what Jest's own would. */
function* resolving(specifier, from) {
  let failure = null;
  for (const question of questionsOf(specifier, from)) {
    const told = yield question;
    if (told === null) return null;
    if (told.status === 'found') return told.path + told.query + told.fragment;
    failure ??= told.error?.message ?? `Path is ignored ${specifier}`;
  }
  throw inJestsWords(specifier, from) ?? new Error(failure);
}

/** Of `#imports` Jest shows its resolver's message as it is; everything else it words itself. */
function inJestsWords(specifier, from) {
  if (!specifier.startsWith('#')) return null;
  try {
    from.defaultResolver(specifier, from);
    return null;
  } catch (error) {
    return error;
  }
}

/** What to ask, one after the other until something is found. */
function* questionsOf(specifier, { basedir, conditions, conditionNames, extensions, moduleDirectory, modules, paths, roots, rootDir, defaultResolver, defaultAsyncResolver, ...rest }) {
  const directories = [modules ?? moduleDirectory ?? []].flat();
  const options = translated({
    nodePath: false, // It is among the paths.
    conditionNames: conditionNames ?? conditions ?? CONDITIONS,
    extensions,
    modules: directories.length ? directories : undefined,
    roots: roots ?? (rootDir ? [rootDir] : undefined),
    symlinks: !isPreserving(),
    ...rest,
  });
  yield { directory: basedir, options };
  const others = (paths ?? []).filter((each) => !directories.includes(each));
  if (others.length) yield { directory: basedir, options: { ...options, modules: others } };
  if (!isPackage(specifier)) return;
  // Which source it is Jest does not tell; a tsconfig takes in TypeScript, or else the nearest one counts.
  for (const name of ['index.ts', 'index.js']) yield { importer: path.join(basedir, name), options: { ...options, tsconfig: 'auto' } };
}

/** As Jest does, and under the project's tsconfig what is not found without. */
function resolveAlone(specifier, from) {
  try {
    return from.defaultResolver(specifier, from);
  } catch (error) {
    const configFile = path.join(from.rootDir ?? from.basedir, 'tsconfig.json');
    if (!isPackage(specifier) || !existsSync(configFile)) throw error;
    try {
      return from.defaultResolver(specifier, { ...from, tsconfig: { configFile, references: 'auto' } });
    } catch {
      throw error;
    }
  }
}

const isPackage = (specifier) => !/^[./#]/.test(specifier);

/** Whether Node was started so; Jest's own resolver heeds it too. */
function isPreserving() {
  const { NODE_OPTIONS = '', NODE_PRESERVE_SYMLINKS } = process.env;
  return NODE_PRESERVE_SYMLINKS === '1' || [...process.execArgv, ...NODE_OPTIONS.split(/\s+/)].includes(PRESERVE);
}

const { sync, async } = createResolver();

module.exports = { async, createResolver, sync };
