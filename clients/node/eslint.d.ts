import type { NapiResolveOptions } from './index';
import type { AdapterOptions } from './lib/adapter';

/** eslint-import-resolver-typescript's options: those of the resolver, and two of its own. */
export interface ResolverdImportResolverOptions extends AdapterOptions, NapiResolveOptions {
  /** Look in `@types` for a package that has no declarations; default true. */
  alwaysTryTypes?: boolean;
  /** The tsconfig that applies to all files; default, and where there are several: the one that owns the file. */
  project?: string | string[];
}

export type ResolvedResult = { found: true; path: string | null } | { found: false; path?: undefined };

export const interfaceVersion: 2;
export const name: 'resolverd';

/** For `settings['import/resolver']`: `{ 'resolverd/eslint': options }`. */
export function resolve(source: string, file: string, options?: ResolverdImportResolverOptions | null): ResolvedResult;

/** For `settings['import-x/resolver-next']`. */
export function createResolverdImportResolver(options?: ResolverdImportResolverOptions): {
  interfaceVersion: 3;
  name: 'resolverd';
  resolve(source: string, file: string): ResolvedResult;
};
