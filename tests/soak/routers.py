"""Routers through reloads, and through pages that come and go: ours in this process, ours in Node, and Bun's."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

from resolverd.cache.engine import Engine
from resolverd.routes.file_system_router import FileSystemRouter
from resolverd.watch.inotify import Inotify
from tests.differential.install import install
from tests.soak.daemon import running_daemon
from tests.soak.samples import Sample, sampled
from tests.soak.subjects import held, open_files_of, resident_of
from tests.soak.trees import DIRECTORIES

HERE = Path(__file__).parent
RELOAD = HERE / "reload.cjs"
CLIENT = HERE.parents[1] / "clients" / "node"
EXTENSIONS = (".ts", ".js")

SAMPLES = 200


def reloads(root: Path, count: int, samples: int = SAMPLES) -> Iterator[Sample]:
    """Void all nine directories and reload, so that all are read again as in Bun."""
    with _router(root) as (engine, router, counts):

        def reload(_cycle: int) -> None:
            engine.bust_path(str(root))
            router.reload()

        for sample in sampled("resolverd, reload()", count, samples, counts, reload):
            yield sample._replace(cycle=sample.cycle * len(DIRECTORIES))


def rounds(root: Path, count: int, samples: int = SAMPLES) -> Iterator[Sample]:
    """Create a page, match it, delete it and match again; every other page in a directory of its own."""
    urls = [directory.replace("[slug]", "a").replace("[item]", "b") for directory in DIRECTORIES]
    with _router(root) as (_, router, counts):

        def is_matched(url: str, page: Path) -> bool:
            match = router.match(url)
            return match is not None and match.file == str(page)

        def turn_over(cycle: int) -> None:
            own = "/new" if cycle % 2 else ""
            url = f"{urls[cycle % len(urls)]}{own}/page-{cycle}"
            page = Path(f"{root}/{DIRECTORIES[cycle % len(urls)]}{own}/page-{cycle}.ts")
            if own:
                page.parent.mkdir()
            page.touch()
            assert is_matched(url, page)
            page.unlink()
            if own:
                page.parent.rmdir()
            assert not is_matched(url, page)

        # Each path is known from its first round on.
        for cycle in range(2 * len(DIRECTORIES)):
            turn_over(cycle)
        yield from sampled("resolverd, pages", count, samples, counts, turn_over)


@contextmanager
def _router(root: Path) -> Generator[tuple[Engine, FileSystemRouter, Callable[[], dict[str, int]]]]:
    inotify = Inotify()
    engine = Engine(watcher=inotify)
    router = FileSystemRouter(engine, str(root), extensions=EXTENSIONS)
    yield engine, router, lambda: held(engine.stats()) | {"open files": open_files_of("self")}
    router.check()
    engine.check()
    inotify.close()


def reloads_in_node(root: Path, count: int) -> Iterator[Sample]:
    """Reload from Node, as users do; the sizes of Node and of the daemon together."""
    with running_daemon() as daemon:
        environment = os.environ | {"RESOLVERD_SOCKET": daemon.client.socket}
        command = ("node", "--expose-gc", str(RELOAD), str(root), str(count), str(SAMPLES), str(CLIENT))
        for sample in _reloading("resolverd, reload() in Node, with its daemon", command, environment):
            yield sample._replace(resident=sample.resident + resident_of(daemon.pid))


def reloads_in_bun(root: Path, count: int, furnished: str) -> Iterator[Sample]:
    """Reload Bun's own router. Raises `Unavailable`."""
    (bun,) = (install("tools") / "node_modules/@oven").glob("bun-linux-*/bin/bun")
    yield from _reloading(f"Bun, {furnished}", (str(bun), str(RELOAD), str(root), str(count), str(SAMPLES)), os.environ)


def _reloading(
    subject: str, command: tuple[str, ...], environment: dict[str, str] | os._Environ[str]
) -> Iterator[Sample]:
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        for line in process.stdout:
            reload, resident = line.split(",")
            yield Sample(subject, int(reload) * len(DIRECTORIES), int(resident), None)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
