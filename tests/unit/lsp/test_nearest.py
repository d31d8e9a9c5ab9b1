"""The name that was probably meant."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from resolverd_client import Question
from resolverd_lsp.nearest import nearest_name
from resolverd_lsp.supposing import Supposition
from tests.e2e.editor import write

EXPORTS: dict[str, object] = {".": "./a.js", "./colors/*": "./colors/*.js", "./table": {"node": "./t.js"}}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("nearest")
    for name in ("src/cart.ts", "src/Shop/index.ts", "src/data.json", "node_modules/plain/deep/x.js"):
        write(root / name, "")
    write(root / "node_modules/palette/package.json", json.dumps({"exports": EXPORTS}))
    write(root / "node_modules/palette/colors/teal.js", "")
    write(root / "node_modules/@shop/ui/index.js", "")
    write(root / "package.json", json.dumps({"imports": {"#settings": "./a", "#lib/*": "./src/*.ts"}}))
    write(root / "tsconfig.json", json.dumps({"compilerOptions": {"paths": {"@/*": ["./src/*"]}}}))
    return root


@pytest.mark.parametrize(
    ("profile", "written", "nearest"),
    [
        ("bundler", "./crt", "./cart"),
        ("bundler", "./crt.js", "./cart.js"),
        ("bundler", "./Cart", "./cart"),
        ("bundler", "./shop/index", "./Shop/index"),
        ("bundler", "./dta.json", "./data.json"),
        ("bundler", "./nothing/like/it", None),
        ("bundler", "@/shop", "@/Shop"),
        ("bundler", "@/crt", "@/cart"),
        ("node", "./cart", "./cart.ts"),
        ("bundler", "palete", "palette"),
        ("bundler", "@shp/ui", "@shop/ui"),
        ("bundler", "@shop/uii", "@shop/ui"),
        ("bundler", "plain/dep/x", "plain/deep/x"),
        ("bundler", "palette/colors/tael", "palette/colors/teal"),
        ("bundler", "palette/tabel", "palette/table"),
        ("bundler", "#setings", "#settings"),
        ("bundler", "#lib/crat", "#lib/cart"),
        ("bundler", "zzzzz", None),
    ],
)
def test_the_nearest_name_is_one_that_is_there(root: Path, profile: str, written: str, nearest: str | None) -> None:
    path = str(root / "src/a.ts")
    answer = Supposition([], {}).answer(Question(written, path, profile=profile))
    assert answer.error is not None
    assert nearest_name(written, answer.error, path) == nearest
