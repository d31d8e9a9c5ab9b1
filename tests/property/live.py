"""Warm equals cold through random edits: played, and cut down to few steps where it does not hold.

`python -m tests.property.live --ground disk --steps 1000000 --seed 1` plays for longer; `--replay FILE` plays the steps
that a failure printed. A ground on disk is in a box (`tests.property.box`); where there is none to be had the exit code
is 77, and a line says why.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

from resolverd.errors import InvariantError
from tests.property.boxed import GROUNDS
from tests.property.grounds import BrokenError, Ground
from tests.property.worlds import Ask, Question, Step, episode

EPISODE = 200
"""Edits to one tree."""

_MOST_REPLAYS = 2_000
_PROGRESS_SECONDS = 10.0


class Fault(NamedTuple):
    """A run that ended in something wrong."""

    name: str
    told: str
    steps: list[Step]

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.told}", "play it again with --replay FILE, the lines below in it:"]
        return "\n".join([*lines, *(json.dumps(step) for step in self.steps)])


def play(ground: Ground, steps: int, seed: int, told: Callable[[int], None] = lambda _: None) -> Fault | None:
    """Play so many edits, each followed by questions; the first fault, cut down, or None."""
    for number in itertools.count():
        left = steps - number * EPISODE
        if left <= 0:
            return None
        script = list(episode(Random(f"{seed}/{number}"), min(left, EPISODE)))
        fault = _fault_of(ground, script)
        if fault is not None:
            index, text = fault
            return Fault(f"seed {seed}, episode {number}", text, shrunk(ground, script[: index + 1]))
        told(number * EPISODE + min(left, EPISODE))
    raise AssertionError


def _fault_of(ground: Ground, script: Sequence[Step]) -> tuple[int, str] | None:
    """Play a list of steps from nothing: where it went wrong and how, if it did."""
    index = 0
    try:
        for index, step in enumerate(script):
            if not isinstance(step, Ask):
                ground.edit(step)
                continue
            told = difference(ground, step.questions)
            if told is not None:
                return index, told
            ground.check()
        ground.clear()
    except (InvariantError, BrokenError) as error:
        return index, f"{type(error).__name__}: {error}"
    except Exception as error:  # noqa: BLE001  whatever goes wrong, which steps led to it is wanted
        return index, f"{type(error).__name__}: {error!r}"
    return None


def difference(ground: Ground, questions: Sequence[Question]) -> str | None:
    """Ask warm and cold; what the first answer that is another says."""
    warm, cold = ground.ask(questions), ground.ask_fresh(questions)
    for asked, mine, fresh in zip(questions, warm, cold, strict=True):
        if mine != fresh:
            return f"{tuple(asked)}\n  warm {mine}\n  cold {fresh}"
    return None


def shrunk(ground: Ground, script: list[Step]) -> list[Step]:
    """Leave out what is not needed for the last step to go wrong (delta debugging); all of it, if that is not to be had again."""
    replays = 0
    size = len(script) // 2
    while size:
        at = 0
        while at < len(script) - 1 and replays < _MOST_REPLAYS:
            shorter = script[:at] + script[min(at + size, len(script) - 1) :]
            replays += 1
            fault = _fault_from_nothing(ground, shorter)
            if fault is None:
                at += size
            else:
                script = shorter[: fault[0] + 1]
        size //= 2
    return script


def _fault_from_nothing(ground: Ground, script: Sequence[Step]) -> tuple[int, str] | None:
    # What the last play left may be as wrong as it was.
    with contextlib.suppress(InvariantError, BrokenError):
        ground.clear()
    return _fault_of(ground, script)


def steps_of(lines: Iterable[str]) -> list[Step]:
    """Read steps as a failure printed them."""
    return [_step(json.loads(line)) for line in lines if line.startswith("[")]


def _step(words: list[object]) -> Step:
    if words and isinstance(words[0], list):
        return Ask(tuple(Question(*each) for each in words[0]))
    return tuple(map(str, words))


class _Progress:
    """A line now and then, where somebody looks."""

    def __init__(self, name: str, steps: int) -> None:
        self._name = name
        self._steps = steps
        self._begun = self._told = time.monotonic()

    def __call__(self, done: int) -> None:
        now = time.monotonic()
        if now - self._told >= _PROGRESS_SECONDS or done == self._steps:
            self._told = now
            rate = done / max(now - self._begun, 1e-9)
            print(f"{self._name}: {done:,} of {self._steps:,} steps, {rate:,.0f} a second", flush=True)


def _play_apart(ground: str, steps: int, seed: int, processes: int) -> int:
    """Play in so many processes at once; the highest exit code."""
    command = [sys.executable, "-m", "tests.property.live", "--ground", ground, "--steps", str(steps)]
    started = [subprocess.Popen([*command, "--seed", str(seed + number)]) for number in range(processes)]
    return max([process.wait() for process in started])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.property.live", description=__doc__)
    parser.add_argument("--ground", choices=GROUNDS, default="memory")
    parser.add_argument("--steps", type=int, default=20_000, help="edits, each followed by questions")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--watches", type=int, help="the most watches to hold")
    parser.add_argument("--processes", type=int, default=1, help="at once, each with a seed and a part of the steps")
    parser.add_argument("--replay", type=Path, help="a file with the steps that a failure printed")
    arguments = parser.parse_args()
    if arguments.processes > 1:
        sys.exit(
            _play_apart(arguments.ground, arguments.steps // arguments.processes, arguments.seed, arguments.processes)
        )
    script = None if arguments.replay is None else steps_of(arguments.replay.read_text().splitlines())

    def run(ground: Ground) -> int:
        if script is not None:
            fault = _fault_of(ground, script)
            print("nothing is wrong" if fault is None else f"step {fault[0]}: {fault[1]}")
            return fault is not None
        found = play(ground, arguments.steps, arguments.seed, _Progress(arguments.ground, arguments.steps))
        if found is not None:
            print(found)
        return found is not None

    sys.exit(GROUNDS[arguments.ground](run, arguments.watches))


if __name__ == "__main__":
    main()
