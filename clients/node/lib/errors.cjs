'use strict';

/**
 * What a client throws when it could not ask. `code` tells an adapter what to do: with every one of them the tool's own
 * resolver can answer instead.
 *
 * - `ERR_RESOLVERD_OFF`: the user wants no daemon to be asked (RESOLVERD=off)
 * - `ERR_RESOLVERD_UNAVAILABLE`: none answers, and none could be started
 * - `ERR_RESOLVERD_DEADLINE`: it said nothing for too long
 * - `ERR_RESOLVERD_LOST`: the connection ended in the middle of a question, twice
 * - `ERR_RESOLVERD_REFUSED`: it refused; `refusal` has its word for why (PROTOCOL.md)
 */
class ResolverdError extends Error {
  constructor(code, message, refusal = null) {
    super(message);
    this.name = 'ResolverdError';
    this.code = code;
    this.refusal = refusal;
  }
}

module.exports = { ResolverdError };
