"""Plug'n'Play under edits: each rule that a manifest or an archive may come to break, on both views and under a watcher.

Every step asks in a turn of its own and is held against an engine that was never asked before.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from resolverd.cache.engine import Engine
from resolverd.resolution.options import parse_options
from resolverd.resolution.profiles import single
from resolverd.terms import Answer, Kind
from resolverd.tree import pnp as pnp_module
from resolverd.view.base import MANIFEST_LIMIT, DirectoryView
from resolverd.view.disk import DiskView
from resolverd.view.memory import MemoryView
from resolverd.watch.inotify import Inotify

PROFILE = single("pnp", "", parse_options({"pnp": True}))
ZIP = ".yarn/cache/dep-npm-1.zip"
IN_ZIP = f"{ZIP}/node_modules/dep"


def manifest(**locations: str) -> str:
    """Data of a project whose top level depends on each of the packages, which depend on `peer`."""
    own = [[name, "npm:1"] for name in locations]
    registry = [[None, [[None, {"packageLocation": "./", "packageDependencies": own}]]]]
    for name, location in locations.items():
        package = {"packageLocation": location, "packageDependencies": [["peer", "npm:1"]]}
        registry.append([name, [["npm:1", package]]])
    return json.dumps({"packageRegistryData": registry})


def zipped(members: Mapping[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in members.items():
            # No time of writing: the bytes of equal lengths differ in their text alone.
            archive.writestr(zipfile.ZipInfo(name), text)
    return buffer.getvalue()


class Project:
    """A project under edits, and the engine asked about it. `changed` tells the engine what was edited, if nobody else does."""

    def __init__(self, root: str, view: DirectoryView, engine: Engine, *, told: bool) -> None:
        self.root = root
        self.engine = engine
        self._view = view
        self._told = told
        self._mode = engine.mode(engine.open_profile(PROFILE), Kind.IMPORT)

    def _changed(self, path: str) -> None:
        if not self._told:
            self.engine.bust_path(f"{self.root}/{path}")

    def write(self, path: str, data: str | bytes) -> None:
        content = data.encode() if isinstance(data, str) else data
        full = f"{self.root}/{path}"
        if isinstance(self._view, MemoryView):
            self._view.write(full, content)
        else:
            Path(full).parent.mkdir(parents=True, exist_ok=True)
            Path(full).write_bytes(content)
        self._changed(path)

    def replace(self, path: str, data: bytes) -> None:
        """Put another file in a file's place, as Yarn does."""
        if not isinstance(self._view, MemoryView):
            Path(f"{self.root}/{path}.tmp").write_bytes(data)
            Path(f"{self.root}/{path}.tmp").rename(f"{self.root}/{path}")
            self._changed(path)
        else:
            self.write(path, data)

    def remove(self, path: str) -> None:
        if isinstance(self._view, MemoryView):
            self._view.remove(f"{self.root}/{path}")
        else:
            Path(f"{self.root}/{path}").unlink()
        self._changed(path)

    def ask(self, specifier: str, directory: str = "src") -> Answer:
        self.engine.begin_turn()
        origin = f"{self.root}/{directory}"
        answer = self.engine.answer(self._mode, origin, specifier)
        fresh = self.engine.fresh(self._mode, origin, specifier, is_file=False)
        assert (answer.status, answer.path) == (fresh.status, fresh.path), specifier
        if answer.error and fresh.error:
            assert answer.error.message == fresh.error.message
        self.engine.check()
        return answer

    def finds(self, specifier: str, directory: str = "src") -> str | None:
        path = self.ask(specifier, directory).path
        return None if path is None else os.path.relpath(path, self.root)

    def says(self, specifier: str) -> str:
        error = self.ask(specifier).error
        assert error is not None
        return error.message


def in_memory(_: Path) -> Iterator[Project]:
    view = MemoryView()
    yield Project("/p", view, Engine(view, is_told=True), told=False)


def on_disk(root: Path) -> Iterator[Project]:
    view = DiskView()
    yield Project(str(root), view, Engine(view, is_told=True), told=False)


def watched(root: Path, budget: int | None = None) -> Iterator[Project]:
    view, watcher = DiskView(), Inotify(budget)
    project = Project(str(root), view, Engine(view, watcher=watcher), told=True)
    yield project
    if budget is None:
        assert project.engine.stats().unwatched == 0
    watcher.check()
    watcher.close()


def unwatched(root: Path) -> Iterator[Project]:
    yield from watched(root, 0)


@pytest.fixture(params=[in_memory, on_disk, watched, unwatched], ids=lambda made: made.__name__)
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Project]:
    make: Callable[[Path], Iterator[Project]] = request.param
    for made in make((tmp_path / "p").resolve()):
        made.write(".pnp.cjs", "// the data is beside it")
        made.write(".pnp.data.json", manifest(one="./one/", dep=f"./{IN_ZIP}/"))
        for path in ("src/x.js", "one/index.js", "two/index.js", "node_modules/plain/index.js"):
            made.write(path, "")
        made.write(ZIP, zipped({"node_modules/dep/index.js": "", "node_modules/dep/peer.js": ""}))
        yield made


def test_a_dependency_that_is_moved_is_found_where_it_is_now(project: Project) -> None:
    assert project.finds("one") == "one/index.js"
    project.write(".pnp.data.json", manifest(one="./two/"))
    assert project.finds("one") == "two/index.js"
    assert "isn't declared" in project.says("dep")
    project.write(".pnp.data.json", manifest(one="./one/", dep=f"./{IN_ZIP}/"))
    assert project.finds("one") == "one/index.js"
    assert project.finds("dep") == f"{IN_ZIP}/index.js"


@pytest.mark.parametrize("project", [watched], indirect=True)
def test_an_edit_voids_what_was_made_from_it_and_nothing_else(project: Project) -> None:
    def left(*asked: tuple[str, str]) -> set[tuple[str, str]]:
        project.engine.begin_turn()
        kept = project.engine._caches.answers
        return {(each.specifier, os.path.relpath(each.origin, project.root)) for each in kept} & set(asked)

    asked = [("one", "src"), ("dep", "src"), ("plain", "src"), ("./x", "src"), ("./peer", IN_ZIP), ("./index", "one")]
    for question in asked:
        project.ask(*question)
    assert left(*asked) == set(asked)
    project.replace(ZIP, zipped({"node_modules/dep/index.js": ""}))
    assert left(*asked) == {("one", "src"), ("plain", "src"), ("./x", "src"), ("./index", "one")}
    project.write(".pnp.data.json", manifest(one="./two/"))
    assert left(*asked) == {("./x", "src"), ("./index", "one")}


def test_data_that_come_and_go_beside_the_code(project: Project) -> None:
    project.remove(".pnp.data.json")
    assert "it has no data in it" in project.says("one")
    inlined = manifest(one="./two/").replace("\n", "\\\n")
    project.write(".pnp.cjs", f"const RAW_RUNTIME_STATE =\n'{inlined}';")
    assert project.finds("one") == "two/index.js"
    project.write(".pnp.data.json", manifest(one="./one/"))
    assert project.finds("one") == "one/index.js"


def test_a_manifest_that_breaks_and_is_mended(project: Project) -> None:
    assert project.finds("one") == "one/index.js"
    project.write(".pnp.data.json", "{")
    assert "Invalid Plug'n'Play data" in project.says("one")
    assert project.finds("./x") == "src/x.js"
    project.write(".pnp.data.json", manifest(one="./one/"))
    assert project.finds("one") == "one/index.js"


def test_a_manifest_may_be_larger_than_other_manifests_and_not_beyond_its_own_limit(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = manifest(one="./two/") + " " * MANIFEST_LIMIT
    project.write(".pnp.data.json", large)
    assert project.finds("one") == "two/index.js"
    monkeypatch.setattr(pnp_module, "PNP_LIMIT", len(large) - 1)
    project.write(".pnp.data.json", large.replace("./two/", "./one/"))
    assert f"it is larger than {len(large) - 1} bytes" in project.says("one")


def test_each_step_of_a_look_up_is_told(project: Project) -> None:
    def steps(specifier: str, directory: str) -> str:
        project.engine.begin_turn()
        explained = project.engine.explain(project._mode, f"{project.root}/{directory}", specifier, is_file=False)
        return "\n".join(step.text for step in explained.steps).replace(project.root, "~")

    said = steps("dep", "src")
    for part in ("Plug'n'Play manifest ~/.pnp.cjs", f"'dep' is ~/{IN_ZIP}", f"~/{IN_ZIP}/index.js: found"):
        assert part in said
    project.write("src/.pnp.data.json", json.dumps({"packageRegistryData": []}))
    assert "which does not own the importer" in steps("plain", "src")


def test_a_project_that_leaves_plug_n_play_and_comes_back(project: Project) -> None:
    assert "isn't declared" in project.says("plain")
    project.remove(".pnp.cjs")
    project.remove(".pnp.data.json")
    assert project.finds("plain") == "node_modules/plain/index.js"
    assert project.finds("dep") is None
    project.write(".pnp.data.json", manifest(dep=f"./{IN_ZIP}/"))
    assert "isn't declared" in project.says("plain")
    assert project.finds("dep") == f"{IN_ZIP}/index.js"


def test_a_nearer_manifest_is_taken_when_it_appears(project: Project) -> None:
    assert project.finds("one") == "one/index.js"
    project.write("src/.pnp.data.json", manifest(one="../two/"))
    assert project.finds("one") == "two/index.js"
    project.remove("src/.pnp.data.json")
    assert project.finds("one") == "one/index.js"


def test_a_package_that_is_installed_after_it_was_missed(project: Project) -> None:
    project.write(".pnp.data.json", manifest(late="./.yarn/cache/late.zip/node_modules/late/"))
    assert "late@npm:1 is missing from disk" in project.says("late")
    project.write(".yarn/cache/late.zip", zipped({"node_modules/late/index.js": ""}))
    assert project.finds("late") == ".yarn/cache/late.zip/node_modules/late/index.js"


def test_a_replaced_archive_is_looked_into_again(project: Project) -> None:
    assert project.finds("dep") == f"{IN_ZIP}/index.js"
    assert project.finds("./peer.js", IN_ZIP) == f"{IN_ZIP}/peer.js"
    members = {"node_modules/dep/package.json": '{"main": "new"}', "node_modules/dep/new.js": ""}
    project.replace(ZIP, zipped(members))
    assert project.finds("dep") == f"{IN_ZIP}/new.js"
    assert project.finds("./peer.js", IN_ZIP) is None
    project.replace(
        ZIP, zipped(members | {"node_modules/dep/package.json": '{"main": "sub"}', "node_modules/dep/sub.js": ""})
    )
    assert project.finds("dep") == f"{IN_ZIP}/sub.js"


@pytest.mark.parametrize("project", [in_memory, on_disk, watched], indirect=True, ids=lambda made: made.__name__)
def test_an_archive_written_in_place_to_the_same_size(project: Project) -> None:
    project.write(ZIP, zipped({"node_modules/dep/one.js": "", "node_modules/dep/package.json": '{"main": "one"}'}))
    assert project.finds("dep") == f"{IN_ZIP}/one.js"
    project.write(ZIP, zipped({"node_modules/dep/two.js": "", "node_modules/dep/package.json": '{"main": "two"}'}))
    assert project.finds("dep") == f"{IN_ZIP}/two.js"


def test_an_archive_that_is_removed_and_comes_back(project: Project) -> None:
    assert project.finds("dep") == f"{IN_ZIP}/index.js"
    project.remove(ZIP)
    assert "is missing from disk" in project.says("dep")
    project.write(f"{ZIP}/node_modules/dep/unplugged.js", "")
    assert project.finds("dep/unplugged") == f"{IN_ZIP}/unplugged.js"


def test_an_archive_that_is_being_written_is_not_believed(project: Project) -> None:
    whole = zipped({"node_modules/dep/index.js": "", "node_modules/dep/more.js": ""})
    project.write(ZIP, whole[:-10])
    assert "no zip archive" in project.says("dep")
    project.write(ZIP, whole)
    assert project.finds("dep/more") == f"{IN_ZIP}/more.js"


def test_an_importer_in_an_archive_follows_its_project(project: Project) -> None:
    assert project.finds("one", IN_ZIP) is None
    data = json.loads(manifest(one="./one/", dep=f"./{IN_ZIP}/"))
    data["packageRegistryData"][2][1][0][1]["packageDependencies"] = [["one", "npm:1"]]
    project.write(".pnp.data.json", json.dumps(data))
    assert project.finds("one", IN_ZIP) == "one/index.js"


def test_an_instance_follows_its_archive(project: Project) -> None:
    virtual = f".yarn/__virtual__/dep-virtual-1a/0/cache/{IN_ZIP.removeprefix('.yarn/cache/')}"
    project.write(".pnp.data.json", manifest(dep=f"./{virtual}/"))
    assert project.finds("dep") == f"{virtual}/index.js"
    project.replace(ZIP, zipped({"node_modules/dep/index.json": ""}))
    assert project.finds("dep") == f"{virtual}/index.json"
    assert project.finds("./peer.js", virtual) is None


def test_a_tsconfig_extends_one_in_a_package(project: Project) -> None:
    options = {"pnp": True, "tsconfig": "auto", "extensions": [".js"]}
    number = project.engine.open_profile(single("tsconfig", "", parse_options(options)))
    project._mode = project.engine.mode(number, Kind.IMPORT)
    base = {"compilerOptions": {"paths": {"@/*": ["../../../../src/*"], "~/*": ["./*"]}}}
    project.write("tsconfig.json", json.dumps({"extends": "one/base.json"}))
    assert project.finds("@/x") is None
    project.write("one/base.json", json.dumps({"compilerOptions": {"paths": {"@/*": ["../src/*"]}}}))
    assert project.finds("@/x") == "src/x.js"
    project.write("tsconfig.json", json.dumps({"extends": "dep/base.json"}))
    assert project.finds("@/x") is None
    project.replace(ZIP, zipped({"node_modules/dep/base.json": json.dumps(base), "node_modules/dep/in.js": ""}))
    assert project.finds("~/in") == f"{IN_ZIP}/in.js"
    project.write(".pnp.data.json", manifest(one="./one/"))
    assert project.finds("~/in") is None


def test_links_in_an_archive_stay_in_it(project: Project) -> None:
    def link(name: str) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(f"node_modules/dep/{name}")
        info.external_attr = 0o120777 << 16
        return info

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("node_modules/dep/lib/real.js", "")
        archive.writestr(link("good.js"), "./lib/real.js")
        archive.writestr(link("deep"), "lib/../lib")
        for name, target in {"up": "../../../../../src", "out.js": f"{project.root}/src/x.js"}.items():
            archive.writestr(link(name), target)
        # Its text stays inside; the directory that it leads through does not lie where it is named.
        archive.writestr(link("sly.js"), "deep/../../../../../../src/x.js")
    project.write(ZIP, buffer.getvalue())
    assert project.finds("dep/good") == f"{IN_ZIP}/lib/real.js"
    assert project.finds("dep/deep/real") == f"{IN_ZIP}/lib/real.js"
    for hostile in ("dep/up/x", "dep/out", "dep/sly"):
        assert project.finds(hostile) is None


def test_edits_again_and_again_leave_nothing_behind(project: Project) -> None:
    counts: list[tuple[int, ...]] = []
    for round_ in range(4):
        project.write(".pnp.data.json", manifest(one="./two/" if round_ % 2 else "./one/", dep=f"./{IN_ZIP}/"))
        project.replace(ZIP, zipped({"node_modules/dep/index.js": "", f"node_modules/dep/{round_ % 2}.js": ""}))
        for specifier in ("one", "dep", "dep/0", "plain"):
            project.ask(specifier)
        project.engine._caches.collect()
        stats = project.engine.stats()
        counts.append((stats.answers, stats.directories, stats.listings, stats.facts, stats.edges))
    assert counts[0] == counts[2]
    assert counts[1] == counts[3]
