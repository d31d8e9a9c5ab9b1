"""A million busts, each with its resolve, beside Bun's `FileSystemRouter.reload()` over the same nine directories.

    python -m tests.soak.million                        measure; writes million.csv and million.json beside this file
    python -m tests.soak.million_plot                   draw million.png from them (dependency group `plot`)

One cycle here busts one of the nine directories and asks a question there, so that its listing, its package.json and its
tsconfig.json (with the chain that it extends) are looked at again, all of it watched by inotify. One reload in Bun reads
all nine: it counts as nine cycles. At each sample everything is asked, and every count of the engine has to be exactly
what it was at the first.
"""

from __future__ import annotations

import argparse
import csv
import gc
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from resolverd.cache.engine import Engine
from resolverd.resolution.profiles import named_profile
from resolverd.terms import Kind
from resolverd.watch.inotify import Inotify
from tests.soak.growth import slope
from tests.soak.subjects import held, open_files_of, resident_of
from tests.soak.trees import DIRECTORIES, FURNISHINGS, page_questions, plant_pages

HERE = Path(__file__).parent
CSV, JSON = HERE / "million.csv", HERE / "million.json"
BUN = "bun@1.4.5"
SAMPLES = 1000
ALLOWED = 1.0
"""Bytes a cycle that the line through the last half may rise."""


class Sample(NamedTuple):
    """The resident size in bytes after so many cycles of one subject; for Python its memory blocks, which are exact."""

    subject: str
    cycle: int
    resident: int
    blocks: int | None


class Drift(Exception):  # noqa: N818  what was found, not what went wrong
    """A count that is another than at the first sample."""


def measure(root: Path, cycles: int, samples: int = SAMPLES) -> Iterator[Sample]:
    """Bust and resolve. Raises `Drift`."""
    inotify = Inotify()
    engine = Engine(watcher=inotify)
    mode = engine.mode(engine.open_profile(named_profile("bundler")), Kind.IMPORT)
    everything = page_questions(root)
    places = [(str(root / directory).rstrip("/"), str(root / directory / "index.js")) for directory in DIRECTORIES]

    def counts() -> dict[str, int]:
        engine.begin_turn()
        for importer, specifier in everything:
            engine.answer_from(mode, importer, specifier)
        return held(engine.stats()) | {"open files": open_files_of("self")}

    every = max(1, cycles // samples)
    first = counts()
    for cycle in range(cycles + 1):
        if cycle % every == 0:
            now = counts()
            if now != first:
                raise Drift(f"after {cycle} cycles {first} became {now}")
            gc.collect()
            yield Sample("resolverd", cycle, resident_of("self"), sys.getallocatedblocks())
        place, importer = places[cycle % len(places)]
        engine.bust_path(place)
        engine.begin_turn()
        assert engine.answer_from(mode, importer, "@page").path
    engine.check()
    inotify.close()


def measure_bun(scratch: Path, root: Path, reloads: int, furnished: str) -> Iterator[Sample]:
    """Run Bun's router, from the npm package, installed for this run."""
    bun = scratch / "node_modules/.bin/bun"
    if not bun.exists():
        subprocess.run(("npm", "install", "--prefix", scratch, "--no-audit", "--no-fund", "--silent", BUN), check=True)
    command = (bun, HERE / "reload.js", root, str(reloads), "200")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            reload, resident = line.split(",")
            yield Sample(f"Bun, {furnished}", int(reload) * len(DIRECTORIES), int(resident), None)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)


class Verdict(msgspec.Struct):
    """What a subject's samples come to: bytes, bytes a cycle over the last half of its cycles, and blocks over that half."""

    subject: str
    cycles: int
    first: int
    last: int
    slope: float
    blocks: int | None


def verdict(samples: list[Sample]) -> Verdict:
    """Lay the line through the last half."""
    last_half = samples[len(samples) // 2 :]
    step = samples[1].cycle - samples[0].cycle
    risen = slope([sample.resident for sample in last_half]) / step
    before, after = last_half[0].blocks, samples[-1].blocks
    blocks = None if before is None or after is None else after - before
    first, last = samples[0], samples[-1]
    return Verdict(first.subject, last.cycle, first.resident, last.resident, round(risen, 3), blocks)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.soak.million", description=__doc__)
    parser.add_argument("--cycles", type=int, default=1_000_000)
    parser.add_argument(
        "--reloads", type=int, default=4000, help="of Bun's router, over nine directories each; 0: none"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        write(run(Path(name).resolve(), arguments.cycles, arguments.reloads))
    verdicts = [verdict(samples) for samples in read().values()]
    JSON.write_text(json.dumps(msgspec.to_builtins(verdicts), indent=2) + "\n")
    for each in verdicts:
        print(
            f"{each.subject:<24}{each.cycles:>9} cycles{each.last / 1e6:>9.1f} MB{each.slope:>12.3f} bytes a cycle, {each.blocks} blocks"
        )
    sys.exit(verdicts[0].slope > ALLOWED)


def run(scratch: Path, cycles: int, reloads: int) -> Iterator[Sample]:
    """Measure one subject after the other."""
    plain, furnished = FURNISHINGS[0], FURNISHINGS[-1]
    for furnishing in (plain, furnished):
        plant_pages(furnishing, scratch / furnishing.name)
    yield from measure(scratch / furnished.name, cycles)
    if reloads:
        yield from measure_bun(scratch, scratch / plain.name, reloads, "plain directories")
        yield from measure_bun(scratch, scratch / furnished.name, reloads, "with manifests")


def write(samples: Iterator[Sample]) -> None:
    """Write each sample as it comes: kept, they would grow under the measurement."""
    with CSV.open("w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(Sample._fields)
        rows.writerows(samples)


def read() -> dict[str, list[Sample]]:
    """Give the samples of each subject."""
    series: dict[str, list[Sample]] = {}
    with CSV.open(newline="") as file:
        for row in csv.DictReader(file):
            blocks = int(row["blocks"]) if row["blocks"] else None
            sample = Sample(row["subject"], int(row["cycle"]), int(row["resident"]), blocks)
            series.setdefault(sample.subject, []).append(sample)
    return series


if __name__ == "__main__":
    main()
