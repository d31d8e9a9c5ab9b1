"""Fuzz one subject after another, each in a process of its own with a bound on memory and on the time of one input.

    python -m tests.fuzz.run [SUBJECT...] [--seconds N]     mutants of the corpus; led by coverage where atheris is installed
    python -m tests.fuzz.run [SUBJECT...] --inputs N        the first N mutants, the same on every machine

The first finding ends it: the input is printed as Python writes bytes, and put into the corpus it is a test for ever.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import multiprocessing
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import islice
from types import FrameType
from typing import Protocol, cast

from tests.fuzz.mutations import CORPUS, mutants
from tests.fuzz.subjects import SUBJECTS, silence

MEMORY_BYTES = 2 << 30
INPUT_SECONDS = 20


class _Atheris(Protocol):
    """The module, which is not installed everywhere, and says nothing of its types."""

    def instrument_all(self) -> None: ...
    def Setup(self, argv: Sequence[str], play: Callable[[bytes], None]) -> object: ...  # noqa: N802  its own name
    def Fuzz(self) -> None: ...  # noqa: N802  as above


class TooSlow(Exception):  # noqa: N818  what was found, not what went wrong
    """One input took longer than any may."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.run", description=__doc__)
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=f"of {', '.join(SUBJECTS)}; default: all")
    parser.add_argument("--seconds", type=float, default=60, help="for each subject")
    parser.add_argument("--inputs", type=int, help="for each subject, however long they take")
    arguments = parser.parse_args()
    led = arguments.inputs is None and importlib.util.find_spec("atheris") is not None
    found = 0
    for subject in arguments.subjects or SUBJECTS:
        target, bounds = (fuzz_led, ()) if led else (fuzz, (arguments.inputs,))
        run = multiprocessing.get_context("spawn").Process(target=target, args=(subject, arguments.seconds, *bounds))
        run.start()
        run.join()
        found += run.exitcode != 0
    sys.exit(found)


def fuzz(subject: str, seconds: float, inputs: int | None) -> None:
    """Play so many mutants, or until the time is over."""
    _bound()
    play, deadline, count = SUBJECTS[subject], time.monotonic() + seconds, 0
    for data in islice(mutants(subject), inputs):
        if inputs is None and time.monotonic() > deadline:
            break
        count += 1
        signal.alarm(INPUT_SECONDS)
        try:
            play(data)
        except BaseException:
            print(f"{subject}: found after {count}: {data!r}", flush=True)
            raise
    print(f"{subject}: {count:,} inputs, nothing found", flush=True)


def fuzz_led(subject: str, seconds: float) -> None:
    """Let coverage lead (atheris, libFuzzer); it ends the process, with its own words on what it found."""
    atheris = cast("_Atheris", importlib.import_module("atheris"))
    silence()
    atheris.instrument_all()
    with tempfile.TemporaryDirectory() as grown:
        options = (f"-max_total_time={seconds:.0f}", f"-timeout={INPUT_SECONDS}", f"-rss_limit_mb={MEMORY_BYTES >> 20}")
        atheris.Setup(
            [sys.argv[0], *options, "-verbosity=1", "-print_final_stats=1", grown, str(CORPUS / subject)],
            SUBJECTS[subject],
        )
        atheris.Fuzz()


def _bound() -> None:
    silence()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TooSlow

    signal.signal(signal.SIGALRM, stop)


if __name__ == "__main__":
    main()
