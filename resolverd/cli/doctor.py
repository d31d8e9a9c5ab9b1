"""`doctor`: what keeps answers from being quick, or changes from being told, and what to do about it.

It starts no daemon. Without one it still looks at what lies around.
"""

from __future__ import annotations

import os
import platform
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from resolverd import __version__
from resolverd.cli.asking import CLIENT, DEADLINE, socket_of
from resolverd.cli.display import print_json, say, say_bold
from resolverd.cli.exits import Exit
from resolverd.cli.findings import Finding, Level
from resolverd.cli.inotify_limits import check_limits, check_order
from resolverd.cli.launch import is_nobody
from resolverd.cli.places import path_of
from resolverd.cli.surroundings import check_place, check_socket
from resolverd.watch.remedies import blind_spots
from resolverd.wire.messages import Diagnosis, RefusalCode
from resolverd_client.blocking import BlockingClient
from resolverd_client.errors import ClientError, DaemonRefused, DaemonUnavailable

_STYLES = {Level.WELL: "green", Level.NOTE: "blue", Level.WARNING: "bold yellow", Level.FAULT: "bold red"}
_NO_DAEMON = "no daemon"
"""The check that finds that none runs."""

_BLIND_SPOTS = (
    "a manifest written through a shared memory mapping after its descriptor was closed",
    "what is changed behind a mount (an overlay's lower directories, a disk or loop device itself)",
    "what other mount namespaces (containers) see at the same paths",
)
"""ARCHITECTURE.md, "Watching": no event is made, and nothing is compared."""


def doctor(arguments: Namespace) -> int:
    """Check all there is to check: 0 nothing to do, 1 something, 3 no daemon runs and all else is well."""
    findings = list(_findings(arguments))
    if arguments.json:
        print_json({"version": __version__, "findings": findings})
    else:
        for finding in findings:
            say_bold(f"{finding.level:7}", f" {finding.check}: {finding.message}", _STYLES[finding.level])
            if finding.remedy:
                say(f"        {finding.remedy}")
    if any(finding.wants_action for finding in findings):
        return Exit.NOT_RESOLVED
    return Exit.NO_DAEMON if any(finding.check == _NO_DAEMON for finding in findings) else Exit.DONE


def _findings(arguments: Namespace) -> Iterator[Finding]:
    with BlockingClient(socket_of(arguments), deadline=DEADLINE, name=CLIENT) as client:
        yield from _check_config(client.socket)
        yield from check_socket(client.socket, os.environ)
        yield from check_limits()
        with tempfile.TemporaryDirectory(prefix="resolverd-doctor-") as scratch:
            yield check_order(Path(scratch), platform.release())
        yield from check_place(path_of("."))
        yield from _check_daemon(client)
    for spot in _BLIND_SPOTS:
        yield Finding("blind spot", Level.NOTE, spot, "`resolverd bust PATH` after such a change")


def _check_config(socket: str) -> Iterator[Finding]:
    from resolverd.service.config import ConfigError, load  # noqa: PLC0415  it brings the engine along

    try:
        settings = load(os.environ, {"socket": socket}).settings
    except ConfigError as error:
        yield Finding("settings", Level.FAULT, str(error), "mend it: no daemon starts with it")
        return
    if not settings.watch:
        message = "`watch` is off: what was found is believed until it is busted"
        yield Finding("settings", Level.WARNING, message, "unset `watch` in config.toml and RESOLVERD_WATCH")


# -- the daemon --------------------------------------------------------------------------------------------------------


def _check_daemon(client: BlockingClient) -> Iterator[Finding]:
    try:
        welcome = client.greet()
        yield _version(welcome.version, welcome.pid)
        yield from _namespace(welcome.pid, path_of("."))
        health = client.status()
        yield from (Finding("daemon", Level.WARNING, trouble) for trouble in health.troubles if _is_of_daemon(trouble))
        yield from _diagnosed(client.diagnose())
    except DaemonUnavailable as error:
        if not is_nobody(error):
            yield Finding("daemon", Level.FAULT, str(error), "`resolverd restart`")
            return
        yield Finding(
            _NO_DAEMON, Level.NOTE, f"nobody listens at {client.socket}", "`resolverd start`, or ask something"
        )
    except DaemonRefused as error:
        yield _refused(error)
    except ClientError as error:
        yield Finding("daemon", Level.FAULT, str(error), "`resolverd restart`")


def _is_of_daemon(trouble: str) -> bool:
    """Whether the diagnosis does not tell the same, place by place."""
    return "are not watched" not in trouble


def _version(theirs: str, pid: int) -> Finding:
    if theirs == __version__:
        return Finding("daemon", Level.WELL, f"resolverd {theirs} (pid {pid}) runs, as this command")
    message = f"the daemon (pid {pid}) is resolverd {theirs}, and this command {__version__}"
    return Finding("version", Level.WARNING, message, "`resolverd restart`")


def _refused(error: DaemonRefused) -> Finding:
    if error.code in {RefusalCode.UNSUPPORTED_PROTOCOL, RefusalCode.UNSUPPORTED_REQUEST}:
        return Finding("version", Level.FAULT, f"the daemon is of another version: {error}", "`resolverd restart`")
    return Finding("daemon", Level.FAULT, str(error), "`resolverd restart`")


def _namespace(pid: int, place: str) -> Iterator[Finding]:
    """See whether the daemon has another directory at the same path: each mount namespace has its own.

    Being in another is not it yet: the sandbox of our units is one, and shows what is there.
    """
    place = os.path.realpath(place)
    try:
        is_same = Path(f"/proc/{pid}/root{place}").samefile(place)
    except FileNotFoundError:
        is_same = False
    except OSError:
        return
    if not is_same:
        message = f"the daemon is in another mount namespace, where {place} is something else"
        yield Finding("mounts", Level.WARNING, message, "run one daemon in each container, or `resolverd restart`")


def _diagnosed(diagnosis: Diagnosis) -> Iterator[Finding]:
    if diagnosis.broken is None:
        yield Finding("invariants", Level.WELL, "all that the daemon remembers agrees with itself")
    else:
        remedy = "all that was remembered has been given up, so answers are right again; please report it"
        yield Finding("invariants", Level.FAULT, f"a bug: {diagnosis.broken}", remedy)
    if not diagnosis.unwatched:
        yield Finding("watches", Level.WELL, "all that was looked at is watched")
    for spot in blind_spots(diagnosis.unwatched):
        yield Finding("watches", Level.WARNING, f"not watched: {spot.message}", spot.remedy)
