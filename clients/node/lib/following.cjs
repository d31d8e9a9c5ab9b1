'use strict';
/**
 * The answers that a watching tool was given, and word when one of them is no longer so.
 *
 * The facts. A tool watches the files that it has read. That an import means another file, because a package was installed, a
 * package.json edited, a file created that had been missing, happens elsewhere; the daemon tells of it (client.subscribe). Its word
 * comes after the change, and a tool may be building again by then.
 *
 * What we do. A question is asked when the tool asks it, so that its answer is of now, and held from then on. What was told last
 * is remembered by the question: who hears the same again is told nothing. While no daemon answers, the tool's own watching is what
 * there is; we look for one in the background, and start none.
 */

const { setTimeout: sleep } = require('node:timers/promises');
const { isDeepStrictEqual } = require('node:util');
const { ResolverdError } = require('./errors.cjs');

const RETRY_MS = 1_000;

class Following {
  #asker;
  #changed;
  #told = new Map();
  #fresh = [];
  #subscription = null;
  #isClosed = false;

  /** `changed` is called with `[{question, before, answer}]`, the answers before and now. */
  constructor(asker, changed) {
    this.#asker = asker;
    this.#changed = changed;
  }

  /** As the asker's `resolve`; a question names the `module` that imports, and its `specifier` once more. */
  async resolve(specifier, question) {
    const answer = await this.#asker.resolve(specifier, question);
    if (answer === null) return null;
    const key = keyOf(question);
    if (!this.#told.has(key)) this.#hold(question);
    this.#told.set(key, answer);
    return answer;
  }

  /** The questions that have another answer by now; for a tool that does not ask them again by itself. */
  async outdated() {
    const questions = this.#subscription?.questions.filter(Boolean) ?? [];
    const answers = questions.length ? await this.#asker.resolveMany(questions) : null;
    return answers === null ? [] : questions.filter((question, place) => isAnother(this.#told.get(keyOf(question)), answers[place]));
  }

  close() {
    this.#isClosed = true;
    this.#letGo();
  }

  #letGo() {
    this.#subscription?.close();
    this.#subscription = null;
    this.#told.clear();
  }

  /** Hold a question, with those that are asked in the same turn. */
  #hold(question) {
    if (this.#fresh.push(question) === 1) setImmediate(() => this.#holdFresh());
  }

  async #holdFresh() {
    const questions = this.#fresh.splice(0);
    if (this.#isClosed) return;
    if (this.#subscription === null) {
      this.#subscription = this.#asker.subscription();
      this.#listen(this.#subscription);
    }
    try {
      const answers = await this.#subscription.add(questions);
      this.#compare(questions.map((question, place) => ({ question, answer: answers[place] })));
    } catch (error) {
      this.#asker.doWithoutNews(error);
      // What is asked again is held again. A server that lives for long has questions that nobody asks any more.
      if (error.refusal === 'limit-reached') this.#letGo();
      else for (const question of questions) this.#told.delete(keyOf(question));
    }
  }

  async #listen(subscription) {
    while (this.#subscription === subscription) {
      try {
        for await (const changes of subscription) this.#compare(changes);
      } catch (error) {
        if (!(error instanceof ResolverdError)) throw error;
        await sleep(RETRY_MS, null, { ref: false });
      }
    }
  }

  #compare(news) {
    const changes = news.map(({ question, answer }) => ({ question, before: this.#told.get(keyOf(question)), answer })).filter(({ before, answer }) => isAnother(before, answer));
    if (changes.length) this.#changed(changes);
  }
}

const keyOf = ({ specifier, module, kind }) => `${kind}\0${module}\0${specifier}`;

/** Whether a tool would do something else with an answer than with the one before; why a failure is one does not matter. */
const isAnother = (before, { error: _, ...answer }) => before !== undefined && !isDeepStrictEqual({ ...before, error: null }, { ...answer, error: null });

module.exports = { Following };
