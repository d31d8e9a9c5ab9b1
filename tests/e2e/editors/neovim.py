"""Neovim without a screen, set up as its README says; its user's hands and eyes are Lua, sent from outside."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import cast

from tests.e2e.command import SECONDS, Home
from tests.e2e.editors.projects import settings_of, until

_UNDERLINED = """
return vim.tbl_map(function(each)
  return vim.api.nvim_buf_get_text(0, each.lnum, each.col, each.end_lnum, each.end_col, {})[1]
end, vim.diagnostic.get(0))
"""


class Neovim:
    """One process; what is asked about is the buffer in its only window."""

    @staticmethod
    def missing() -> str | None:
        """Say what is not installed here, and how to install it."""
        return None if shutil.which("nvim") else "Neovim is not installed: apt-get install neovim"

    def __init__(self, user: Home) -> None:
        settings = user.root / "config/nvim/init.lua"
        settings.parent.mkdir()
        settings.write_text(settings_of("nvim", "lua"))
        self._environment = user.environment
        self._server = user.root / "nvim"
        self._process = subprocess.Popen(
            ("nvim", "--headless", "-n", "--listen", self._server),
            cwd=user.root,
            env=user.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        until(self._server.exists, wanted=True)

    def end(self) -> None:
        self._process.terminate()
        self._process.communicate(timeout=SECONDS)

    def lua(self, body: str, *arguments: object) -> object:
        """What the body of a Lua function returns; it has the arguments in `_A`."""
        code = f"(function() {body} end)()".replace("'", "''")
        given = json.dumps(arguments).replace("'", "''")
        done = subprocess.run(
            (
                "nvim",
                "--server",
                self._server,
                "--remote-expr",
                f"json_encode(luaeval('{code}', json_decode('{given}')))",
            ),
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout.decode()
        return json.loads(done.stdout)

    def _type(self, keys: str) -> None:
        subprocess.run(("nvim", "--server", self._server, "--remote-send", keys), env=self._environment, check=True)

    def open(self, file: Path) -> None:
        self.lua("vim.cmd('edit ' .. _A[1])", str(file))
        until(lambda: self.lua("return next(vim.lsp.buf_get_clients(0)) ~= nil"), wanted=True)

    def file(self) -> Path:
        return Path(cast("str", self.lua("return vim.api.nvim_buf_get_name(0)")))

    def underlined(self) -> list[str]:
        return sorted(cast("list[str]", self.lua(_UNDERLINED)))

    def jump(self, text: str) -> None:
        assert self.lua("return vim.fn.search(_A[1])", text)
        self.lua("vim.cmd('normal gd')")

    def rename(self, old: Path, new: Path) -> None:
        self._type(f":ResolverdRename {old} {new}<CR><CR>")  # a message that takes two lines wants to be dismissed

    def write(self, line: str) -> None:
        self._type(f"ggO{line}<Esc>")

    def text(self) -> str:
        return cast("str", self.lua("return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, true), '\\n') .. '\\n'"))

    def unsaved(self) -> list[Path]:
        found = cast("list[dict[str, str]]", self.lua("return vim.fn.getbufinfo({ bufmodified = 1 })"))
        return [Path(buffer["name"]) for buffer in found]

    def said(self) -> str:
        return cast("str", self.lua("return vim.fn.execute('messages')"))
