import type { AdapterOptions } from './lib/adapter';

/** A plugin for webpack 5 and Rspack. Everything else is read from the compiler's own options. */
declare class ResolverdPlugin {
  constructor(options?: AdapterOptions);
  // The tools' own type; not imported, so that nobody has to have both.
  apply(compiler: any): void;
}

declare namespace ResolverdPlugin {
  export { ResolverdPlugin as default };
}

export = ResolverdPlugin;
