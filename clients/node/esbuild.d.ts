import type { AdapterOptions } from './lib/adapter';

/** A plugin for esbuild. Everything else is read from the build's own options. */
declare function resolverd(options?: AdapterOptions & { /** Which specifiers are asked about; default all. */ filter?: RegExp }): {
  name: 'resolverd';
  // esbuild's own type; not imported, so that nobody has to have esbuild.
  setup(build: any): void;
};

declare namespace resolverd {
  export { resolverd as default };
}

export = resolverd;
