'use strict';
/**
 * The synchronous client: about half of the tools' hooks cannot wait.
 *
 * The facts. Node has no synchronous socket. But a Unix socket is connected when `net.connect` returns, though its event comes
 * later; its descriptor takes `fs.writeSync` and `fs.readSync`, and does not block: what is not there yet throws EAGAIN. A
 * stream that is paused before it is connected never reads.
 *
 * What we do. Write, then read until the reply is there: at once some times, as the daemon answers faster than a thread falls
 * asleep, then with pauses that grow, up to the deadline. So a daemon that was stopped costs a tool the deadline and no more.
 * With koffi (optional) one `poll` waits instead, and the answer table is read first (table.cjs).
 */

const fs = require('node:fs');
const net = require('node:net');
const { checkOwner, isNobody, refuseWhenOff, socketPath, startDaemon, unavailable } = require('./daemon.cjs');
const { originOf } = require('./client.cjs');
const { ResolverdError } = require('./errors.cjs');
const { Session, answerOf, profileKey } = require('./protocol.cjs');
const { TableSource } = require('./table.cjs');

const DEADLINE_MS = 10_000;
const EAGER = 40;
const RECEIVE_BYTES = 256 * 1024;

const cell = new Int32Array(new SharedArrayBuffer(4));
const sleep = (ms) => Atomics.wait(cell, 0, 0, ms);

class SyncClient {
  /** `options`: `socket`, `deadline` (ms that the daemon may be silent), `autostart` and `table` (default true). */
  constructor({ socket, deadline = DEADLINE_MS, autostart = true, table = true } = {}) {
    this.socket = socketPath(socket);
    this.deadline = deadline;
    this.autostart = autostart;
    this.connection = null;
    this.table = new TableSource(this.socket, table);
  }

  /** What one import means. `from` is `{importer}` or `{directory}`, with `kind`, `types`, `profile` and `options`. */
  resolve(specifier, from) {
    const { origin, isFile } = originOf(from);
    const key = profileKey(from.profile, from.options);
    const warm = from.types ? null : this.warm(key, specifier, origin, isFile, from.kind ?? 'import');
    if (warm !== null) return warm.answer;
    return this.#again((connection) => {
      const profile = this.#profile(connection, key, from);
      const [answer] = connection.ask('resolve', [profile, specifier, origin, isFile, from.kind ?? 'import', from.types ?? false, false]);
      this.table.settle(connection.session);
      return answerOf(answer);
    });
  }

  /** What the answer table knows (table.cjs, `Known`), for those who keep the key of their options (`profileKey`); null: ask. */
  warm(key, specifier, origin, isFile, kind) {
    if (this.table.table === null || this.connection === null) return null;
    return this.table.find(this.connection.session, key, specifier, origin, isFile, kind);
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
    this.table.close();
    this.connection?.close();
    this.connection = null;
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
      return ask(this.connection);
    } catch (error) {
      // A refusal leaves the connection as it was; after anything else a reply may be under way that nobody waits for.
      if (error.code !== 'ERR_RESOLVERD_REFUSED') this.close();
      throw error;
    }
  }

  #open() {
    refuseWhenOff();
    try {
      return new SyncConnection(this.socket, this.deadline);
    } catch (error) {
      if (!isNobody(error) || !this.autostart) throw unavailable(error, this.socket);
    }
    startDaemon(this.socket);
    try {
      return new SyncConnection(this.socket, this.deadline);
    } catch (error) {
      throw unavailable(error, this.socket);
    }
  }
}

class SyncConnection {
  constructor(path, deadline) {
    this.deadline = deadline;
    this.session = new Session('node-sync');
    this.buffer = Buffer.allocUnsafe(RECEIVE_BYTES);
    // What a connect fails with comes as an event, too late for us; what is wrong with the path is seen here.
    fs.accessSync(path, fs.constants.W_OK);
    this.stream = new net.Socket();
    this.stream.on('error', () => {});
    this.stream.pause();
    this.stream.connect(path);
    this.stream.unref();
    this.fd = this.stream._handle?.fd ?? -1;
    if (this.fd < 0) throw nobody(path);
    try {
      checkOwner(path);
      this.#send();
      while (this.session.welcome === null) this.#receive(Date.now() + this.deadline);
    } catch (error) {
      this.close();
      // Not connected (ENOTCONN, EPIPE), or to one that left before it said a word.
      throw error.code === 'ERR_RESOLVERD_LOST' ? nobody(path) : error;
    }
  }

  ask(kind, fields) {
    let failure = null;
    let told = null;
    this.session.ask(kind, fields, (error, reply) => {
      failure = error;
      told = reply;
    });
    this.#send();
    const until = Date.now() + this.deadline;
    while (told === null && failure === null) this.#receive(until);
    if (failure) throw failure;
    return told;
  }

  close() {
    this.stream.destroy();
  }

  #send() {
    const bytes = this.session.encoder.take();
    const until = Date.now() + this.deadline;
    for (let sent = 0, tries = 0; sent < bytes.length; tries++) {
      try {
        sent += fs.writeSync(this.fd, bytes, sent);
      } catch (error) {
        this.#wait(error, tries, until);
      }
    }
  }

  #receive(until) {
    for (let tries = 0; ; tries++) {
      try {
        const count = fs.readSync(this.fd, this.buffer);
        if (count === 0) throw lost('the daemon left');
        this.session.receive(this.buffer.subarray(0, count));
        return;
      } catch (error) {
        this.#wait(error, tries, until);
      }
    }
  }

  /** Wait a while for what was not ready; throws what was anything else, and when it is too late. */
  #wait(error, tries, until) {
    if (error instanceof ResolverdError) throw error;
    if (error.code !== 'EAGAIN') throw lost(error.message);
    if (tries < EAGER) return;
    if (Date.now() > until) {
      throw new ResolverdError('ERR_RESOLVERD_DEADLINE', `the daemon said nothing for ${this.deadline} ms; \`resolverd restart\` replaces it`);
    }
    sleep(Math.min(5, 0.05 * (tries - EAGER + 1)));
  }
}

const lost = (why) => new ResolverdError('ERR_RESOLVERD_LOST', `the connection was lost: ${why}`);

const nobody = (path) => Object.assign(new Error(`nobody listens at ${path}`), { code: 'ECONNREFUSED' });

module.exports = { SyncClient };
