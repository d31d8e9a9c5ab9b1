'use strict';
/** Many questions as few requests, and their replies as answers in the questions' order. */

const { originOf } = require('./protocol.cjs');

const PART = 4096;

/**
 * Questions in requests of a bounded number of specifiers: those of one mode (profile, options, kind, types) by origin, each group
 * with the `indices` of its questions.
 */
function requests(questions) {
  const modes = new Modes();
  for (let index = 0; index < questions.length; index++) {
    const question = questions[index];
    const { origin, isFile } = originOf(question);
    const { origins } = modes.of(question, isFile);
    let group = origins.get(origin);
    if (group === undefined) origins.set(origin, (group = { origin, isFile, specifiers: [], indices: [] }));
    group.specifiers.push(question.specifier);
    group.indices.push(index);
  }
  return modes.all.flatMap((mode) => cut([...mode.origins.values()]).map((groups) => ({ mode, groups })));
}

/** The modes of one call's questions. Who asks a lot hands over the same options each time, and often asks for one mode after another. */
class Modes {
  all = [];
  /** The modes with the same options, by the object and by its text. */
  #byOptions = new Map();
  #byText = new Map();

  of({ profile = null, options = null, kind = 'import', types = false }, isFile) {
    const same = this.#byOptions.get(options) ?? this.#read(options);
    for (let index = 0; index < same.length; index++) {
      const mode = same[index];
      if (mode.kind === kind && mode.isFile === isFile && mode.profile === profile && mode.types === types) return mode;
    }
    const mode = { profile, options, kind, types, isFile, origins: new Map() };
    same.push(mode);
    this.all.push(mode);
    return mode;
  }

  #read(options) {
    const text = JSON.stringify(options);
    const same = this.#byText.get(text) ?? [];
    this.#byText.set(text, same);
    this.#byOptions.set(options, same);
    return same;
  }
}

/** The groups of a request on the wire. */
const wire = (groups) => groups.map(({ origin, isFile, specifiers }) => [origin, isFile, specifiers]);

/** The same in JSON. Half of a surrogate pair stands for no byte: it becomes what Node writes for it everywhere. */
function json(groups) {
  const text = JSON.stringify(wire(groups));
  return text.includes('\\ud') ? text.replace(/\\(?:\\|ud[0-9a-f]{3})/g, (escape) => (escape === '\\\\' ? escape : '\ufffd')) : text;
}

/** The questions of a request, in the order of its answers. */
const places = (groups) => groups.flatMap(({ indices }) => indices);

/** Put a request's answers in their places; gives the places of those that JSON could not say. */
function fill(answers, groups, told) {
  const unsaid = [];
  let index = 0;
  for (const { indices } of groups) {
    for (const place of indices) {
      const answer = told[index++];
      if (answer === null) unsaid.push(place);
      else answers[place] = answer;
    }
  }
  return unsaid;
}

/** Cut groups into requests. */
function cut(groups) {
  const parts = [];
  let part = [];
  let room = PART;
  for (const group of groups.flatMap(split)) {
    if (group.specifiers.length > room) {
      parts.push(part);
      part = [];
      room = PART;
    }
    part.push(group);
    room -= group.specifiers.length;
  }
  if (part.length) parts.push(part);
  return parts;
}

/** A group in groups that are no larger than a request. */
function split(group) {
  if (group.specifiers.length <= PART) return [group];
  const { specifiers, indices, ...from } = group;
  const parts = [];
  for (let start = 0; start < specifiers.length; start += PART) {
    parts.push({ ...from, specifiers: specifiers.slice(start, start + PART), indices: indices.slice(start, start + PART) });
  }
  return parts;
}

module.exports = { fill, json, places, requests, wire };
