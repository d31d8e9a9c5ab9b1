"""Record what Neovim says to the server, for `test_session.py` to say it again: `python -m tests.e2e.lsp.record`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from tests.e2e.command import Home, home
from tests.e2e.editor import write
from tests.e2e.editors.neovim import Neovim
from tests.e2e.editors.projects import SOURCE, until
from tests.e2e.lsp.sessions import SESSION, Step, append

TEXT = """\
import a from './cart.js';
import b from 'late-package';
import c from "@/theme";
// 😀
export { a, b, c };
"""

REQUEST = """
local params = _A[2] or vim.lsp.util.make_position_params()
params.context = _A[3]
return vim.tbl_count(vim.lsp.buf_request_sync(0, _A[1], params, 10000))
"""

RENAME = """
for _, reply in pairs(vim.lsp.buf_request_sync(0, 'workspace/willRenameFiles', _A[1], 10000)) do
  vim.lsp.util.apply_workspace_edit(reply.result, 'utf-16')
end
return true
"""

CANCELLED = """
local _, cancel = vim.lsp.buf_request(0, 'textDocument/references', vim.tbl_extend('force',
  vim.lsp.util.make_position_params(), { context = { includeDeclaration = false } }), function() end)
cancel()
return true
"""


def main() -> None:
    SESSION.unlink(missing_ok=True)
    with home(PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}") as user:
        put_in_the_way(user)
        neovim = Neovim(user)
        try:
            play(user, neovim, neovim.lua)
            neovim.lua("vim.schedule(function() vim.cmd('qa!') end)")
            until(lambda: '"exit"' in SESSION.read_text(), wanted=True)
        finally:
            neovim.end()


def put_in_the_way(user: Home) -> None:
    """Let `resolverd lsp` be written down, wherever the README's lines find the command."""
    user.environment["HOME"] = str(user.root)
    (user.root / "src").mkdir()
    (user.root / "src/resolverd").symlink_to(SOURCE)
    script = write(
        user.root / "bin/resolverd",
        f"#!/bin/sh\nPYTHONPATH={SOURCE} exec {sys.executable} -m tests.e2e.lsp.tee {SESSION} {user.root}\n",
    )
    script.chmod(0o755)
    user.environment["PATH"] = f"{script.parent}:{user.environment['PATH']}"


def play(user: Home, neovim: Neovim, lua: Callable[..., object]) -> None:
    """Do what a user does who fixes an import, waits for a package, looks around and moves a file."""

    def disk(path: Path, text: str) -> None:
        append(SESSION, user.root, Step("disk", [str(path), text]))
        write(path, text)

    def ask(method: str, line: int, column: int, context: object = None, params: object = None) -> None:
        lua("vim.api.nvim_win_set_cursor(0, { _A[1], _A[2] })", line, column)
        assert lua(REQUEST, method, params, context) == 1

    root = user.workspace
    session = root / "src/session.ts"
    disk(session, TEXT)
    neovim.open(session)
    until(neovim.underlined, ["late-package"])
    package = root / "node_modules/late-package"
    disk(package / "main.js", "")
    disk(package / "package.json", '{"name": "late-package", "version": "1.0.0", "main": "main.js"}')
    until(neovim.underlined, [])
    document = {"textDocument": {"uri": f"file://{session}"}}
    for line, column in ((1, 17), (2, 17), (4, 3)):
        ask("textDocument/hover", line, column)
        ask("textDocument/definition", line, column)
    ask("textDocument/references", 1, 17, {"includeDeclaration": False})
    ask("textDocument/documentLink", 1, 0, params=document)
    lua("return vim.api.nvim_input('1Gf.ci\\'./crat<Esc>')")
    until(neovim.underlined, ["./crat"])
    where = {"start": {"line": 0, "character": 16}, "end": {"line": 0, "character": 16}}
    ask("textDocument/codeAction", 1, 17, {"diagnostics": []}, {**document, "range": where})
    lua("return vim.api.nvim_input('ci\\'@/th<Esc>')")
    until(neovim.underlined, ["@/th"])
    ask("textDocument/completion", 1, 19)
    lua(CANCELLED)
    lua("return vim.api.nvim_input('u')")
    until(neovim.underlined, ["./crat"])
    append(SESSION, user.root, Step("kill", None))
    user.end()
    lua("return vim.api.nvim_input('u')")
    until(neovim.underlined, [])
    old, new = root / "src/cart.ts", root / "src/shop/basket.ts"
    lua(RENAME, {"files": [{"oldUri": f"file://{old}", "newUri": f"file://{new}"}]})
    until(neovim.underlined, ["./shop/basket.js"])
    disk(new, "")
    until(neovim.underlined, [])


if __name__ == "__main__":
    main()
