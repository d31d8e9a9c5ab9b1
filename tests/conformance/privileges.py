"""Root that permission bits bind, as they bind everybody else.

What an ordinary user may not read, root reads by two capabilities. They belong to a thread, and can be laid down and
taken up again; a program that is started has what its bounding set leaves. Another uid would not do: it could
not reach the interpreter where that lies in root's home. Sources: capabilities(7), capget(2).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Generator

_VERSION_3 = 0x20080522
_DAC_OVERRIDE, _DAC_READ_SEARCH = 1, 2
_BOTH = 1 << _DAC_OVERRIDE | 1 << _DAC_READ_SEARCH

_libc = ctypes.CDLL(None, use_errno=True)


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


@contextlib.contextmanager
def bound_by_permissions() -> Generator[None]:
    """In this thread, root reads and searches what its owner's bits allow; nothing changes for anybody else."""
    header = _Header(_VERSION_3, 0)
    sets = (_Sets * 2)()
    _must(_libc.capget(ctypes.byref(header), sets))
    before = sets[0].effective
    sets[0].effective &= ~_BOTH
    _must(_libc.capset(ctypes.byref(header), sets))
    try:
        yield
    finally:
        sets[0].effective = before
        _must(_libc.capset(ctypes.byref(header), sets))


def unprivileged() -> tuple[str, ...]:
    """What to put before a command for its process to be bound by permissions for good."""
    return ("setpriv", "--bounding-set", "-dac_override,-dac_read_search") if os.geteuid() == 0 else ()


def _must(result: int) -> None:
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
