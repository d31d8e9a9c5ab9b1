import type { AdapterOptions } from './lib/adapter';

/** What Jest asks with (jest-resolve's `ResolverOptions`); further resolve options are taken along. */
export interface JestResolverOptions {
  basedir: string;
  conditions?: string[];
  conditionNames?: string[];
  extensions?: string[];
  moduleDirectory?: string[];
  modules?: string | string[];
  paths?: string[];
  roots?: string[];
  rootDir?: string;
  defaultResolver: (specifier: string, options: JestResolverOptions) => string;
  defaultAsyncResolver: (specifier: string, options: JestResolverOptions) => Promise<string>;
  [option: string]: unknown;
}

export interface JestResolver {
  sync(specifier: string, options: JestResolverOptions): string;
  async(specifier: string, options: JestResolverOptions): Promise<string>;
}

export const sync: JestResolver['sync'];
export const async: JestResolver['async'];

/** The same with options, for a module of one's own: `module.exports = createResolver({ deadline: 500 })`. */
export function createResolver(options?: AdapterOptions): JestResolver;
