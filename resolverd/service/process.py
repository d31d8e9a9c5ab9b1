"""What the kernel says of this process."""

from __future__ import annotations

import resource
from pathlib import Path


def resident_bytes() -> int:
    """The memory of this process that is in RAM (proc(5), statm: the second field, in pages).

    Where no descriptor is left to look with, the most that it ever was (getrusage(2)).
    """
    try:
        return int(Path("/proc/self/statm").read_bytes().split()[1]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def open_descriptors() -> int:
    """How many file descriptors are open, the one that looks not counted; all of them where none is left to look with."""
    try:
        return sum(1 for _ in Path("/proc/self/fd").iterdir()) - 1
    except OSError:
        return descriptor_limit()


def descriptor_limit() -> int:
    """How many file descriptors may be open."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def set_descriptor_limit(most: int) -> None:
    """Take so many file descriptors, or as many as the system lets us have (0); the usual soft limit is there for select(2)."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    soft = hard if not most or (hard != resource.RLIM_INFINITY and most > hard) else most
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
