'use strict';
/**
 * Bun's `FileSystemRouter`, answered by the daemon: its options, its methods, its results, and its messages for what is wrong.
 *
 * Nothing is held here that could be stale, or leak: each match is the daemon's answer of that moment, and `reload` only asks
 * whether anything is wrong with the pages.
 */

const path = require('node:path');
const { shared } = require('./factory.cjs');

/** What a URL was matched with. */
class MatchedRoute {
  constructor(match) {
    Object.assign(this, match);
  }
}

class FileSystemRouter {
  #clients;
  #directory;
  #extensions;

  /** Throws `TypeError` for options that Bun's router does not take, and `ResolverdError` for what `reload` throws. */
  constructor(options = {}, clients = shared) {
    const { dir, style, origin, assetPrefix, fileExtensions } = options;
    hold(dir !== undefined, 'FileSystemRouterOptions.dir is required');
    hold(typeof dir === 'string', 'FileSystemRouterOptions.dir must be a string');
    hold(style !== undefined, 'Expected \'style\' option (ex: "style": "nextjs")');
    hold(style === 'nextjs', "Only 'nextjs' style is currently implemented");
    hold(fileExtensions === undefined || isStrings(fileExtensions), 'FileSystemRouterOptions.fileExtensions must be an array of string');
    hold(assetPrefix == null || typeof assetPrefix === 'string', 'FileSystemRouterOptions.assetPrefix must be a string');
    hold(origin === undefined || typeof origin === 'string', 'FileSystemRouterOptions.origin must be a string');
    this.#clients = clients;
    this.#directory = path.resolve(dir);
    this.#extensions = Object.freeze([...(fileExtensions ?? [])]);
    for (const [name, value] of Object.entries({ style, origin: origin || null, assetPrefix: assetPrefix || null })) {
      Object.defineProperty(this, name, { value, enumerable: true });
    }
    this.reload();
  }

  /** Files by the names of their routes: those in force. */
  get routes() {
    const routes = this.#clients.sync.routes(this.#directory, { extensions: this.#extensions });
    return Object.fromEntries(routes.map(({ name, filePath }) => [name, filePath]));
  }

  /** The page for a path, a URL, a `Request` or a `Response`, as the disk is now; null: none. */
  match(input) {
    const url = urlOf(input);
    hold(url !== null, 'Expected string, Request or Response');
    const options = { directory: this.#directory, extensions: this.#extensions, origin: this.origin ?? '', assetPrefix: this.assetPrefix ?? '' };
    const match = this.#clients.sync.matchRoute(url, options);
    return match && new MatchedRoute(match);
  }

  /** Throw for what is wrong with the pages: two for one route, a name that cannot be read, no directory. Nothing else needs it. */
  reload() {
    this.#clients.sync.routes(this.#directory, { extensions: this.#extensions, reload: true });
  }
}

function hold(isRight, message) {
  if (!isRight) throw new TypeError(message);
}

const isStrings = (value) => Array.isArray(value) && value.every((item) => typeof item === 'string');

function urlOf(input) {
  if (typeof input === 'string') return input;
  return input instanceof Request || input instanceof Response ? input.url : null;
}

module.exports = { FileSystemRouter, MatchedRoute };
