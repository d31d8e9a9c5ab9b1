"""What is fuzzed: each subject takes bytes and raises if they did what nobody's bytes may do.

An exception is a finding, and so are a refusal that says "a bug", an answer that is no file, and an engine whose invariants
do not hold. A hang or a blow-up is found by who runs them (`run.py`).
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from itertools import zip_longest

from resolverd import Engine
from resolverd.errors import RequestError, RoutesError
from resolverd.manifests.exports import SubpathTable
from resolverd.manifests.package_json import PackageJson, parse_package_json
from resolverd.manifests.pnp import PnpManifest, parse_pnp_cjs, parse_pnp_data
from resolverd.manifests.tsconfig import merge_tsconfigs, parse_tsconfig
from resolverd.paths import join, normal
from resolverd.resolution.profiles import named_profile
from resolverd.routes.router import Router
from resolverd.service.config import Settings
from resolverd.service.daemon import Daemon
from resolverd.service.handlers import Session
from resolverd.terms import Kind, Status
from resolverd.view.base import EntryKind
from resolverd.view.memory import MemoryView
from resolverd.wire.codec import decode_reply, decode_request
from resolverd.wire.framing import Framer
from resolverd.wire.messages import RefusalCode, Refused

SPECIFIERS = ("dep", "dep/a", "dep/a/b.js", "#a", "#a/b", "self", "./x", "@/x", "..", "dep/", "node:fs")
PARTS = b"\n--\n"
"""What stands between the files of one input."""


def package_json(data: bytes) -> None:
    """A manifest, and every way to look into it."""
    manifest = parse_package_json(data, "/p/package.json")
    if isinstance(manifest, PackageJson):
        for table in (manifest.exports(("exports",)), manifest.imports(("imports",))):
            if isinstance(table, SubpathTable):
                for subpath in (".", "./a", "./a/b.js", "#a", "#a/b"):
                    table.match(subpath, folders=True)
        manifest.alias_map(("browser",))
        manifest.has_side_effects("lib/index.js")


def tsconfig(data: bytes) -> None:
    """A config that extends itself."""
    file = parse_tsconfig(data, "/p/tsconfig.json")
    merge_tsconfigs(file, (file,))


def pnp(data: bytes) -> None:
    """Yarn's data, bare and in its program."""
    for manifest in (parse_pnp_data(data, "/p/.pnp.data.json", "/p"), parse_pnp_cjs(data, "/p/.pnp.cjs", "/p")):
        if isinstance(manifest, PnpManifest):
            for place in ("/p", "/p/src", "/p/.yarn/cache/a.zip/node_modules/a"):
                manifest.owner(place)
                manifest.locate(place, "dep")


def decoder(data: bytes) -> None:
    """A request as it comes off the wire."""
    decode_request(data)


def frames(data: bytes) -> None:
    """A conversation."""
    daemon = Daemon(Engine(_project()), Settings(socket="/s"), lambda: None)
    session, out = Session(daemon), bytearray()
    for payload in Framer(1 << 20).receive(data):
        for _ in session.answer(payload, out) or ():
            pass
        if session.is_closing:
            break
    replies = [decode_reply(reply) for reply in Framer().receive(bytes(out))]
    assert not [reply for reply in replies if isinstance(reply, Refused) and reply.code == RefusalCode.INTERNAL], data
    daemon.engine.check()


def resolve(data: bytes) -> None:
    """A project: a specifier, the importer's package.json, the dependency's, a tsconfig and Yarn's data."""
    specifier, *files = (part for part, _ in zip(data.split(PARTS), range(5), strict=False))
    view = _project()
    names = ("/p/package.json", "/p/node_modules/dep/package.json", "/p/tsconfig.json", "/p/.pnp.data.json")
    for name, content in zip_longest(names, files):
        if name and content is not None:
            view.write(name, content)
    engine = Engine(view)
    for profile in ("node", "bundler", "browser"):
        number = engine.open_profile(named_profile(profile))
        for kind in (Kind.IMPORT, Kind.REQUIRE):
            for asked in (specifier.decode(errors="surrogateescape"), *SPECIFIERS):
                answer = engine.answer(engine.mode(number, kind), "/p/src", asked)
                is_file = answer.path is not None and view.kind(answer.path) is EntryKind.FILE
                assert is_file == (answer.status is Status.FOUND), (asked, answer)
    engine.check()


def routes(data: bytes) -> None:
    """A URL, and a page on each further line; then the first page is gone."""
    url, *lines = data.decode(errors="surrogateescape").split("\n")
    paths = [join("/p/pages", normal(f"/{line}")[1:]) for line in lines[:64] if _is_page(line)]
    view, written = MemoryView(), list[str]()
    view.write("/p/pages/.kept", "")
    for path in paths:
        # A file may be where a directory would have to be.
        with suppress(OSError):
            view.write(path, "")
            written.append(path)
    router = Router(engine := Engine(view, is_told=True), "/p/pages")
    for gone in ("", *written[:1]):
        if gone:
            view.remove(gone)
            engine.bust_path(gone)
        engine.begin_turn()
        deque(router.refresh(), 0)
        with suppress(RoutesError, RequestError):
            router.hold_good()
            match = router.match(url, "https://a.example", "_/")
            assert match is None or view.kind(match.file) is EntryKind.FILE, (url, match)
        router.check()
    engine.check()


def _is_page(line: str) -> bool:
    return line.strip("/.") != "" and len(line) < 200 and "\0" not in line


def _project() -> MemoryView:
    view = MemoryView()
    for path in (
        "src/x.js",
        "src/a.ts",
        "index.js",
        "node_modules/dep/index.js",
        "node_modules/dep/a/b.js",
        "lib/a.js",
    ):
        view.write(f"/p/{path}", "")
    return view


SUBJECTS: dict[str, Callable[[bytes], None]] = {
    each.__name__: each for each in (package_json, tsconfig, pnp, decoder, frames, resolve, routes)
}


def silence() -> None:
    """Keep what is logged of bad input off the screen."""
    logging.disable(logging.CRITICAL)
