"""Warm equals cold under Plug'n'Play: manifests, archives and instances are edited at random, and every question asked again."""

from __future__ import annotations

import contextlib
import io
import json
import stat
import zipfile

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from resolverd.cache.engine import Engine
from resolverd.resolution.options import parse_options
from resolverd.resolution.profiles import named_profile, single
from resolverd.terms import Kind
from resolverd.view.memory import MemoryView

ZIPS = ("/p/.yarn/cache/a.zip", "/p/.yarn/cache/b.zip", "/g/c.zip")
LOCATIONS = (
    "./",
    "./a/",
    "./a/deep/",
    "./.yarn/cache/a.zip/node_modules/a/",
    "./.yarn/cache/b.zip/node_modules/b/",
    "./.yarn/__virtual__/b-virtual-1a/0/cache/b.zip/node_modules/b/",
    "./.yarn/__virtual__/b-virtual-2b/0/cache/b.zip/node_modules/b/",
    "./.yarn/__virtual__/w-virtual-3c/1/a/",
    "../g/c.zip/node_modules/c/",
    "./nowhere/",
)
ORIGINS = ("/p", "/p/a/deep", *(f"/p/{location[2:-1]}" for location in LOCATIONS[3:8]), "/g/c.zip/node_modules/c", "/g")
SPECIFIERS = ("a", "b", "c/x", "a/x", "./x", ".", "#i", "pnpapi", "../b.zip/node_modules/b/x", "self")
MEMBERS = ("package.json", "x.js", "index.js", "lib/x.js", "link.js", "up")
IDENTS = st.sampled_from(["a", "b", "c", "self"])

references = st.none() | st.just("npm:1") | st.tuples(IDENTS, st.just("npm:1"))
packages = st.fixed_dictionaries(
    {
        "packageLocation": st.sampled_from(LOCATIONS),
        "packageDependencies": st.lists(st.tuples(IDENTS, references), max_size=3),
    },
    optional={"discardFromLookup": st.booleans()},
)
states = st.fixed_dictionaries(
    {
        "packageRegistryData": st.builds(
            lambda top, others: [[None, [[None, top]]], *([ident, [["npm:1", package]]] for ident, package in others)],
            packages.map(lambda package: package | {"packageLocation": "./"}),
            st.lists(st.tuples(IDENTS, packages), max_size=4),
        )
    },
    optional={
        "enableTopLevelFallback": st.booleans(),
        "fallbackPool": st.lists(st.tuples(IDENTS, references), max_size=2),
        "ignorePatternData": st.sampled_from([None, "^a(/|$)", "(", "deep"]),
    },
)
manifests = st.fixed_dictionaries(
    {},
    optional={
        "main": st.sampled_from(["x", "lib", "./link.js"]),
        "exports": st.sampled_from(["./x.js", {".": "./lib/x.js", "./x": "./up/x.js"}]),
        "imports": st.just({"#i": "b"}),
        "name": st.just("self"),
    },
)
PROFILES = (
    named_profile("bundler"),
    named_profile("node"),
    single("pnp", "", parse_options({"pnp": True, "cwd": "/p/a", "symlinks": False})),
    single("pnp", "", parse_options({"pnp": True, "enforceExtension": False, "modules": ["a", "node_modules"]})),
)


def archive(members: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        for name, text in members.items():
            info = zipfile.ZipInfo(name)
            if name.endswith(("link.js", "up")):
                info.external_attr = (stat.S_IFLNK | 0o777) << 16
            zipped.writestr(info, text)
    return buffer.getvalue()


class PnpWarmEqualsCold(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.view = MemoryView()
        for path in ("/p/a/x.js", "/p/a/deep/index.js", "/p/node_modules/a/x.js", "/g/node_modules/a/index.js"):
            self.view.write(path)
        self.view.mkdir("/p/.yarn/cache")
        self.warm = Engine(self.view, is_told=True)
        self.modes = self.open(self.warm)

    @staticmethod
    def open(engine: Engine) -> list[int]:
        return [engine.mode(engine.open_profile(profile), Kind.REQUIRE) for profile in PROFILES]

    def put(self, path: str, data: str | bytes) -> None:
        with contextlib.suppress(OSError):
            self.view.write(path, data)
        self.warm.bust_path(path)

    @initialize(state=states)
    def begin(self, state: object) -> None:
        self.write_data("/p", state)

    @rule(home=st.sampled_from(["/p", "/p", "/p/a"]), state=states)
    def write_data(self, home: str, state: object) -> None:
        self.put(f"{home}/.pnp.data.json", json.dumps(state))

    @rule(home=st.sampled_from(["/p", "/p/a"]), state=states | st.none())
    def write_code(self, home: str, state: object) -> None:
        self.put(f"{home}/.pnp.cjs", f"hydrateRuntimeState({json.dumps(state)}, {{}})")

    @rule(path=st.sampled_from(["/p/.pnp.cjs", "/p/.pnp.data.json", "/p/a/.pnp.cjs", "/p/a/.pnp.data.json", *ZIPS]))
    def remove(self, path: str) -> None:
        with contextlib.suppress(OSError):
            self.view.remove(path)
        self.warm.bust_path(path)

    @rule(
        path=st.sampled_from(ZIPS),
        names=st.sets(st.sampled_from(MEMBERS)),
        manifest=manifests,
        text=st.sampled_from(["x.js", "lib/x.js", "..", "../../../../../../p/a/x.js", "/p/a"]),
        cut=st.sampled_from([None, None, None, -1, 0]),
    )
    def write_archive(self, path: str, names: set[str], manifest: object, text: str, cut: int | None) -> None:
        home = f"node_modules/{path[-5]}"
        contents = {"package.json": json.dumps(manifest), "link.js": text, "up": text}
        data = archive({f"{home}/{name}": contents.get(name, "") for name in sorted(names)})
        self.put(path, data[:cut])

    @rule(path=st.sampled_from(ZIPS))
    def unpack_archive(self, path: str) -> None:
        self.remove(path)
        with contextlib.suppress(OSError):
            self.view.write(f"{path}/node_modules/{path[-5]}/x.js")
        self.warm.bust_path(path)

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


TestPnpWarmEqualsCold = PnpWarmEqualsCold.TestCase
TestPnpWarmEqualsCold.settings = settings(max_examples=8, stateful_step_count=8, deadline=None)
