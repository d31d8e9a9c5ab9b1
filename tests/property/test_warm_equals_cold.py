"""The law that tests everything: a warm answer equals a cold one over the same tree, and every invariant holds.

Random small trees and random edits; each edit is followed by a bust of exactly the paths that it touched, as an event
would be, and then every question is asked of the warm engine and of a new one.
"""

from __future__ import annotations

import contextlib
import json

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from resolverd.cache.engine import Engine
from resolverd.resolution.options import parse_options
from resolverd.resolution.profiles import named_profile, single
from resolverd.terms import Kind
from resolverd.view.memory import MemoryView
from tests.property.worlds import DIRECTORIES, FILES, LINKS, ORIGINS, SPECIFIERS, TARGETS

targets = st.sampled_from(TARGETS)
manifests = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["self", "a", "b"]),
        "type": st.sampled_from(["module", "commonjs", 1]),
        "main": st.sampled_from(["x", "./lib", "main.js", "missing", "."]),
        "exports": targets
        | st.dictionaries(st.sampled_from([".", "./x", "./*", "./lib/"]), targets, max_size=3)
        | st.fixed_dictionaries({"import": targets, "default": targets}),
        "imports": st.dictionaries(st.sampled_from(["#x", "#*"]), targets, max_size=2),
        "browser": st.dictionaries(st.sampled_from(["./x.js", "a", "b"]), st.sampled_from(["./main.js", False, "b"])),
        "sideEffects": st.sampled_from([False, ["*.ts"]]),
        "types": st.sampled_from(["x", "./lib/x.d.ts", "missing"]),
        "typesVersions": st.dictionaries(
            st.sampled_from(["*", "<5", ">=5"]), st.dictionaries(st.sampled_from(["*", "x"]), st.just(["lib/*"]))
        ),
    },
)
PROFILES = (
    named_profile("node"),
    named_profile("browser"),
    named_profile("typescript"),
    single("plain", "", parse_options({"extensions": [".ts", ".js"], "symlinks": False, "alias": {"a": ["b", "a"]}})),
)


class WarmEqualsCold(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.view = MemoryView()
        self.view.mkdir("/p/src/deep")
        self.warm = Engine(self.view, is_told=True)
        self.modes = self.open(self.warm)

    @staticmethod
    def open(engine: Engine) -> list[int]:
        return [engine.mode(engine.open_profile(profile), kind) for profile in PROFILES for kind in list(Kind)[:2]]

    def edited(self, *paths: str) -> None:
        for path in paths:
            self.warm.bust_path(path)

    def make_way(self, path: str) -> list[str]:
        """Directories that have to be made for a path, the outermost first, as events would name them."""
        parts = path.split("/")[1:-1]
        made = []
        for depth in range(1, len(parts) + 1):
            directory = "/" + "/".join(parts[:depth])
            try:
                if not self.is_there(directory):
                    self.view.mkdir(directory)
                    made.append(directory)
            except OSError:  # a file, or a link that dangles
                return ["blocked"]
        return made

    def is_there(self, directory: str) -> bool:
        try:
            self.view.list(directory)
        except FileNotFoundError:
            return False
        return True

    def put(self, path: str, text: str) -> None:
        made = self.make_way(path)
        if made == ["blocked"]:
            return
        with contextlib.suppress(OSError):
            self.view.write(path, text)
        self.edited(*made, path)

    @rule(directory=st.sampled_from(DIRECTORIES), name=st.sampled_from(FILES))
    def create(self, directory: str, name: str) -> None:
        self.put(f"{directory}/{name}", "")

    @rule(directory=st.sampled_from(DIRECTORIES), manifest=manifests)
    def write_manifest(self, directory: str, manifest: dict[str, object]) -> None:
        self.put(f"{directory}/package.json", json.dumps(manifest))

    @rule(directory=st.sampled_from(DIRECTORIES))
    def break_manifest(self, directory: str) -> None:
        self.put(f"{directory}/package.json", "{")

    @rule(directory=st.sampled_from(DIRECTORIES), name=st.sampled_from((*FILES, "package.json", "")))
    def remove(self, directory: str, name: str) -> None:
        path = f"{directory}/{name}".rstrip("/")
        try:
            self.view.remove(path)
        except OSError:
            return
        self.edited(path)

    @rule(
        directory=st.sampled_from(DIRECTORIES),
        name=st.sampled_from((*FILES, "loop", "b")),
        text=st.sampled_from(LINKS),
    )
    def link(self, directory: str, name: str, text: str) -> None:
        path = f"{directory}/{name}"
        made = self.make_way(path)
        if made == ["blocked"]:
            return
        with contextlib.suppress(OSError):
            self.view.symlink(path, text)
        self.edited(*made, path)

    @rule(source=st.sampled_from(DIRECTORIES), to=st.sampled_from(DIRECTORIES))
    def move(self, source: str, to: str) -> None:
        if to.startswith(source) or source.startswith(to):
            return
        made = self.make_way(to)
        if made == ["blocked"]:
            return
        with contextlib.suppress(OSError):
            self.view.rename(source, to)
        self.edited(*made, source, to)

    @rule()
    def bust_all(self) -> None:
        self.warm.bust_all()

    @invariant()
    def warm_equals_cold(self) -> None:
        cold = Engine(self.view)
        modes = self.open(cold)
        self.warm.begin_turn()
        for warm_mode, cold_mode in zip(self.modes, modes, strict=True):
            for origin in ORIGINS:
                for specifier in SPECIFIERS:
                    expected = cold.answer(cold_mode, origin, specifier)
                    assert self.warm.answer(warm_mode, origin, specifier) == expected, (origin, specifier)
        self.warm.check()


TestWarmEqualsCold = WarmEqualsCold.TestCase
TestWarmEqualsCold.settings = settings(max_examples=20, stateful_step_count=12, deadline=None)
