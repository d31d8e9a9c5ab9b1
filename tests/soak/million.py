"""A million busts, each with its resolve, and file-system routers beside Bun's over the same nine directories.

    python -m tests.soak.million                        measure; writes million.csv and million.json beside this file
    python -m tests.soak.million_plot                   draw million.png from them (dependency group `plot`)

One cycle here busts one of the nine directories and asks a question there, so that its listing, its package.json and its
tsconfig.json (with the chain that it extends) are looked at again, all of it watched by inotify. One reload of a router counts
as nine cycles, as Bun's reads all nine. At each sample every count of the engine has to be exactly what it was at the first.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from resolverd.cache.engine import Engine
from resolverd.resolution.profiles import named_profile
from resolverd.terms import Kind
from resolverd.watch.inotify import Inotify
from tests.soak import routers
from tests.soak.samples import Sample, sampled, verdict
from tests.soak.subjects import held, open_files_of
from tests.soak.trees import DIRECTORIES, FURNISHINGS, page_questions, plant_pages

HERE = Path(__file__).parent
CSV, JSON = HERE / "million.csv", HERE / "million.json"
SAMPLES = 1000
ALLOWED = 1.0
"""Bytes a cycle that the line through the last half may rise."""


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

    def bust_and_resolve(cycle: int) -> None:
        place, importer = places[cycle % len(places)]
        engine.bust_path(place)
        engine.begin_turn()
        assert engine.answer_from(mode, importer, "@page").path

    yield from sampled("resolverd", cycles, samples, counts, bust_and_resolve)
    engine.check()
    inotify.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.soak.million", description=__doc__)
    parser.add_argument("--cycles", type=int, default=1_000_000)
    parser.add_argument("--reloads", type=int, default=4000, help="of routers, over nine directories each; 0: none")
    parser.add_argument("--rounds", type=int, default=100_000, help="of pages that are created, matched and deleted")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        write(run(Path(name).resolve(), arguments.cycles, arguments.reloads, arguments.rounds))
    verdicts = [verdict(samples) for samples in read().values()]
    JSON.write_text(json.dumps(msgspec.to_builtins(verdicts), indent=2) + "\n")
    for each in verdicts:
        print(
            f"{each.subject:<44}{each.cycles:>9} cycles{each.last / 1e6:>9.1f} MB{each.slope:>12.3f} bytes a cycle, {each.blocks} blocks"
        )
    sys.exit(any(each.slope > ALLOWED for each in verdicts if each.subject.startswith("resolverd")))


def run(scratch: Path, cycles: int, reloads: int, rounds: int) -> Iterator[Sample]:
    """Measure one subject after the other."""
    plain, furnished = (scratch / furnishing.name for furnishing in (FURNISHINGS[0], FURNISHINGS[-1]))
    plant_pages(FURNISHINGS[0], plain)
    plant_pages(FURNISHINGS[-1], furnished)
    yield from measure(furnished, cycles)
    yield from routers.rounds(furnished, rounds)
    if reloads:
        yield from routers.reloads(furnished, reloads)
        yield from routers.reloads_in_node(furnished, reloads)
        yield from routers.reloads_in_bun(plain, reloads, "plain directories")
        yield from routers.reloads_in_bun(furnished, reloads, "with manifests")


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
