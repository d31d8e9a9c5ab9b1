'use strict';
/** Where the daemon listens, and starting one. */

const fs = require('node:fs');
const path = require('node:path');
const { ResolverdError, foreign } = require('./errors.cjs');

const START_MS = 20_000;

/** The socket of this user's daemon (PROTOCOL.md, "Transport"). */
function socketPath(given) {
  if (given) return path.resolve(given);
  const { RESOLVERD_SOCKET, XDG_RUNTIME_DIR } = process.env;
  if (RESOLVERD_SOCKET) return RESOLVERD_SOCKET;
  const runtime = XDG_RUNTIME_DIR && path.isAbsolute(XDG_RUNTIME_DIR) ? XDG_RUNTIME_DIR.replace(/\/+$/, '') + '/resolverd' : `/tmp/resolverd-${process.getuid()}`;
  return `${runtime}/socket`;
}

/** Throw where the user wants no daemon to be asked. */
function refuseWhenOff() {
  if ((process.env.RESOLVERD ?? '').toLowerCase() === 'off') {
    throw new ResolverdError('ERR_RESOLVERD_OFF', 'RESOLVERD=off: no daemon is asked or started');
  }
}

/**
 * See that who owns the socket is this user, or root (systemd): in a shared directory anybody may listen. Node tells nothing
 * of a connection's other end, so it is the file that is looked at, and its directory, in which nobody else may write.
 */
function checkOwner(socket) {
  const { uid: owner } = fs.lstatSync(socket);
  // Last: Node's realpathSync, and so require, gives up in the middle of a path if the last stat was of a socket.
  const directory = fs.statSync(path.dirname(socket));
  const isForeign = [owner, directory.uid].some((uid) => uid !== process.getuid() && uid !== 0);
  const isShared = directory.mode & 0o022 && !(directory.mode & 0o1000);
  if (isForeign || isShared) throw foreign(socket);
}

/** Start a daemon, unless that is forbidden; `resolverd start` returns when it listens, and so do all who start one at once. */
function startDaemon(socket) {
  refuseWhenOff();
  if (process.env.RESOLVERD_NO_AUTOSTART) {
    throw new ResolverdError('ERR_RESOLVERD_UNAVAILABLE', `no daemon answers at ${socket}, and RESOLVERD_NO_AUTOSTART forbids starting one`);
  }
  // Loaded here: it takes a tool's start a millisecond and more, and seldom is needed.
  const { spawnSync } = require('node:child_process');
  const command = process.env.RESOLVERD_BIN || 'resolverd';
  const done = spawnSync(command, ['start', '--socket', socket], { encoding: 'utf8', timeout: START_MS, stdio: ['ignore', 'ignore', 'pipe'] });
  if (done.error || done.status !== 0) {
    const why = done.error ? `${command}: ${done.error.code}` : (done.stderr || `exit code ${done.status}`).trim();
    throw new ResolverdError('ERR_RESOLVERD_UNAVAILABLE', `no daemon answers at ${socket}, and none could be started (${why})`);
  }
}

/** Whether a connect failed because no daemon runs. */
const isNobody = (error) => error.code === 'ENOENT' || error.code === 'ECONNREFUSED';

/** What a connect failed with, as the client's own error. */
function unavailable(error, socket) {
  if (error instanceof ResolverdError) return error;
  return new ResolverdError('ERR_RESOLVERD_UNAVAILABLE', `no daemon answers at ${socket}: ${error.message}`);
}

module.exports = { checkOwner, isNobody, refuseWhenOff, socketPath, startDaemon, unavailable };
