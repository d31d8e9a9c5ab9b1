'use strict';
/**
 * What each adapter asks through: the daemon where it answers, and else nobody, so that the tool's own resolver does.
 *
 * The facts. A tool has a resolver of its own, which is right too; what must not be is that it waits, or fails, for the daemon.
 * A daemon may be forbidden, absent, of another version, stopped, or killed in the middle of a question.
 *
 * What we do. Whatever keeps a question from being asked is said once in a process, in one line, and makes the daemon *away*: from
 * then on every question is null at once. So a silent daemon costs one deadline in all, also where a thousand questions wait for
 * it. While it is away, a question that comes RETRY_MS after the last try knocks once more in the background, keeping neither
 * itself nor the process waiting: a daemon that is there again is used again.
 */

const { Client } = require('./client.cjs');
const { ResolverdError } = require('./errors.cjs');
const { Subscription } = require('./subscription.cjs');
const { SyncClient } = require('./sync.cjs');

const DEADLINE_MS = 2_000;
const RETRY_MS = 1_000;

let isSaid = false;

/** Say why the tool resolves by itself; once in a process. */
function say(tool, error, consequence = 'resolves by itself') {
  if (isSaid) return;
  isSaid = true;
  const why = error.refusal === 'unsupported-request' ? 'the daemon is of another version; `resolverd restart` replaces it' : error.message;
  process.stderr.write(`resolverd: ${why.replace(/\s+/g, ' ')} (${tool} ${consequence})\n`);
}

class Asker {
  #options;
  #client = null;
  #syncClient = null;
  #isAway = false;
  #triedAt = 0;

  /** `tool` is its name, to be said; `options` are the client's. */
  constructor(tool, { socket, deadline = DEADLINE_MS, autostart = true } = {}) {
    this.tool = tool;
    this.#options = { socket, deadline, autostart };
  }

  /** What an import means, as the client's `resolve`; null: ask somebody else. */
  resolve(specifier, from) {
    return this.#ask((client) => client.resolve(specifier, from));
  }

  /** The same with what the answer depends on, as the client's `trace`. */
  trace(specifier, from) {
    return this.#ask((client) => client.trace(specifier, from));
  }

  /** Many at once, as the client's `resolveMany`. */
  resolveMany(questions) {
    return this.#ask((client) => client.resolveMany(questions));
  }

  /** A subscription that holds nothing yet; it starts no daemon and keeps no process. */
  subscription() {
    return new Subscription(new Client({ ...this.#options, autostart: false, background: true }));
  }

  /** Where a subscription failed: for want of a daemon the next question says so, a refusal says nobody else. */
  doWithoutNews(error) {
    if (!(error instanceof ResolverdError)) throw error;
    if (error.code === 'ERR_RESOLVERD_REFUSED') say(this.tool, error, 'is told of fewer changes');
  }

  /** As `resolve`, for hooks that cannot wait. */
  resolveSync(specifier, from) {
    if (this.#stayAway()) return null;
    try {
      this.#syncClient ??= new SyncClient(this.#options);
      return this.#syncClient.resolve(specifier, from);
    } catch (error) {
      return this.#lose(error);
    }
  }

  async #ask(question) {
    if (this.#stayAway()) return null;
    try {
      this.#client ??= new Client(this.#options);
      return await question(this.#client);
    } catch (error) {
      return this.#lose(error);
    }
  }

  #lose(error) {
    if (!(error instanceof ResolverdError)) throw error;
    say(this.tool, error);
    this.#isAway = true;
    this.#triedAt = Date.now();
    return null;
  }

  #stayAway() {
    if (this.#isAway && Date.now() - this.#triedAt >= RETRY_MS) {
      this.#triedAt = Date.now();
      this.#knock();
    }
    return this.#isAway;
  }

  async #knock() {
    const client = new Client({ ...this.#options, autostart: false, background: true });
    try {
      await client.ping();
      this.#isAway = false;
    } catch (error) {
      if (!(error instanceof ResolverdError)) throw error;
    } finally {
      client.close();
    }
  }
}

module.exports = { Asker };
