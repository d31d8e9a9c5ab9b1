"""The plain `resolverd resolve SPECIFIER --from PATH` against a running daemon, with nothing imported for it.

The facts. Python starts in 15 ms, and the answer takes less than one. msgspec takes 40 ms to import, argparse 15, and what
they would read and write here is three small arrays each way.

What we do. The three requests go out in one send: the first profile of a connection has the number 0, so it can be used
before the daemon has told (clients/PROTOCOL.md). MessagePack is written and read by hand, as far as these messages need
it. Whatever is not the plain case (an option that is not known here, no daemon, another version, a refusal, an import
that fails) gives None, and the command goes its usual way as if this had not been: resolving twice changes nothing.
"""

from __future__ import annotations

import os
import socket
import struct
import sys

from resolverd import __version__
from resolverd.cli.places import origin_of, path_of, project_of
from resolverd.wire.address import socket_path

_SECONDS = 60.0
_PROTOCOL = 1
_HELLO, _OPEN_PROFILE, _RESOLVE, _WELCOME, _RESOLVED = 1, 2, 3, 64, 67
_REPLIES = 3

_WITH_VALUE = frozenset({"--from", "--kind", "--profile", "--socket"})
_KINDS = frozenset({"import", "require", "style"})
_LENGTH = struct.Struct("<I")

Value = str | int | bool | None | list["Value"]


def resolve(argv: list[str]) -> bytes | None:
    """Give the line to print; None where this is not the plain case after all."""
    given = _plain(argv)
    if given is None or os.environ.get("RESOLVERD", "").lower() == "off":
        return None
    path = path_of(given["--socket"]) if "--socket" in given else socket_path(os.environ, os.getuid())
    try:
        with socket.socket(socket.AF_UNIX) as daemon:
            daemon.settimeout(_SECONDS)
            daemon.connect(path)
            if not _is_ours(daemon):
                return None
            daemon.sendall(b"".join(map(_frame, _requests(given))))
            return _line(_receive(daemon))
    except (OSError, ValueError, IndexError, KeyError, RecursionError):
        # No daemon, or not one that speaks as expected: the usual way finds out, and tells.
        return None


def _plain(argv: list[str]) -> dict[str, str] | None:
    """Read the arguments of a plain resolve; the specifier stands under ""."""
    given: dict[str, str] = {}
    words = iter(argv[1:])
    for word in words:
        if word in _WITH_VALUE:
            given[word] = next(words, "")
        elif word == "--types":
            given[word] = word
        elif word.startswith("-") or "" in given:
            return None
        else:
            given[""] = word
    is_plain = argv[:1] == ["resolve"] and given.get("") and given.get("--from")
    return given if is_plain and given.get("--kind", "import") in _KINDS and all(given.values()) else None


def _is_ours(daemon: socket.socket) -> bool:
    """Whether who listens is this user, or root, as systemd is: in a shared directory it may be anybody."""
    credentials = daemon.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    return int.from_bytes(credentials[4:8], sys.byteorder) in {os.getuid(), 0}


def _requests(given: dict[str, str]) -> tuple[list[Value], ...]:
    origin, is_file = origin_of(given["--from"])
    kind, types = given.get("--kind", "import"), "--types" in given
    return (
        [_HELLO, _PROTOCOL, "resolverd-cli", __version__],
        [_OPEN_PROFILE, 1, given.get("--profile"), None, project_of(origin, is_file=is_file)],
        [_RESOLVE, 2, 0, given[""], origin, is_file, kind, types],
    )


def _line(replies: list[list[Value]]) -> bytes | None:
    """Give the path or the name of a builtin; None for every other reply."""
    welcome, _, resolved = replies
    if welcome[0] != _WELCOME or welcome[2] != __version__ or resolved[0] != _RESOLVED:
        return None
    answer = resolved[2]
    if not isinstance(answer, list):
        return None
    text = {"found": answer[1], "builtin": answer[4]}.get(str(answer[0]))
    return os.fsencode(text) + b"\n" if isinstance(text, str) else None


# -- frames ------------------------------------------------------------------------------------------------------------


def _frame(message: list[Value]) -> bytes:
    payload = pack(message)
    return _LENGTH.pack(len(payload)) + payload


def _receive(daemon: socket.socket) -> list[list[Value]]:
    """Wait for the replies. Raises `OSError` and `ValueError`."""
    received = b""
    replies: list[list[Value]] = []
    while len(replies) < _REPLIES:
        data = daemon.recv(65536)
        if not data:
            raise ConnectionError("the daemon broke off")
        received += data
        while len(received) >= _LENGTH.size and len(received) >= (
            end := _LENGTH.size + _LENGTH.unpack_from(received)[0]
        ):
            reply, _ = unpack(received, _LENGTH.size)
            if not isinstance(reply, list):
                raise ValueError("no message")  # noqa: TRY004  a daemon that speaks otherwise, not a caller's mistake
            replies.append(reply)
            received = received[end:]
    return replies


# -- MessagePack, as far as it is needed here --------------------------------------------------------------------------


def pack(value: Value) -> bytes:
    """Write a value: lists of up to 15, numbers below 128, text (odd bytes as `bin`), true, false, nil."""
    match value:
        case None:
            return b"\xc0"
        case bool():
            return b"\xc3" if value else b"\xc2"
        case int():
            return bytes((value,))
        case str():
            return _pack_text(value)
        case list():
            return bytes((0x90 | len(value),)) + b"".join(map(pack, value))


def _pack_text(text: str) -> bytes:
    encoded = os.fsencode(text)
    try:
        encoded.decode()
    except UnicodeDecodeError:
        return b"\xc6" + len(encoded).to_bytes(4, "big") + encoded
    return b"\xdb" + len(encoded).to_bytes(4, "big") + encoded


_SIZED = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4}
"""bin and str: how many bytes their length has."""
_NUMBERS = {0xCA: 4, 0xCB: 8, 0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8, 0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8}
"""Numbers that are passed over; none of them is looked at here."""
_CONSTANTS: dict[int, bool | None] = {0xC0: None, 0xC2: False, 0xC3: True}


def unpack(data: bytes, start: int) -> tuple[Value, int]:
    """Read the value at `start`: it, and where it ends. Raises `ValueError` and `IndexError` for what is none."""
    head = data[start]
    start += 1
    if head < 0x80:  # noqa: PLR2004  the codes of the MessagePack specification, here and below
        return head, start
    if head >= 0xE0:  # noqa: PLR2004
        return head - 0x100, start
    if head in _CONSTANTS:
        return _CONSTANTS[head], start
    if head in _NUMBERS:
        return None, start + _NUMBERS[head]
    if 0x90 <= head < 0xA0 or head == 0xDC:  # noqa: PLR2004
        return _unpack_list(data, start, head)
    if head in _SIZED:
        width = _SIZED[head]
        length, start = int.from_bytes(data[start : start + width], "big"), start + width
    elif 0xA0 <= head < 0xC0:  # noqa: PLR2004
        length = head & 0x1F
    else:
        raise ValueError(f"MessagePack code {head:#x} is not expected")
    return os.fsdecode(data[start : start + length]), start + length


def _unpack_list(data: bytes, start: int, head: int) -> tuple[list[Value], int]:
    count = head & 0x0F
    if head == 0xDC:  # noqa: PLR2004
        count, start = int.from_bytes(data[start : start + 2], "big"), start + 2
    values: list[Value] = []
    for _ in range(count):
        value, start = unpack(data, start)
        values.append(value)
    return values, start
