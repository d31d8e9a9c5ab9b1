"""Emacs on a terminal of the test's own, set up as its README says: keys are typed, and what is seen is asked for from outside."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import shutil
import subprocess
import threading
from pathlib import Path
from typing import cast

from tests.e2e.command import SECONDS, Home
from tests.e2e.editors.projects import settings_of, until

# Compiling what a new user has never compiled takes all processors for longer than any of the tests.
_UNCOMPILED = "(setq native-comp-deferred-compilation nil)"
_UNDERLINED = """
(mapcar (lambda (each) (buffer-substring-no-properties (flymake-diagnostic-beg each) (flymake-diagnostic-end each)))
        (flymake-diagnostics))
"""


class Emacs:
    """One process; what is asked about is the buffer in its only window."""

    @staticmethod
    def missing() -> str | None:
        """Say what is not installed here, and how to install it."""
        look = ("emacs", "--batch", "--eval", '(kill-emacs (if (locate-library "eglot") 0 1))')
        is_there = shutil.which("emacs") and not subprocess.run(look, capture_output=True, check=False).returncode
        return None if is_there else "Emacs with eglot is not installed: apt-get install emacs-nox elpa-eglot"

    def __init__(self, user: Home) -> None:
        settings = user.root / ".emacs.d"
        settings.mkdir()
        (settings / "early-init.el").write_text(_UNCOMPILED)
        (settings / "init.el").write_text(settings_of("emacs", "elisp"))
        self._environment = user.environment | {"TERM": "xterm"}
        self._server = user.root / "run/emacs/server"
        self._keyboard, self._terminal = pty.openpty()
        self._process = subprocess.Popen(
            ("emacs", f"--terminal={os.ttyname(self._terminal)}", "--funcall=server-start"),
            cwd=user.root,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._screen = threading.Thread(target=self._draw)
        self._screen.start()
        until(self._server.exists, wanted=True)

    def _draw(self) -> None:
        """Take what is drawn: a terminal that nobody reads fills up."""
        with contextlib.suppress(OSError):
            while os.read(self._keyboard, 65536):
                pass

    def end(self) -> None:
        self._process.terminate()
        self._process.wait(SECONDS)
        os.close(self._terminal)
        self._screen.join()
        os.close(self._keyboard)

    def type(self, keys: str) -> None:
        """Type, once what was typed before is done."""
        os.write(self._keyboard, keys.encode())

    def lisp(self, form: str) -> object:
        """What a form comes to in the buffer that is seen."""
        form = f"(with-current-buffer (window-buffer) (json-encode {form}))"
        done = subprocess.run(
            ("emacsclient", "--eval", form),
            env=self._environment,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(json.loads(done.stdout, strict=False))

    def open(self, file: Path) -> None:
        self.type(f"\x18\x06{file}\r")  # C-x C-f
        until(lambda: self.lisp("(bound-and-true-p eglot--managed-mode)"), wanted=True)
        self.type("\x0e")  # C-n: Flymake begins with the command that comes after the one that turned it on

    def file(self) -> Path:
        return Path(cast("str", self.lisp("buffer-file-name")))

    def underlined(self) -> list[str]:
        return sorted(cast("list[str] | None", self.lisp(_UNDERLINED)) or ())

    def jump(self, text: str) -> None:
        self.type(f"\x1b>\x12{text}\r\x1b.")  # M-> C-r M-.

    def rename(self, old: Path, new: Path) -> None:
        # M-x; C-a C-k for what is suggested
        self.type(f"\x1bxresolverd-rename\r\x01\x0b{old}\r\x01\x0b{new}\r")

    def write(self, line: str) -> None:
        self.type(f"\x1b<{line}\n")  # M-<

    def text(self) -> str:
        return cast("str", self.lisp("(buffer-substring-no-properties (point-min) (point-max))"))

    def unsaved(self) -> list[Path]:
        changed = "(lambda (each) (and (buffer-modified-p each) (buffer-file-name each)))"
        found = cast("list[str] | None", self.lisp(f"(delq nil (mapcar {changed} (buffer-list)))"))
        return [Path(name) for name in found or ()]

    def said(self) -> str:
        return cast("str", self.lisp("(with-current-buffer (messages-buffer) (buffer-string))"))
