'use strict';
/**
 * A plugin for esbuild: imports are resolved by the daemon.
 *
 * The facts. What a plugin says of a file is its path and whether it is free of side effects. What esbuild knows besides, it knows
 * only of files that it resolved itself: the `type` of the enclosing package.json (how the default export of a CommonJS module
 * is imported), the compiler options of the tsconfig above a TypeScript or JSX file, that a browser map disables a file, that a
 * package has another main file for `require`, and how it reports what cannot be resolved.
 *
 * What we do. Where one of these counts, esbuild is left to resolve: the bundle is the same with the plugin and without. A
 * tsconfig that is named in the build's options counts for every file, so then TypeScript is ours as well. With everything that
 * is answered goes what the answer depends on, for watch mode; each path once in a build, since there it holds for the build.
 */

const fs = require('node:fs');
const path = require('node:path');
const { Asker } = require('./lib/adapter.cjs');

const KINDS = {
  'import-statement': 'import',
  'dynamic-import': 'import',
  'require-call': 'require',
  'require-resolve': 'require',
  'import-rule': 'style',
  'url-token': 'style',
  'composes-from': 'style',
};
const EXTENSIONS = ['.tsx', '.ts', '.jsx', '.js', '.css', '.json'];
const MAIN_FIELDS = { browser: ['browser', 'module', 'main'], node: ['main', 'module'], neutral: [] };
/** Which main field `require` takes where nobody chose: `.` stands for the index file (resolver.go, loadAsMainField). */
const REQUIRE_MAIN_FIELDS = { browser: ['browser', 'main', '.', 'module'], node: ['main', '.', 'module'], neutral: [] };
const IS_URL = /^(?:[a-z][a-z+.-]+:|\/\/)/i;
const IN_PACKAGE = /\/node_modules\//;
/** What would be a directory: of packages, or a package's. */
const PACKAGE = /\/node_modules(?:\/(?:@[^/]+\/)?[^/]+)?$/;
const TYPED = /\.[jt]sx?$/;
const COMPILED = /\.(?:[cm]?ts|[jt]sx)$/;

/** `options`: `filter` (a RegExp of specifiers), and the client's `socket`, `deadline`, `autostart`. */
function resolverd({ filter = /./, ...client } = {}) {
  return {
    name: 'resolverd',
    setup(build) {
      const settings = settingsOf(build.initialOptions);
      const asker = new Asker('esbuild', client);
      let watched = new Set();
      build.onStart(() => {
        watched = new Set();
      });
      build.onResolve({ filter }, async (asked) => {
        const question = questionOf(asked, settings);
        const told = question && (await asker.trace(question.specifier, question.from));
        if (!told) return undefined;
        const isNews = (each) => !watched.has(each) && watched.add(each);
        const missing = told.missing.filter(isNews);
        // A path is watched as one or the other; a link to a package, by the file that is seen through it.
        const watch = {
          watchFiles: [...told.files.filter(isNews).map((each) => (PACKAGE.test(each) ? `${each}/package.json` : each)), ...missing.filter((each) => !PACKAGE.test(each))],
          watchDirs: missing.filter((each) => PACKAGE.test(each)),
        };
        if (isEsbuilds(told.answer, question, settings)) return watch;
        const { path: found, query, fragment, sideEffects } = told.answer;
        return { ...watch, path: found, suffix: query + fragment, sideEffects: sideEffects ?? undefined };
      });
    },
  };
}

/** What to ask the daemon; null: esbuild knows better. */
function questionOf({ path: specifier, importer, resolveDir, namespace, kind: esbuilds }, { cwd, alias, externals, packages, isRaw, options, packageOptions }) {
  const kind = KINDS[esbuilds];
  const isPackage = !/^(?:\.{0,2}\/|\.{1,2}$)/.test(specifier);
  if (!kind || !resolveDir || IS_URL.test(specifier) || (packages === 'external' && isPackage) || isExternal(specifier, externals)) return null;
  // Files in packages are under no tsconfig, and under one that is given as text nothing is to be found in a file.
  const isInPackage = IN_PACKAGE.test(`${resolveDir}/`);
  if (isRaw && isPackage && !isInPackage) return null;
  const from = { kind, profile: 'esbuild', options: (isInPackage ? packageOptions : options)[kind] };
  const key = isPackage && alias.find((name) => specifier === name.from || specifier.startsWith(`${name.from}/`));
  if (key) return { specifier: key.to + specifier.slice(key.from.length), from: { ...from, directory: cwd } };
  const isFile = namespace === 'file' && path.dirname(importer) === resolveDir;
  return { specifier, from: { ...from, ...(isFile ? { importer } : { directory: resolveDir }) } };
}

/** Whether an answer is to be esbuild's own: it is none, or there is more to be known of the file than a plugin can say. */
function isEsbuilds({ status, path: file, format, packageJson }, { specifier, from }, { cwd, externals, hasTsconfig, hasMainFields }) {
  if (status !== 'found') return true;
  if (isExternal(file, externals.filter(({ isPath }) => isPath), cwd)) return true;
  if (format === 'module' && TYPED.test(file)) return true;
  if (!hasTsconfig && COMPILED.test(file) && !IN_PACKAGE.test(file)) return true;
  return from.kind === 'import' && !hasMainFields && /^(?:@[^/]+\/)?[^./@#][^/]*$/.test(specifier) && hasTwoMains(packageJson);
}

/** Whether a package may have one main file for `import` and another for `require`, which are bundled as one. */
function hasTwoMains(packageJson) {
  if (packageJson === null) return false;
  try {
    const { exports, module } = JSON.parse(fs.readFileSync(packageJson, 'utf8'));
    return exports === undefined && module !== undefined;
  } catch {
    return true;
  }
}

/** The build's options, in the daemon's terms. */
function settingsOf(build) {
  const { absWorkingDir, alias = {}, conditions, external = [], mainFields, nodePaths = [], packages, preserveSymlinks, resolveExtensions, tsconfig, tsconfigRaw } = build;
  const cwd = absWorkingDir ?? process.cwd();
  const platform = build.platform ?? 'browser';
  const extensions = resolveExtensions ?? EXTENSIONS;
  const isCompiled = (each) => /^\.[cm]?tsx?$/.test(each);
  const last = extensions.findLastIndex((each) => /^\.[cm]?jsx?$/.test(each));
  const inPackages = [...extensions.slice(0, last + 1).filter((each) => !isCompiled(each)), ...extensions.filter(isCompiled), ...extensions.slice(last + 1).filter((each) => !isCompiled(each))];
  const always = [...(platform === 'neutral' ? [] : [platform]), ...(conditions ?? (platform === 'neutral' ? [] : ['module']))];
  const shared = {
    symlinks: !preserveSymlinks,
    aliasFields: platform === 'browser' ? ['browser'] : [],
    builtinModules: platform === 'node',
    modules: ['node_modules', ...nodePaths],
  };
  const named = { ...shared, extensions, nodeModulesExtensions: inPackages };
  const byKind = (more) => ({
    import: Object.freeze({ ...named, conditionNames: [...always, 'import'], mainFields: mainFields ?? MAIN_FIELDS[platform], ...more }),
    require: Object.freeze({ ...named, conditionNames: [...always, 'require'], mainFields: mainFields ?? REQUIRE_MAIN_FIELDS[platform], ...more }),
    style: Object.freeze({ ...shared, conditionNames: always, mainFields: mainFields ?? MAIN_FIELDS[platform], ...more }),
  });
  return {
    cwd,
    packages,
    alias: Object.entries(alias).map(([from, to]) => ({ from, to })),
    externals: external.map((each) => ({ pattern: each, isPath: /^\.{0,2}\//.test(each) })),
    isRaw: tsconfigRaw !== undefined,
    hasTsconfig: tsconfig !== undefined || tsconfigRaw !== undefined,
    hasMainFields: mainFields !== undefined || platform !== 'browser',
    options: byKind(tsconfig && { tsconfig: { configFile: path.resolve(cwd, tsconfig) } }),
    packageOptions: byKind({}),
  };
}

/** Whether one of the build's externals is meant: by its name, by what is below it, or by its pattern of one `*`. */
function isExternal(name, externals, cwd = '') {
  return externals.some(({ pattern, isPath }) => {
    const wanted = cwd && isPath ? path.resolve(cwd, pattern) : pattern;
    const star = wanted.indexOf('*');
    if (star < 0) return name === wanted || (!isPath && name.startsWith(`${wanted}/`));
    return name.length >= wanted.length - 1 && name.startsWith(wanted.slice(0, star)) && name.endsWith(wanted.slice(star + 1));
  });
}

module.exports = resolverd;
module.exports.default = resolverd;
