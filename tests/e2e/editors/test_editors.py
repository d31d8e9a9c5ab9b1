"""Real editors on a project that npm installs: the problems that they show, and where they lead."""

from __future__ import annotations

from tests.e2e.editor import write
from tests.e2e.editors.conftest import Screen
from tests.e2e.editors.projects import Project, until


def test_broken_imports_are_underlined_until_npm_has_installed_them(project: Project, screen: Screen) -> None:
    screen.open(project.root / "src/main.js")
    until(screen.underlined, ["@shop/ui", "fetcher", "palette", "palette/colors/red", "pure"])
    project.install()
    until(screen.underlined, [])


def test_definition_goes_to_the_file_that_is_meant(project: Project, screen: Screen) -> None:
    screen.open(project.root / "src/main.js")
    screen.jump("@/theme")
    until(screen.file, project.root / "src/theme/index.js")


def test_a_renamed_directory_takes_the_imports_of_it_and_in_it_along(project: Project, screen: Screen) -> None:
    src = project.root / "src"
    write(src / "asset.js", "")
    text = "import '../asset.js';\nimport './two.js';\nimport '@/asset.js';\nimport '../asset.js';\n"
    write(src / "parts/one.js", text)
    write(src / "parts/two.js", "")
    user = write(src / "user.js", "import './parts/one.js';\nimport '@/parts/two.js';\n")
    closed = write(src / "closed.js", "import './parts/two.js';\n")
    screen.open(user)
    screen.open(src / "parts/one.js")
    screen.rename(src / "parts", src / "shop/items")
    until(screen.file, src / "shop/items/one.js")
    until(user.read_text, "import './shop/items/one.js';\nimport '@/shop/items/two.js';\n")
    until(closed.read_text, "import './shop/items/two.js';\n")
    moved = src / "shop/items/one.js"
    assert moved.read_text() == text.replace("../", "../../")
    screen.rename(src / "asset.js", src / "thing.js")
    until(moved.read_text, text.replace("../asset", "../../thing").replace("@/asset", "@/thing"))
    assert not (src / "parts").exists()
    (src / "thing.js").unlink()
    until(screen.underlined, ["../../thing.js", "../../thing.js", "@/thing.js"])


def test_a_move_that_cannot_be_leaves_all_as_it_was(project: Project, screen: Screen) -> None:
    src = project.root / "src"
    texts = {
        src / "kept/one.js": "import '../cart';\nimport '../legacy.cjs';\n",
        src / "keeper.js": "import './kept/one.js';\nimport '@/kept/one.js';\n",
    }
    places = [write(place, text) for place, text in texts.items()]
    screen.open(places[0])
    screen.rename(src / "kept", src / "theme")
    until(lambda: "is there already" in screen.said(), wanted=True)
    screen.rename(src / "kept", src / "kept/further")
    until(lambda: "nvalid argument" in screen.said(), wanted=True)
    assert screen.file() == places[0]
    assert {place: place.read_text() for place in places} == texts
    assert screen.unsaved() == []


def test_what_somebody_is_at_work_in_is_edited_and_not_saved(project: Project, screen: Screen) -> None:
    src = project.root / "src"
    draft = write(src / "draft.js", "import './old.js';\n")
    write(src / "old.js", "")
    screen.open(draft)
    screen.write("// more to come")
    screen.rename(src / "old.js", src / "new.js")
    until(screen.text, "// more to come\nimport './new.js';\n")
    until((src / "new.js").exists, wanted=True)
    assert screen.unsaved() == [draft]
    assert draft.read_text() == "import './old.js';\n"


def test_what_was_not_saved_moves_along(project: Project, screen: Screen) -> None:
    src = project.root / "src"
    place = write(src / "note.js", "import './cart';\n")
    screen.open(place)
    screen.write("// more to come")
    screen.rename(place, src / "notes/first.js")
    until(screen.file, src / "notes/first.js")
    until(screen.text, "// more to come\nimport '../cart';\n")
