import type { NapiResolveOptions } from './index';
import type { AdapterOptions } from './lib/adapter';

/** A plugin for Vite, Vitest, Rolldown and Rollup. */
declare function resolverd(
  options?: AdapterOptions & {
    /** Which specifiers are asked about; default all. */
    filter?: RegExp;
    /** For Rollup, which has no such options; the defaults are @rollup/plugin-node-resolve's. Vite and Rolldown say theirs themselves. */
    resolve?: NapiResolveOptions;
  },
): {
  name: 'resolverd';
  // The tools' own types; not imported, so that nobody has to have all of them.
  [hook: string]: any;
};

declare namespace resolverd {
  export { resolverd as default };
}

export = resolverd;
