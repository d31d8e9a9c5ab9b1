'use strict';
/**
 * The synchronous client: about half of the tools' hooks cannot wait.
 *
 * With koffi (optional) the answer table is read first, and a socket that blocks asks for the rest; without, a descriptor is
 * polled (polled.cjs). A daemon that was stopped costs a tool the deadline and no more.
 */

const fs = require('node:fs');
const { isNobody, refuseWhenOff, socketPath, startDaemon, unavailable } = require('./daemon.cjs');
const { nobody } = require('./errors.cjs');
const { calls } = require('./libc.cjs');
const { Session, answerOf, matchFields, matchOf, originOf, profileKey, routeOf, routesFields } = require('./protocol.cjs');

const DEADLINE_MS = 10_000;
/** A connection's questions before it fetches the table: who asks once does without. */
const AFTER = 2;
/** Answers out of the table before a poll stands for it: 0.4 µs less for each, and a process ends 40 ms later. */
const STANDS_AFTER = 100_000;

class SyncClient {
  /** `options`: `socket`, `deadline` (ms that the daemon may be silent), `autostart`, `table` (default true) and `standsAfter`. */
  constructor({ socket, deadline = DEADLINE_MS, autostart = true, table = true, standsAfter = STANDS_AFTER } = {}) {
    this.socket = socketPath(socket);
    this.deadline = deadline;
    this.autostart = autostart;
    this.isTableWanted = table;
    this.connection = null;
    /** How many answers came out of a table. */
    this.hits = 0;
    this.standsAfter = standsAfter;
    this.standsAt = standsAfter;
    /** A poll that stands (standing_poll.cjs), for the table of the moment and those after it. */
    this.poll = null;
    // What a thread opened through koffi, nobody closes for it. (`worker_threads` says the same, and takes 3 ms to load.)
    if (process.chdir.disabled) process.once('exit', () => this.close());
  }

  /** What one import means. `from` is `{importer}` or `{directory}`, with `kind`, `types`, `profile` and `options`. */
  resolve(specifier, from) {
    const { origin, isFile } = originOf(from);
    const key = profileKey(from.profile, from.options);
    const warm = from.types ? null : this.warm(key, specifier, origin, isFile, from.kind ?? 'import');
    if (warm !== null) return this.answerOf(warm);
    return this.#again((connection) => {
      // Not for what is asked in batches, which reads no table.
      connection.renewTable(this.poll);
      const profile = this.#profile(connection, key, from);
      const [answer] = connection.ask('resolve', [profile, specifier, origin, isFile, from.kind ?? 'import', from.types ?? false, false]);
      return answerOf(answer);
    });
  }

  /** Many questions, each as for `resolve` with its `specifier`; the answers in their order. */
  resolveMany(questions) {
    const { fill, json, requests } = require('./batches.cjs');
    const answers = new Array(questions.length);
    for (const { mode, groups } of requests(questions)) {
      const key = profileKey(mode.profile, mode.options);
      const [told] = this.#again((connection) => connection.ask('resolveJson', [this.#profile(connection, key, mode), json(groups), mode.kind, mode.types]));
      for (const place of fill(answers, groups, told)) answers[place] = this.resolve(questions[place].specifier, questions[place]);
    }
    return answers;
  }

  /** What the answer table knows (table.cjs, `Known`), for those who keep the key of their options (`profileKey`); null: ask. */
  warm(key, specifier, origin, isFile, kind) {
    const table = this.connection?.table ?? null;
    const known = table && table.find(key, specifier, origin, isFile, kind);
    if (known !== null && ++this.hits === this.standsAt) this.#stand(table);
    return known;
  }

  /** The whole answer of what `warm` has just given. */
  answerOf(warm) {
    return this.connection.table.answerOf(warm);
  }

  /** The routes of a directory of pages: `[{name, kind, filePath}]`. With `reload` throws where something is wrong with them. */
  routes(directory, options) {
    const [routes] = this.#again((connection) => connection.ask('routes', routesFields(directory, options)));
    return routes.map(routeOf);
  }

  /** The page of a `directory` for a path or a URL, as Bun's router gives it; null: none. */
  matchRoute(url, options) {
    const [match] = this.#again((connection) => connection.ask('matchRoute', matchFields(url, options)));
    return matchOf(match);
  }

  /** Void everything that depends on any of the paths; how much that was. */
  bust(...paths) {
    return this.#voided('bustPaths', [paths]);
  }

  /** Void everything. */
  bustAll() {
    return this.#voided('bustAll', []);
  }

  /** Tell that an answer's path could not be opened: the daemon looks again. */
  missing(path) {
    return this.#voided('missing', [path]);
  }

  /** Close the connection; a later call opens a new one. */
  close() {
    this.connection?.close();
    this.connection = null;
    this.poll?.close();
    this.poll = null;
    this.standsAt = this.hits + this.standsAfter;
  }

  #stand(table) {
    const { StandingPoll } = require('./standing_poll.cjs');
    try {
      this.poll = new StandingPoll();
    } catch {
      return; // then each answer has its call
    }
    table.stand(this.poll);
  }

  #voided(kind, fields) {
    const [[answers = 0, directories = 0, manifests = 0]] = this.#again((connection) => connection.ask(kind, fields));
    return { answers, directories, manifests };
  }

  #profile(connection, key, { profile = null, options = null }) {
    const { profiles, modes } = connection.session;
    if (!profiles.has(key)) {
      const [number, known = []] = connection.ask('openProfile', [profile, options, profile === null ? null : process.cwd()]);
      profiles.set(key, number);
      if (known.length) modes.set(key, known);
    }
    return profiles.get(key);
  }

  /** Ask; and once more on a new connection, where the old one was lost. */
  #again(ask) {
    try {
      return this.#ask(ask);
    } catch (error) {
      if (error.code !== 'ERR_RESOLVERD_LOST') throw error;
      return this.#ask(ask);
    }
  }

  #ask(ask) {
    this.connection ??= this.#open();
    try {
      const told = ask(this.connection);
      this.connection.settle();
      return told;
    } catch (error) {
      // A refusal leaves the connection as it was; after anything else a reply may be under way that nobody waits for.
      if (error.code !== 'ERR_RESOLVERD_REFUSED') this.close();
      throw error;
    }
  }

  #open() {
    refuseWhenOff();
    const connect = () => new SyncConnection(this.socket, this.deadline, this.isTableWanted);
    try {
      return connect();
    } catch (error) {
      if (!isNobody(error) || !this.autostart) throw unavailable(error, this.socket);
    }
    startDaemon(this.socket);
    try {
      return connect();
    } catch (error) {
      throw unavailable(error, this.socket);
    }
  }
}

/** A conversation in which each question waits for its reply, and the table that it was given. */
class SyncConnection {
  #socket;
  #asked = 0;
  #isTableWanted;

  constructor(path, deadline, isTableWanted) {
    this.session = new Session('node-sync');
    this.table = null;
    this.#isTableWanted = isTableWanted && calls() !== null;
    this.#socket = connect(path, deadline);
    try {
      this.#socket.send(this.session.encoder.take());
      while (this.session.welcome === null) this.session.receive(this.#socket.receive());
    } catch (error) {
      this.close();
      // Not connected (ENOTCONN, EPIPE), or to one that left before it said a word.
      throw error.code === 'ERR_RESOLVERD_LOST' ? nobody(path) : error;
    }
  }

  ask(kind, fields, receive = () => this.#socket.receive()) {
    let failure = null;
    let told = null;
    this.session.ask(kind, fields, (error, reply) => {
      failure = error;
      told = reply;
    });
    this.#socket.send(this.session.encoder.take());
    while (told === null && failure === null) this.session.receive(receive());
    if (failure) throw failure;
    return told;
  }

  /** Fetch the table when that pays, and the next one when it was retired. */
  renewTable(poll) {
    if (this.table?.isRetired) this.#dropTable();
    if (this.table !== null || !this.#isTableWanted || ++this.#asked <= AFTER) return;
    this.table = this.#openTable();
    this.table?.stand(poll);
  }

  /** The daemon has answered a question that was asked after the table was looked at. */
  settle() {
    this.table?.settle();
  }

  close() {
    this.#dropTable();
    this.#socket.close();
  }

  #openTable() {
    const { Table } = require('./table.cjs');
    const descriptors = [];
    try {
      this.ask('openTable', [], () => this.#receiveWith(descriptors));
      return new Table(descriptors, this.session.modes);
    } catch (error) {
      descriptors.forEach((descriptor) => fs.closeSync(descriptor));
      if (error.code === 'ERR_RESOLVERD_LOST' || error.code === 'ERR_RESOLVERD_DEADLINE') throw error;
      // There is none to be had; the socket answers everything.
      this.#isTableWanted = false;
      return null;
    }
  }

  #receiveWith(descriptors) {
    const received = this.#socket.receiveWithDescriptors();
    descriptors.push(...received.descriptors);
    return received.bytes;
  }

  #dropTable() {
    this.table?.close();
    this.table = null;
  }
}

function connect(path, deadline) {
  if (calls() === null) return new (require('./polled.cjs').PolledSocket)(path, deadline);
  return new (require('./blocking.cjs').BlockingSocket)(path, deadline);
}

module.exports = { SyncClient };
