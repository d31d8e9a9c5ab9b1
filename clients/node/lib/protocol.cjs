'use strict';
/** The protocol's messages (clients/PROTOCOL.md): values in, frames out, and back. */

const { Encoder, decode } = require('./messagepack.cjs');
const { ResolverdError, lost } = require('./errors.cjs');
const { version } = require('../package.json');

const PROTOCOL = 1;
const TAGS = { hello: 1, openProfile: 2, resolve: 3, resolveMany: 4, missing: 5, explain: 6, bustPaths: 7, bustSpecifier: 8, bustAll: 9, stats: 10, status: 11, ping: 12, subscribe: 14, unsubscribe: 15, openTable: 19, trace: 20, routes: 21, matchRoute: 22, resolveJson: 23 };
const REPLIES = { 64: 'welcome', 65: 'refused', 66: 'profileOpened', 67: 'resolved', 68: 'resolvedMany', 69: 'voided', 70: 'explained', 71: 'stats', 72: 'health', 73: 'pong', 75: 'changed', 76: 'askAgain', 77: 'unsubscribed', 81: 'tableOpened', 82: 'traced', 83: 'routesTold', 84: 'routeMatched', 85: 'resolvedJson' };
/** Replies that come in parts. */
const PARTED = new Set(['resolvedMany', 'resolvedJson', 'routesTold']);
const LARGEST_REPLY = 64 * 1024 * 1024;

/** Cuts a stream of bytes into payloads. What is not whole is kept in the pieces that came, and put together once. */
class Framer {
  #pieces = [];
  #length = 0;
  #wanted = 4;

  /** The payloads that are whole now; good until the caller takes its bytes back. */
  receive(bytes) {
    this.#length += bytes.length;
    if (this.#length < this.#wanted) {
      this.#pieces.push(Buffer.from(bytes));
      return [];
    }
    return this.#cut(this.#pieces.length ? Buffer.concat([...this.#pieces, bytes]) : bytes);
  }

  #cut(data) {
    const payloads = [];
    let start = 0;
    for (;;) {
      this.#wanted = 4;
      if (data.length - start < 4) break;
      const size = data.readUInt32LE(start);
      if (size > LARGEST_REPLY) throw lost(`a reply of ${size} bytes`);
      this.#wanted += size;
      if (data.length - start < this.#wanted) break;
      payloads.push(data.subarray(start + 4, start + this.#wanted));
      start += this.#wanted;
    }
    this.#length = data.length - start;
    this.#pieces = this.#length ? [Buffer.from(data.subarray(start))] : [];
    return payloads;
  }
}

/** One connection's state: numbers requests, keeps replies until they are complete, remembers which profiles are open. */
class Session {
  constructor(client) {
    this.encoder = new Encoder();
    this.framer = new Framer();
    this.pending = new Map();
    this.profiles = new Map();
    this.modes = new Map();
    /** Who is told of the answers to a `subscribe`, by its number: `tell(index, answer)`. */
    this.held = new Map();
    /** Called when every subscription has ended. */
    this.onLapse = () => {};
    this.welcome = null;
    this.last = 0;
    this.encoder.frame([TAGS.hello, PROTOCOL, client, version, []]);
  }

  /** Queue a request; `settle(error, reply)` is called once its reply is complete. `tell`: see `held`. */
  ask(kind, fields, settle, tell) {
    const id = ++this.last;
    if (tell) this.held.set(id, tell);
    this.encoder.frame([TAGS[kind], id, ...fields]);
    this.pending.set(id, { settle, parts: [] });
    return id;
  }

  receive(bytes) {
    for (const payload of this.framer.receive(bytes)) this.take(decode(payload));
  }

  take([tag, id, ...fields]) {
    const kind = REPLIES[tag];
    if (kind === 'welcome') {
      this.welcome = { protocol: id, version: fields[0], pid: fields[1] };
      return;
    }
    if (kind === 'changed') {
      for (const [index, answer] of fields[0]) this.held.get(id)?.(index, answer);
      return;
    }
    if (kind === 'askAgain') {
      this.#lapse();
      return;
    }
    const refused = kind === 'refused' ? new ResolverdError('ERR_RESOLVERD_REFUSED', fields[1], fields[0]) : null;
    if (refused && id === 0) throw refused;
    const waiting = this.pending.get(id);
    if (!waiting) return;
    if (kind === 'resolvedJson') fields[0] = JSON.parse(text(fields[0]));
    if (PARTED.has(kind)) {
      const tell = this.held.get(id);
      // Now, since what changed after that may come with it.
      if (tell) fields[0].forEach((answer, index) => tell(waiting.parts.length + index, answer));
      waiting.parts.push(...fields[0]);
      if (!fields[1]) return;
      fields[0] = waiting.parts;
    }
    this.pending.delete(id);
    waiting.settle(refused, fields);
  }

  /** Give every request up. */
  fail(error) {
    const waiting = [...this.pending.values()];
    this.pending.clear();
    for (const { settle } of waiting) settle(error, null);
    this.#lapse();
  }

  #lapse() {
    this.held.clear();
    this.onLapse();
  }
}

/** A path of the wire as people have it. */
const text = (value) => (Buffer.isBuffer(value) ? value.toString('utf8') : value);

const textOrNull = (value) => (value == null ? null : text(value));

/** An `Answer` of the wire as people have it. (By index: to take an array apart in the parameters is compiled to much, and often anew.) */
function answerOf(fields) {
  const error = fields[8];
  return {
    status: fields[0],
    path: textOrNull(fields[1]),
    query: fields[2] ?? '',
    fragment: fields[3] ?? '',
    builtin: fields[4] ?? null,
    format: fields[5] ?? null,
    packageJson: textOrNull(fields[6]),
    sideEffects: fields[7] ?? null,
    error: error ? { code: error[0], message: text(error[1]), tried: (error[2] ?? []).map(text) } : null,
  };
}

/** A `Dependencies` of the wire as people have it. */
const dependenciesOf = ([answer, files = [], missing = []]) => ({ answer: answerOf(answer), files: files.map(text), missing: missing.map(text) });

/** A `Route` of the wire as people have it. */
const routeOf = ([name, kind, file]) => ({ name: text(name), kind, filePath: text(file) });

/** A `RouteMatch` of the wire under the names of Bun's router; null where nothing matches. */
function matchOf(match) {
  if (match == null) return null;
  const [name, kind, file, pathname, query, params, , src] = match;
  const texts = (values) => Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Array.isArray(value) ? value.map(text) : text(value)]));
  return { name: text(name), kind, filePath: text(file), pathname: text(pathname), query: texts(query), params: texts(params), src: text(src), scriptSrc: text(src) };
}

/** The fields of a request for routes, and of one for a match. */
const routesFields = (directory, { extensions = [], reload = false } = {}) => [directory, extensions, reload];
const matchFields = (url, { directory, extensions = [], origin = '', assetPrefix = '' }) => [directory, url, extensions, origin, assetPrefix];

/** What tells one set of options from another. Who asks often freezes its options: then they are written out once. */
const profileKey = (profile, options) => `[${JSON.stringify(profile ?? null)},${written(options ?? null)}]`;

const texts = new WeakMap();

function written(options) {
  if (options === null || !Object.isFrozen(options)) return JSON.stringify(options);
  let text = texts.get(options);
  if (text === undefined) texts.set(options, (text = JSON.stringify(options)));
  return text;
}

/** Where a question is asked from. */
function originOf({ importer, directory } = {}) {
  const origin = importer ?? directory;
  if (typeof origin !== 'string' || (importer !== undefined && directory !== undefined)) {
    throw new TypeError('give either importer (a file) or directory, as an absolute path');
  }
  return { origin, isFile: importer !== undefined };
}

module.exports = { Session, answerOf, dependenciesOf, matchFields, matchOf, originOf, profileKey, routeOf, routesFields, text };
