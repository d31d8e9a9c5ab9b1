// oxc-resolver's README and every method of its class, the same lines for its package and for ours.
// usage: node readme.mjs PACKAGE FOLDER     Prints JSON: a result for each line.
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [file, folder] = process.argv.slice(2);
const { default: resolve, ResolverFactory, EnforceExtension, ModuleType } = await import(pathToFileURL(file));
const at = (...names) => path.join(folder, ...names);
const told = {};
const note = (name, { error, ...result }) => { told[name] = error === undefined ? result : { ...result, failed: true }; };

note('resolve.sync', resolve.sync(folder, './index.js'));

const resolver = new ResolverFactory();
note('sync', resolver.sync(folder, './index.js'));
note('sync, not there', resolver.sync(folder, './nothing.js'));
note('resolveFileSync', resolver.resolveFileSync(at('src/file.ts'), './module.js'));
note('resolveFileAsync', await resolver.resolveFileAsync(at('src/file.ts'), './module.js'));
const discovering = new ResolverFactory({ tsconfig: 'auto' });
for (const [name, each] of Object.entries({ resolver, discovering })) {
  note(`${name}: resolveFileSync, a path of the tsconfig`, each.resolveFileSync(at('src/file.ts'), '@app/module.js'));
  note(`${name}: resolveDtsSync, a path of the tsconfig`, each.resolveDtsSync(at('src/file.ts'), '@app/module.js'));
  note(`${name}: sync, a path of the tsconfig`, each.sync(at('src'), '@app/module.js'));
}

const esmResolver = new ResolverFactory({ conditionNames: ['node', 'import'] });
const cjsResolver = esmResolver.cloneWithOptions({ conditionNames: ['node', 'require'] });
note('for import', esmResolver.sync(folder, 'both'));
note('for require', cjsResolver.sync(folder, 'both'));
note('the first one is as it was', esmResolver.sync(folder, 'both'));

note('browser field', new ResolverFactory({ aliasFields: ['browser'] }).sync(at('node_modules/shims'), './server.js'));
note('browser field, ignored', new ResolverFactory({ aliasFields: ['browser'] }).sync(at('node_modules/shims'), 'fs'));
note('main fields', new ResolverFactory({ mainFields: ['module', 'main'] }).sync(folder, 'shims'));
note('a main field as text', new ResolverFactory({ mainFields: 'main' }).sync(folder, 'shims'));

note('async', await esmResolver.async(folder, 'both'));
note('resolveDtsSync', resolver.resolveDtsSync(at('src/file.ts'), 'typed'));
note('resolveDtsAsync', await resolver.resolveDtsAsync(at('src/file.ts'), './module.js'));
note('default', ResolverFactory.default().sync(folder, './index.js'));
note('no options', new ResolverFactory(null).sync(folder, './index.js'));
note('clearCache', { is: resolver.clearCache() ?? 'nothing' });
note('after clearCache', resolver.sync(folder, './index.js'));
note('builtinModules', new ResolverFactory({ builtinModules: true }).sync(folder, 'node:fs'));
note('moduleType', new ResolverFactory({ moduleType: true }).sync(at('src'), './module.js'));
note('alias', new ResolverFactory({ alias: { it: [at('index.js')], never: [null] } }).sync(folder, 'it'));
note('enforceExtension', new ResolverFactory({ enforceExtension: EnforceExtension.Enabled }).sync(folder, './index.js'));
note('tsconfig', new ResolverFactory({ tsconfig: { configFile: at('tsconfig.json'), references: 'auto' } }).sync(at('src'), '@app/module.js'));
note('symlinks', new ResolverFactory({ symlinks: false }).sync(folder, './linked.js'));
note('query', resolver.sync(folder, './index.js?raw#part'));
told.enums = [EnforceExtension.Auto, EnforceExtension.Enabled, EnforceExtension.Disabled, ModuleType.Module, ModuleType.CommonJs, ModuleType.Json, ModuleType.Wasm, ModuleType.Addon];

console.log(JSON.stringify(told));
process.exit();
