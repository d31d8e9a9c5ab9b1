'use strict';
/**
 * Answers that are held: asked for once, and told of when they are no longer so.
 *
 * The facts. The daemon tells of changes while a connection lives, and as long as it does not say that it lost count
 * (PROTOCOL.md, "Subscriptions"). What changed meanwhile nobody tells.
 *
 * What we do. After a time away everything is asked again: an answer that differs from the one held is a change like any other.
 * Changes wait to be taken, the last one of each question.
 */

const { isDeepStrictEqual } = require('node:util');

class Subscription {
  #client;
  #isCurrent = false;
  #isClosed = false;
  #renewing = null;
  #changed = new Map();
  #wake = () => {};

  /** `client` is its own, and closed with it. */
  constructor(client) {
    this.#client = client;
    /** By number; of what could not be held there is none. */
    this.questions = [];
    this.answers = [];
  }

  /** Hold more questions, each as for `resolveMany`; their answers. Where that is refused, or nobody answers, none of them is held. */
  async add(questions) {
    const places = questions.map((question) => this.questions.push(question) - 1);
    try {
      if (this.#isCurrent) await this.#hold(places);
      while (!this.#isCurrent) await this.#renew();
    } catch (error) {
      for (const place of places) {
        delete this.questions[place];
        delete this.answers[place];
      }
      throw error;
    }
    return places.map((place) => this.answers[place]);
  }

  /** Wait for changes: `{done: false, value: [{place, question, answer}]}`. Rejects when no daemon answers; may be called again then. */
  async next() {
    while (!this.#isClosed && !this.#changed.size) {
      if (this.#isCurrent) await new Promise((wake) => { this.#wake = wake; });
      else await this.#renew();
    }
    if (this.#isClosed) return { done: true, value: undefined };
    const value = [...this.#changed].map(([place, answer]) => ({ place, question: this.questions[place], answer }));
    this.#changed.clear();
    return { done: false, value };
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  /** The end of a `for await`. */
  async return() {
    this.close();
    return { done: true, value: undefined };
  }

  /** Hold nothing any more; who waits for changes is told that there will be none. */
  close() {
    this.#isClosed = true;
    this.#client.close();
    this.#wake();
  }

  #renew() {
    this.#renewing ??= this.#holdAll().finally(() => { this.#renewing = null; });
    return this.#renewing;
  }

  async #holdAll() {
    this.#isCurrent = true;
    try {
      await this.#hold(Object.keys(this.questions).map(Number));
    } catch (error) {
      this.#isCurrent = false;
      throw error;
    }
  }

  async #hold(places) {
    const tell = (index, answer) => this.#set(places[index], answer);
    const lapse = () => {
      this.#isCurrent = false;
      this.#wake();
    };
    await this.#client.hold(places.map((place) => this.questions[place]), tell, lapse);
  }

  #set(place, answer) {
    const held = this.answers[place];
    if (!(place in this.questions) || isDeepStrictEqual(held, answer)) return;
    this.answers[place] = answer;
    if (held === undefined) return;
    this.#changed.set(place, answer);
    this.#wake();
  }
}

module.exports = { Subscription };
