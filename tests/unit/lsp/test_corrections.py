"""How an entry is added to the exports of a package.json, as it is written."""

from __future__ import annotations

import pytest

from resolverd_lsp.corrections import Export, exporting
from resolverd_lsp.text import Text

NEW = Export("/p/package.json", "./x", "./x.js")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"exports": {".": "./a.js"}}', '{"exports": {".": "./a.js", "./x": "./x.js"}}'),
        (
            '{\n\t"exports": {\n\t\t".": {\n\t\t\t"import": "./a.js"\n\t\t}\n\t}\n}',
            '{\n\t"exports": {\n\t\t".": {\n\t\t\t"import": "./a.js"\n\t\t},\n\t\t"./x": "./x.js"\n\t}\n}',
        ),
        (
            '{\n  "exports": "./a.js"\n}',
            '{\n  "exports": {\n    ".": "./a.js",\n    "./x": "./x.js"\n  }\n}',
        ),
        (
            '{\n  "exports": {\n    "import": "./a.js"\n  }\n}',
            '{\n  "exports": {\n    ".": {\n      "import": "./a.js"\n    },\n    "./x": "./x.js"\n  }\n}',
        ),
        ('{"exports": {}}', '{"exports": {\n  ".": {},\n  "./x": "./x.js"\n}}'),
        ('{"main": "./a.js"}', None),
        ("{", None),
    ],
)
def test_an_entry_is_added_in_the_manner_of_the_others(before: str, after: str | None) -> None:
    text = Text(before)
    edit = exporting(text, NEW)
    if edit is not None:
        text.replace(edit.range, edit.new_text)
    assert (None if edit is None else str(text)) == after
