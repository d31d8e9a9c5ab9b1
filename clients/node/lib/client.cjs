'use strict';
/**
 * The asynchronous client: one connection, any number of questions under way.
 *
 * Questions that are asked in one turn of the event loop go out in one write. A connection that is lost is made again, once
 * for each question; the deadline is for the daemon's silence.
 */

const net = require('node:net');
const { checkOwner, isNobody, refuseWhenOff, socketPath, startDaemon, unavailable } = require('./daemon.cjs');
const { deadlineError, lost } = require('./errors.cjs');
const { fill, json, places, requests, wire } = require('./batches.cjs');
const { Session, answerOf, dependenciesOf, matchFields, matchOf, originOf, profileKey, routeOf, routesFields } = require('./protocol.cjs');
const { Subscription } = require('./subscription.cjs');

const DEADLINE_MS = 10_000;

class Client {
  /**
   * `options`: `socket`, `deadline` (ms that the daemon may be silent), `autostart` (default true), and `background` (default
   * false): then the process may end while something is awaited. A subscription's client `isHolding`: news is always awaited.
   */
  constructor({ socket, deadline = DEADLINE_MS, autostart = true, background = false, isHolding = false } = {}) {
    this.socket = socketPath(socket);
    this.deadline = deadline;
    this.autostart = autostart;
    this.background = background;
    this.isHolding = isHolding;
    this.connection = null;
  }

  /** What one import means. `from` is `{importer}` or `{directory}`, with `kind`, `types`, `profile` and `options`. */
  async resolve(specifier, from) {
    const { origin, isFile } = originOf(from);
    const ask = async (connection) => {
      const profile = await this.#profile(connection, from);
      const [answer] = await connection.ask('resolve', [profile, specifier, origin, isFile, from.kind ?? 'import', from.types ?? false, false]);
      return answerOf(answer);
    };
    return this.#again(ask);
  }

  /** Many questions, each as for `resolve` with its `specifier`; the answers in their order. */
  async resolveMany(questions) {
    const answers = new Array(questions.length);
    const unsaid = await this.#again((connection) => Promise.all(requests(questions).map(async ({ mode, groups }) => {
      const profile = await this.#profile(connection, mode);
      const [told] = await connection.ask('resolveJson', [profile, json(groups), mode.kind, mode.types]);
      return fill(answers, groups, told);
    })));
    await Promise.all(unsaid.flat().map(async (place) => { answers[place] = await this.resolve(questions[place].specifier, questions[place]); }));
    return answers;
  }

  /** As `resolveMany`, and told from then on when an answer is no longer so (subscription.cjs). */
  async subscribe(questions = []) {
    const { socket, deadline, autostart, background } = this;
    const subscription = new Subscription(new Client({ socket, deadline, autostart, background, isHolding: true }));
    await subscription.add(questions);
    return subscription;
  }

  /** For a subscription: have questions held, until `lapse()` is called. `tell(index, answer)` for the first answers and each change. */
  hold(questions, tell, lapse) {
    return this.#again((connection) => {
      connection.session.onLapse = lapse;
      return this.#subscribe(connection, questions, tell);
    });
  }

  /** Every step of one resolve: `{answer, steps: [{depth, text}]}`. */
  async explain(specifier, from) {
    const { origin, isFile } = originOf(from);
    return this.#again(async (connection) => {
      const profile = await this.#profile(connection, from);
      const [[answer, steps]] = await connection.ask('explain', [profile, specifier, origin, isFile, from.kind ?? 'import', from.types ?? false]);
      return { answer: answerOf(answer), steps: steps.map(([depth, text]) => ({ depth, text })) };
    });
  }

  /** As `resolve`, and what the answer depends on: `{answer, files, missing}`. */
  async trace(specifier, from) {
    const { origin, isFile } = originOf(from);
    return this.#again(async (connection) => {
      const profile = await this.#profile(connection, from);
      const [told] = await connection.ask('trace', [profile, specifier, origin, isFile, from.kind ?? 'import', from.types ?? false]);
      return dependenciesOf(told);
    });
  }

  /** The routes of a directory of pages: `[{name, kind, filePath}]`. With `reload` rejects where something is wrong with them. */
  async routes(directory, options) {
    const [routes] = await this.#again((connection) => connection.ask('routes', routesFields(directory, options)));
    return routes.map(routeOf);
  }

  /** The page of a `directory` for a path or a URL, as Bun's router gives it; null: none. */
  async matchRoute(url, options) {
    const [match] = await this.#again((connection) => connection.ask('matchRoute', matchFields(url, options)));
    return matchOf(match);
  }

  /** Void everything that depends on any of the paths; how much that was. */
  async bust(...paths) {
    return this.#voided('bustPaths', [paths]);
  }

  /** Void everything. */
  async bustAll() {
    return this.#voided('bustAll', []);
  }

  /** Tell that an answer's path could not be opened: the daemon looks again. */
  async missing(path) {
    return this.#voided('missing', [path]);
  }

  /** Whether a daemon answers, and which: `{version, pid}`. */
  async ping() {
    return this.#again(async (connection) => {
      await connection.ask('ping', []);
      return { version: connection.session.welcome.version, pid: connection.session.welcome.pid };
    });
  }

  /** Close the connection; a later call opens a new one. */
  close() {
    this.connection?.then((connection) => connection.close(), () => {});
    this.connection = null;
  }

  async #subscribe(connection, questions, tell) {
    const answers = new Array(questions.length);
    await Promise.all(requests(questions).map(async ({ mode, groups }) => {
      const profile = await this.#profile(connection, mode);
      const at = places(groups);
      const [told] = await connection.ask('subscribe', [profile, wire(groups), mode.kind, mode.types], (index, answer) => tell(at[index], answerOf(answer)));
      fill(answers, groups, told.map(answerOf));
    }));
    return answers;
  }

  async #voided(kind, fields) {
    const [[answers = 0, directories = 0, manifests = 0]] = await this.#again((connection) => connection.ask(kind, fields));
    return { answers, directories, manifests };
  }

  /** The number of a profile on a connection. */
  async #profile(connection, { profile = null, options = null }) {
    const key = profileKey(profile, options);
    const { profiles } = connection.session;
    if (!profiles.has(key)) {
      const opened = connection.ask('openProfile', [profile, options, profile === null ? null : process.cwd()]).then(([number]) => number);
      // Who fails is asked again, and not remembered.
      opened.catch(() => profiles.delete(key));
      profiles.set(key, opened);
    }
    return profiles.get(key);
  }

  /** Ask; and once more on a new connection, where the old one was lost. */
  async #again(ask) {
    try {
      return await ask(await this.#connected());
    } catch (error) {
      if (error.code !== 'ERR_RESOLVERD_LOST') throw error;
      return ask(await this.#connected());
    }
  }

  #connected() {
    if (this.connection === null) {
      const opening = this.#open();
      this.connection = opening;
      opening.then(
        (connection) => { connection.onEnd = () => { if (this.connection === opening) this.connection = null; }; },
        () => { if (this.connection === opening) this.connection = null; },
      );
    }
    return this.connection;
  }

  async #open() {
    refuseWhenOff();
    try {
      return await open(this.socket, this);
    } catch (error) {
      if (!isNobody(error) || !this.autostart) throw unavailable(error, this.socket);
    }
    startDaemon(this.socket);
    return open(this.socket, this).catch((error) => { throw unavailable(error, this.socket); });
  }
}

/** A connected socket with its session. It keeps the process alive only while something is awaited. */
class Connection {
  constructor(stream, { deadline, background, isHolding }) {
    this.stream = stream;
    this.deadline = deadline;
    this.background = background;
    this.isHolding = isHolding;
    this.session = new Session('node');
    this.timer = null;
    this.isFlushing = false;
    this.onEnd = () => {};
    this.#rest();
    stream.on('data', (bytes) => this.#receive(bytes));
    stream.on('error', (error) => this.#end(error.message));
    stream.on('close', () => this.#end('the daemon left'));
  }

  ask(kind, fields, tell) {
    return new Promise((resolve, reject) => {
      if (this.stream.destroyed) {
        reject(lost('it was closed'));
        return;
      }
      this.session.ask(kind, fields, (error, reply) => (error ? reject(error) : resolve(reply)), tell);
      this.#await();
      if (!this.isFlushing) {
        this.isFlushing = true;
        queueMicrotask(() => {
          this.isFlushing = false;
          this.stream.write(this.session.encoder.take());
        });
      }
    });
  }

  close() {
    this.stream.destroy();
  }

  #await() {
    if (this.timer === null) {
      if (!this.background) this.stream.ref();
      this.timer = setTimeout(() => this.#fail(deadlineError(this.deadline)), this.deadline);
      if (this.background) this.timer.unref();
    }
  }

  #receive(bytes) {
    try {
      this.session.receive(bytes);
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (this.session.pending.size) this.timer?.refresh();
    else this.#rest();
  }

  #rest() {
    clearTimeout(this.timer);
    this.timer = null;
    if (this.background || !this.isHolding) this.stream.unref();
  }

  #end(why) {
    this.#fail(lost(why));
  }

  #fail(error) {
    this.#rest();
    this.stream.destroy();
    this.onEnd();
    this.session.fail(error);
  }
}

function open(path, options) {
  return new Promise((resolve, reject) => {
    const stream = net.connect(path);
    // A backlog that is full answers EAGAIN at once; nothing here waits for ever.
    stream.once('error', reject);
    stream.once('connect', () => {
      stream.off('error', reject);
      try {
        checkOwner(path);
      } catch (error) {
        stream.destroy();
        reject(error);
        return;
      }
      resolve(new Connection(stream, options));
    });
  });
}

module.exports = { Client };
