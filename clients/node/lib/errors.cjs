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

const lost = (why) => new ResolverdError('ERR_RESOLVERD_LOST', `the connection was lost: ${why}`);

const deadlineError = (ms) => new ResolverdError('ERR_RESOLVERD_DEADLINE', `the daemon said nothing for ${ms} ms; \`resolverd restart\` replaces it`);

const foreign = (socket) => new ResolverdError('ERR_RESOLVERD_UNAVAILABLE', `what is at ${socket} may be another user's; remove it`);

/** As Node's own error: then a daemon is started. */
const nobody = (path) => Object.assign(new Error(`nobody listens at ${path}`), { code: 'ECONNREFUSED' });

module.exports = { ResolverdError, deadlineError, foreign, lost, nobody };
