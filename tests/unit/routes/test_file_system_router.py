"""A router over a directory that is edited: watched, watched by nobody, and without a watcher at all."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from resolverd.cache.engine import Engine
from resolverd.errors import RequestError, RoutesError
from resolverd.routes import pages
from resolverd.routes.file_system_router import FileSystemRouter
from resolverd.routes.router import Router
from resolverd.view.memory import MemoryView
from resolverd.watch.inotify import Inotify


@pytest.fixture(params=["watched", "beyond the limit of watches", "without a watcher"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    if request.param == "without a watcher":
        yield Engine()
        return
    watcher = Inotify() if request.param == "watched" else Inotify(budget=0)
    yield Engine(watcher=watcher)
    watcher.close()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    place = tmp_path.resolve() / "pages"
    write(place, "index.tsx", "blog/[slug].tsx")
    return place


@pytest.fixture
def router(engine: Engine, root: Path) -> FileSystemRouter:
    return FileSystemRouter(engine, str(root))


def write(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def name_at(router: FileSystemRouter, url: str) -> str | None:
    match = router.match(url)
    return None if match is None else match.name


def names(router: FileSystemRouter) -> set[str]:
    return {route.name for route in router.routes}


# -- what changes ------------------------------------------------------------------------------------------------------


def test_a_new_page_is_there_at_the_first_match(router: FileSystemRouter, root: Path) -> None:
    assert name_at(router, "/about") is None
    write(root, "about.tsx")
    assert name_at(router, "/about") == "/about"
    (root / "about.tsx").unlink()
    assert name_at(router, "/about") is None


def test_a_page_in_new_directories_is_there_at_the_first_match(router: FileSystemRouter, root: Path) -> None:
    write(root, "shop/cart/[id]/items.tsx")
    assert name_at(router, "/shop/cart/7/items") == "/shop/cart/[id]/items"
    write(root, "shop/cart/[id]/index.tsx")
    assert name_at(router, "/shop/cart/7") == "/shop/cart/[id]"
    router.check()


def test_directories_that_are_moved_take_their_pages_along(
    router: FileSystemRouter, root: Path, tmp_path: Path
) -> None:
    write(tmp_path, "other/a/b.tsx")
    (root / "blog").rename(root / "news")
    assert names(router) == {"/", "/news/[slug]"}
    (root / "news").rename(tmp_path / "aside")
    (tmp_path / "other").rename(root / "news")
    assert names(router) == {"/", "/news/a/b"}
    router.check()


def test_a_link_counts_as_what_it_leads_to(router: FileSystemRouter, root: Path, tmp_path: Path) -> None:
    write(tmp_path, "shared/one.tsx", "shared/two.tsx")
    (root / "linked").symlink_to(tmp_path / "shared")
    (root / "alone.tsx").symlink_to(tmp_path / "shared/one.tsx")
    (root / "broken.tsx").symlink_to(tmp_path / "nowhere.tsx")
    assert names(router) == {"/", "/blog/[slug]", "/linked/one", "/linked/two", "/alone"}
    match = router.match("/alone")
    assert match is not None
    assert match.file == str(tmp_path.resolve() / "shared/one.tsx")
    assert match.source == "alone.tsx"
    (tmp_path / "shared/two.tsx").unlink()
    write(tmp_path, "shared/three.tsx", "nowhere.tsx")
    assert names(router) == {"/", "/blog/[slug]", "/linked/one", "/linked/three", "/alone", "/broken"}


def test_a_link_to_what_encloses_it_ends(router: FileSystemRouter, root: Path) -> None:
    (root / "blog/again").symlink_to(root)
    assert names(router) == {"/", "/blog/[slug]"}


def test_a_file_in_the_place_of_a_directory_and_back(router: FileSystemRouter, root: Path) -> None:
    write(root, "x.ts/y.ts")
    assert name_at(router, "/x.ts/y") == "/x.ts/y"
    (root / "x.ts/y.ts").unlink()
    (root / "x.ts").rmdir()
    write(root, "x.ts")
    assert names(router) == {"/", "/blog/[slug]", "/x"}


def test_all_that_is_remembered_may_be_voided(engine: Engine, router: FileSystemRouter, root: Path) -> None:
    engine.bust_all()
    write(root, "about.tsx")
    assert names(router) == {"/", "/blog/[slug]", "/about"}
    engine.check()


# -- what is wrong -----------------------------------------------------------------------------------------------------


def test_pages_that_go_wrong_leave_the_routes_as_they_were(router: FileSystemRouter, root: Path) -> None:
    write(root, "blog/[slug].js", "about.tsx")
    assert name_at(router, "/about") is None
    assert names(router) == {"/", "/blog/[slug]"}
    for _ in range(2):
        with pytest.raises(RoutesError, match=r"/blog/\[slug\]") as told:
            router.reload()
        assert str(told.value).count(str(root)) == 2
    router.check()
    (root / "blog/[slug].js").unlink()
    router.reload()
    assert name_at(router, "/about") == "/about"


def test_one_broken_name_keeps_all_that_changed_with_it_out(router: FileSystemRouter, root: Path) -> None:
    (root / "index.tsx").unlink()
    write(root, "[x.tsx")
    assert names(router) == {"/", "/blog/[slug]"}
    with pytest.raises(RoutesError, match="Invalid dynamic route"):
        router.reload()
    (root / "[x.tsx").rename(root / "[x].tsx")
    assert names(router) == {"/blog/[slug]", "/[x]"}


def test_a_directory_that_vanishes_is_told_of_and_may_come_back(router: FileSystemRouter, root: Path) -> None:
    root.rename(root.with_name("aside"))
    with pytest.raises(RoutesError, match="Unable to find directory") as told:
        router.reload()
    assert told.value.is_directory
    assert name_at(router, "/") == "/"
    write(root, "new.tsx")
    router.reload()
    assert names(router) == {"/new"}


def test_a_router_is_not_made_of_what_is_wrong(engine: Engine, root: Path) -> None:
    with pytest.raises(RoutesError, match="Unable to find directory"):
        FileSystemRouter(engine, str(root / "nowhere"))
    with pytest.raises(RoutesError, match="Unable to find directory"):
        FileSystemRouter(engine, str(root / "index.tsx"))
    write(root, "[].tsx")
    with pytest.raises(RoutesError, match="Invalid dynamic route"):
        FileSystemRouter(engine, str(root))


def test_a_broken_percent_encoding_is_the_request_that_is_wrong(router: FileSystemRouter) -> None:
    for url in ("/%zz", "/%", "/blog/x?%4"):
        with pytest.raises(RequestError, match="DecodingError parsing path"):
            router.match(url)


def test_a_directory_that_cannot_be_listed_is_told_of_until_it_can() -> None:
    view = MemoryView()
    view.write("/p/a.tsx")
    view.write("/p/secret/b.tsx")
    router = FileSystemRouter(Engine(view), "/p")
    view.chmod("/p/secret", 0)
    assert names(router) == {"/a", "/secret/b"}
    with pytest.raises(RoutesError, match=r"cannot be read: .*/p/secret"):
        router.reload()
    view.chmod("/p/secret", 0o755)
    view.write("/p/secret/c.tsx")
    assert names(router) == {"/a", "/secret/b", "/secret/c"}


def test_below_a_directory_that_may_be_searched_and_not_listed_pages_are_found_and_looked_for_each_time() -> None:
    view = MemoryView()
    view.write("/home/me/pages/a.tsx")
    view.write("/home/me/pages/b/c.tsx")
    view.chmod("/home", 0o311)
    router = FileSystemRouter(engine := Engine(view), "/home/me/pages")
    assert names(router) == {"/a", "/b/c"}
    view.write("/home/me/pages/b/d.tsx")
    view.remove("/home/me/pages/a.tsx")
    assert names(router) == {"/b/c", "/b/d"}
    view.remove("/home/me/pages")
    with pytest.raises(RoutesError, match="Unable to find directory"):
        router.reload()
    engine.check()


def test_names_that_are_no_text_are_matched_by_their_bytes() -> None:
    view = MemoryView()
    view.write("/p/caf\udce9.tsx")
    match = FileSystemRouter(Engine(view), "/p").match("/caf%E9")
    assert match is not None
    assert match.file == "/p/caf\udce9.tsx"


# -- what it costs -----------------------------------------------------------------------------------------------------


def test_only_the_directory_that_changed_is_read(root: Path) -> None:
    watcher = Inotify()
    engine = Engine(watcher=watcher)
    write(root, *(f"d{number}/page.tsx" for number in range(10)))
    router = Router(engine, str(root))

    def reads() -> int:
        before = router.pages.reads
        engine.begin_turn()
        for _ in router.refresh():
            pass
        return router.pages.reads - before

    assert reads() == 12
    assert reads() == 0
    write(root, "d3/another.tsx")
    assert reads() == 1
    watcher.close()


def test_nothing_is_left_of_a_router_that_is_closed(engine: Engine, root: Path) -> None:
    def held() -> tuple[int, int, int, int]:
        stats = engine.stats()
        return stats.directory_slots, stats.listings, stats.facts, stats.edges

    before = held()
    open_ones, closed_ones = set[object](), set[object]()
    for _ in range(3):
        router = FileSystemRouter(engine, str(root))
        open_ones.add(held())
        router.close()
        closed_ones.add(held())
    assert len(open_ones) == len(closed_ones) == 1
    assert open_ones != closed_ones
    engine.bust_all()
    assert held() == before
    engine.check()


def test_others_are_let_in_while_much_is_read() -> None:
    view = MemoryView()
    for number in range(2 * pages.PART):
        view.write(f"/p/d{number}/page.tsx")
    router = Router(Engine(view), "/p")
    assert sum(1 for _ in router.refresh()) == 2
    assert len(router.routes()) == 2 * pages.PART


def test_too_large_a_directory_is_told_of_and_no_more_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MAX_DIRECTORIES", 4)
    view = MemoryView()
    for number in range(3):
        view.write(f"/p/d{number}/page.tsx")
    router = FileSystemRouter(Engine(view), "/p")
    view.write("/p/e/f/page.tsx")
    with pytest.raises(RoutesError, match="more than 4 directories"):
        router.reload()
    assert name_at(router, "/d0/page") == "/d0/page"
    router.check()
    view.remove("/p/d0")
    view.remove("/p/d1")
    router.reload()
    assert names(router) == {"/d2/page", "/e/f/page"}


# -- warm and cold -----------------------------------------------------------------------------------------------------

PARTS = ("a", "b", "A", "[x]", "[y]", "[...r]", "[[...o]]", "index")
WEIGHTS = (9, 9, 3, 4, 1, 2, 2, 3)
URLS = ("/", "/a", "/a/b", "/A", "/b/a/b", "/q", "/q/b", "/q/b/a/b")
EDITS = 50


@pytest.mark.parametrize("seed", range(3))
def test_a_router_that_was_edited_equals_a_new_one(engine: Engine, tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    root = tmp_path.resolve() / "pages"
    root.mkdir()
    router = FileSystemRouter(engine, str(root))
    wrong = 0
    for _ in range(EDITS):
        edit(root, draw)
        cold = Router(fresh := Engine(), str(root))
        fresh.begin_turn()
        for _ in cold.refresh():
            pass
        trouble = trouble_of(cold.hold_good)
        assert trouble_of(router.reload) == trouble
        wrong += trouble is not None
        if trouble is None:
            assert router.routes == cold.routes()
            assert [router.match(url) for url in URLS] == [cold.match(url) for url in URLS]
        router.check()
    engine.check()
    assert 0 < wrong < EDITS - 10


def trouble_of(ask: Callable[[], None]) -> str | None:
    try:
        ask()
    except RoutesError as error:
        return str(error)
    return None


def edit(root: Path, draw: random.Random) -> None:
    """Make a page, take a page or a directory away, or move one; fewer and fewer stay where there are many."""
    present = sorted(root.rglob("*"))
    if draw.random() < 0.6 - len(present) / 40:
        parts = draw.choices(PARTS, WEIGHTS, k=draw.randint(1, 3))
        write(root, "/".join(parts) + draw.choices((".tsx", ".js"), (9, 1))[0])
    elif present:
        chosen = draw.choice(present)
        away, other = root.parent / f"aside-{draw.random()}", root / f"{draw.choice('abc')}{chosen.suffix}"
        with contextlib.suppress(OSError):  # another directory may be there
            chosen.rename(away if draw.random() < 0.5 else other)
