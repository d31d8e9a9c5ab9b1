"""What is edited when files move. The law: afterwards each import means what it meant, where that is now."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resolverd.paths import is_inside, parent_of
from resolverd.terms import Answer
from resolverd_lsp.asking import decisive, questions_of
from resolverd_lsp.choices import Choices
from resolverd_lsp.index import Index
from resolverd_lsp.moves import moved, moves_of
from resolverd_lsp.renaming import Importer, rewritten
from resolverd_lsp.specifier import Key
from resolverd_lsp.spelling import Ending, relative, written_as
from resolverd_lsp.supposing import Supposition
from tests.e2e.editor import write

Tree = Mapping[str, str | dict[str, object]]


class Project:
    """Files on disk, asked about by an engine without a memory."""

    def __init__(self, root: Path, tree: Tree) -> None:
        self.root = root
        for name, content in tree.items():
            write(root / name, content if isinstance(content, str) else json.dumps(content, indent=2))

    def importers(self) -> list[Importer]:
        index, now = Index(), Supposition([], {})
        found: list[Importer] = []
        for path in index.outdated([str(self.root)]):
            text, specifiers = index.look(path)
            answers: dict[Key, Answer | None] = {}
            for each in specifiers:
                given = [now.answer(question) for question in questions_of(each, path, Choices().of(path))]
                answers[each.key] = given[decisive(given)] if given else None
            found.append(Importer(path, text, specifiers, answers))
        return found

    def meanings(self) -> dict[tuple[str, int], str | None]:
        """Give what each specifier means, by its file and its place among the file's."""
        return {
            (file.path, place): answer and answer.path
            for file in self.importers()
            for place, each in enumerate(file.specifiers)
            for answer in (file.answers[each.key],)
        }

    def moved(self, *renames: tuple[str, str]) -> dict[str, dict[str, str]]:
        """Move files as an editor does; which specifiers became what, by file. Holds the law."""
        before = self.meanings()
        moves = moves_of((str(self.root / old), str(self.root / new)) for old, new in renames)
        told: dict[str, dict[str, str]] = {}
        for path, edits in rewritten(self.importers(), moves, Choices()):
            told[path.removeprefix(f"{self.root}/")] = {each.text: text for each, text in edits}
            self._apply(Path(path), [(each.start, each.end, text) for each, text in edits])
        for old, new in moves:
            Path(new).parent.mkdir(parents=True, exist_ok=True)
            Path(old).rename(new)
        expected = {
            (moved(path, moves), place): meant and moved(meant, moves) for (path, place), meant in before.items()
        }
        after = self.meanings()
        assert {key: after.get(key) for key, meant in expected.items() if meant} == {
            key: meant for key, meant in expected.items() if meant
        }
        return told

    @staticmethod
    def _apply(path: Path, edits: list[tuple[int, int, str]]) -> None:
        data = path.read_text().encode("utf-16-le")
        for start, end, text in reversed(edits):
            data = data[:start] + text.encode("utf-16-le") + data[end:]
        path.write_text(data.decode("utf-16-le"))


@pytest.mark.parametrize(
    ("written", "target", "new", "expected"),
    [
        ("./b", "b.ts", "c.ts", "./c"),
        ("./b.ts", "b.ts", "c.ts", "./c.ts"),
        ("./b.js", "b.ts", "c.ts", "./c.js"),
        ("./b.js", "b.tsx", "c.tsx", "./c.js"),
        ("./b.mjs", "b.mts", "deep/c.mts", "./deep/c.mjs"),
        ("./b", "b.ts", "../c.ts", "../c"),
        ("./b", "b/index.ts", "b/main.ts", "./b/main"),
        ("./b", "b.ts", "b/index.ts", None),
        ("./b/index", "b/index.ts", "c/index.ts", "./c/index"),
        ("./b", "b/index.ts", "c/index.ts", "./c"),
        ("./b.css?inline", "b.css", "c.css", "./c.css?inline"),
        ("./b.svg?url#x", "b.svg", "c.svg", "./c.svg?url#x"),
        ("./b", "b.ts", "b.tsx", None),
        ("./b", "b.ts", "c.js", "./c"),
        ("./b.ts", "b.ts", "c.js", "./c.js"),
        ("..", "../index.ts", "../main.ts", "../main"),
        ("{root}/src/b.ts", "b.ts", "c.ts", "{root}/src/c.ts"),
        ("file://{root}/src/b.ts", "b.ts", "c.ts", "file://{root}/src/c.ts"),
    ],
)
def test_an_import_is_written_as_before(
    tmp_path: Path, written: str, target: str, new: str, expected: str | None
) -> None:
    before = written.format(root=tmp_path)
    project = Project(tmp_path, {"src/a.ts": f"import '{before}';", f"src/{target}": ""})
    edits = project.moved((f"src/{target}", f"src/{new}"))
    assert edits == ({} if expected is None else {"src/a.ts": {before: expected.format(root=tmp_path)}})


def test_a_moved_file_takes_its_own_imports_along(tmp_path: Path) -> None:
    text = "import './b';\nimport '../c.js';\nimport '@/b';\nimport 'p';\nnew URL('./d.png', import.meta.url);\nimport './gone';"
    project = Project(
        tmp_path,
        {
            "tsconfig.json": {"compilerOptions": {"paths": {"@/*": ["./src/*"]}}},
            "node_modules/p/index.js": "",
            "src/a.ts": text,
            "src/b.ts": "",
            "src/d.png": "",
            "c.ts": "",
        },
    )
    assert project.moved(("src/a.ts", "src/deep/er/a.ts")) == {
        "src/a.ts": {"./b": "../../b", "../c.js": "../../../c.js", "./d.png": "../../d.png"}
    }


def test_in_a_moved_directory_only_what_leads_out_of_it_is_edited(tmp_path: Path) -> None:
    project = Project(
        tmp_path,
        {
            "lib/x.ts": "import './y'; import '../src/z'; import './in';",
            "lib/y.ts": "",
            "lib/in/index.ts": "import '../x'",
            "src/z.ts": "import '../lib/x'; import '../lib/in'; import './w';",
            "src/w.ts": "",
        },
    )
    assert project.moved(("lib", "src/lib")) == {
        "lib/x.ts": {"../src/z": "../z"},
        "src/z.ts": {"../lib/x": "./lib/x", "../lib/in": "./lib/in"},
    }


def test_files_that_move_together_keep_what_they_are_to_each_other(tmp_path: Path) -> None:
    tree = {"a.ts": "import './b'; import './c';", "b.ts": "import './a'", "c.ts": "import './b'"}
    project = Project(tmp_path, tree)
    assert project.moved(("a.ts", "x/a.ts"), ("b.ts", "x/b.ts")) == {
        "a.ts": {"./c": "../c"},
        "c.ts": {"./b": "./x/b"},
    }


PATHS: dict[str, object] = {
    "compilerOptions": {"paths": {"@/*": ["./src/*"], "~ui": ["./src/ui/index.ts"]}},
    "include": ["src"],
}


@pytest.mark.parametrize(
    ("written", "target", "new", "expected"),
    [
        ("@/ui/b", "src/ui/b.ts", "src/kit/c.ts", "@/kit/c"),
        ("@/ui/b.js", "src/ui/b.ts", "src/c.ts", "@/c.js"),
        ("@/ui/b", "src/ui/b.ts", "lib/c.ts", "../lib/c"),
        ("@/ui", "src/ui/index.ts", "src/kit/index.ts", "@/kit"),
        ("~ui", "src/ui/index.ts", "src/kit/index.ts", None),
    ],
)
def test_an_alias_is_kept_where_it_still_says_it(
    tmp_path: Path, written: str, target: str, new: str, expected: str | None
) -> None:
    project = Project(tmp_path, {"tsconfig.json": PATHS, "src/a.ts": f"import '{written}';", target: ""})
    edits = project.moved((target, new))
    assert edits.get("src/a.ts") == (None if expected is None else {written: expected})


def test_aliases_survive_the_move_of_the_directory_that_they_stand_for(tmp_path: Path) -> None:
    project = Project(
        tmp_path,
        {
            "tsconfig.json": PATHS,
            "src/a.ts": "import '@/ui/b'; import '~ui';",
            "src/ui/b.ts": "",
            "src/ui/index.ts": "",
        },
    )
    assert project.moved(("src", "source")) == {
        "tsconfig.json": {"./src/*": "./source/*", "./src/ui/index.ts": "./source/ui/index.ts", "src": "source"}
    }


PACKAGE: dict[str, object] = {
    "name": "kit",
    "main": "lib/main",
    "exports": {".": "./src/index.ts", "./button": "./src/button.ts", "./icons/*": "./src/icons/*.ts"},
    "imports": {"#log": "./src/log.ts", "#internal/*": "./src/internal/*.ts", "#dep": "p"},
}


@pytest.mark.parametrize(
    ("written", "target", "new", "expected"),
    [
        ("#log", "src/log.ts", "src/logger.ts", {"package.json": {"./src/log.ts": "./src/logger.ts"}}),
        ("#internal/b", "src/internal/b.ts", "src/internal/c.ts", {"src/a.ts": {"#internal/b": "#internal/c"}}),
        ("#internal/b", "src/internal/b.ts", "src/c.ts", {"src/a.ts": {"#internal/b": "./c"}}),
        (
            "kit/button",
            "src/button.ts",
            "src/ui/button.ts",
            {"package.json": {"./src/button.ts": "./src/ui/button.ts"}},
        ),
        ("kit/icons/b", "src/icons/b.ts", "src/icons/in/c.ts", {"src/a.ts": {"kit/icons/b": "kit/icons/in/c"}}),
        ("kit/icons/b", "src/icons/b.ts", "src/b.ts", {"src/a.ts": {"kit/icons/b": "./b"}}),
        ("kit/icons/b", "src/icons", "src/pictures", {"package.json": {"./src/icons/*.ts": "./src/pictures/*.ts"}}),
        (
            "../lib/main",
            "lib/main.js",
            "lib/first.js",
            {"package.json": {"lib/main": "lib/first"}, "src/a.ts": {"../lib/main": "../lib/first"}},
        ),
    ],
)
def test_exports_and_imports_of_a_package_move_with_what_they_name(
    tmp_path: Path, written: str, target: str, new: str, expected: dict[str, dict[str, str]]
) -> None:
    tree: dict[str, str | dict[str, object]] = {
        "package.json": PACKAGE,
        "src/a.ts": f"import '{written}';",
        "src/icons/z.ts": "",
    }
    project = Project(tmp_path, tree | ({f"{target}/b.ts": ""} if "." not in target else {target: ""}))
    assert project.moved((target, new)) == expected


def test_a_package_that_moves_as_a_whole_keeps_its_name(tmp_path: Path) -> None:
    project = Project(
        tmp_path,
        {
            "package.json": {"workspaces": ["packages/*"]},
            "packages/ui/package.json": {"name": "@x/ui", "exports": "./index.ts"},
            "packages/ui/index.ts": "import '../../shared'",
            "tsconfig.json": {"references": [{"path": "./packages/ui"}], "extends": "./packages/ui/base"},
            "packages/ui/base.json": "{}",
            "packages/ui/tsconfig.json": {"extends": "../../base.json"},
            "base.json": "{}",
            "app.ts": "import '@x/ui'",
            "shared.ts": "",
        },
    )
    (tmp_path / "node_modules/@x").mkdir(parents=True)
    link = tmp_path / "node_modules/@x/ui"
    link.symlink_to("../../packages/ui")
    before = project.meanings()
    moves = moves_of([(str(tmp_path / "packages"), str(tmp_path / "libs/all"))])
    told = {
        path.removeprefix(f"{tmp_path}/"): {each.text: text for each, text in edits}
        for path, edits in rewritten(project.importers(), moves, Choices())
    }
    assert before[str(tmp_path / "app.ts"), 0] == str(tmp_path / "packages/ui/index.ts")
    assert told == {
        "package.json": {"packages/*": "libs/all/*"},
        "packages/ui/index.ts": {"../../shared": "../../../shared"},
        "packages/ui/tsconfig.json": {"../../base.json": "../../../base.json"},
        "tsconfig.json": {"./packages/ui": "./libs/all/ui", "./packages/ui/base": "./libs/all/ui/base"},
    }


def test_declarations_that_move_are_imported_from_where_they_are(tmp_path: Path) -> None:
    text = "import { A } from './types'; import type { B } from './types.js'; /** @type {import('./types').A} */"
    project = Project(tmp_path, {"a.ts": text, "types.d.ts": ""})
    assert project.moved(("types.d.ts", "kinds.d.ts")) == {"a.ts": {"./types": "./kinds", "./types.js": "./kinds.js"}}


def test_styles_and_components_are_edited_too(tmp_path: Path) -> None:
    project = Project(
        tmp_path,
        {
            "a.css": "@import 'b.css'; p { background: url(img/c.png) }",
            "b.css": "",
            "img/c.png": "",
            "d.vue": "<script>import './b.css'</script><style>@import './b';</style>",
        },
    )
    assert project.moved(("b.css", "css/b.css"), ("img", "pictures")) == {
        "a.css": {"b.css": "css/b.css", "img/c.png": "pictures/c.png"},
        "d.vue": {"./b.css": "./css/b.css", "./b": "./css/b"},
    }


def test_a_path_seen_from_base_url_moves_with_it(tmp_path: Path) -> None:
    config = {"compilerOptions": {"baseUrl": "./src", "paths": {"#/*": ["*"], "lib": ["lib/one"]}}}
    project = Project(
        tmp_path,
        {"tsconfig.json": config, "src/a.ts": "import '#/b'; import 'lib';", "src/b.ts": "", "src/lib/one.ts": ""},
    )
    assert project.moved(("src", "app")) == {"tsconfig.json": {"./src": "./app"}}
    assert project.moved(("app/lib/one.ts", "app/lib/two.ts")) == {"tsconfig.json": {"lib/one": "lib/two"}}


FILES = ("a.ts", "x/b.tsx", "x/y/c.js", "z/d.mts", "x/index.ts", "z/e.css", "x/y/f.vue")
FORMS = st.sampled_from([Ending.WHOLE, Ending.STEM, Ending.EMITTED, Ending.DIRECTORY])
IMPORTS = st.lists(st.tuples(st.sampled_from(FILES), st.sampled_from(FILES), FORMS, st.booleans()), max_size=8)
MOVED = ("a.ts", "x/b.tsx", "x/y/c.js", "x/index.ts", "x", "x/y", "z")
MOVES = st.tuples(st.sampled_from(MOVED), st.sampled_from(["", "new/", "z/", "x/", "new/er/"]), st.booleans())


@settings(max_examples=60)
@given(IMPORTS, MOVES)
def test_whatever_moves_each_import_means_what_it_meant(
    imports: list[tuple[str, str, Ending, bool]], move: tuple[str, str, bool]
) -> None:
    old, directory, keeps_name = move
    name = old.rpartition("/")[2]
    new = directory + (name if keeps_name else f"new-{name}")
    if is_inside(new, old) or new in FILES or any(is_inside(file, new) for file in FILES):
        return
    texts: dict[str, str] = dict.fromkeys(FILES, "")
    for importer, target, ending, has_alias in imports:
        for path in written_as(f"/{target}", ending):
            written = f"@{path}" if has_alias else relative(path, parent_of(f"/{importer}"))
            texts[importer] += STATEMENTS[importer.rpartition(".")[2]].format(written)
    with tempfile.TemporaryDirectory() as scratch:
        tree: Tree = {"tsconfig.json": {"compilerOptions": {"paths": {"@/*": ["./*"]}}}, **texts}
        Project(Path(scratch).resolve(), tree).moved((old, new))


STATEMENTS = dict.fromkeys(("ts", "tsx", "js", "mts"), "import '{}';\n") | {
    "css": "@import '{}';\n",
    "vue": "<script>import '{}';</script>\n",
}
