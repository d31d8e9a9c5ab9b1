"""The tools that profiles are named for, asked the questions of a workspace; where they part, and which of that is known."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from tests.differential.install import HERE, install, printed_once
from tests.differential.rows import SCRIPTS, Row

TOOLS = ("webpack", "vite", "esbuild", "bun")


class Parted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row on which a profile and its tool part."""

    profile: str
    directory: str
    specifier: str
    kind: str
    resolverd: str
    tool: str


class Known(Parted, frozen=True, forbid_unknown_fields=True):
    """A difference that is meant, with its reason; each field may be a pattern (`*`)."""

    reason: str

    def covers(self, other: Parted) -> bool:
        """Tell whether this is the entry of a difference."""
        return all(fnmatchcase(getattr(other, name), getattr(self, name)) for name in Parted.__struct_fields__)


class _Listed(msgspec.Struct, forbid_unknown_fields=True):
    difference: list[Known]


def known_differences(profile: str, file: str = "tools.toml") -> list[Known]:
    """Read the entries of one profile."""
    listed = msgspec.toml.decode((HERE / file).read_bytes(), type=_Listed).difference
    return [known for known in listed if fnmatchcase(profile, known.profile)]


def parted(profile: str, rows: Sequence[Row], ours: Sequence[str], theirs: Sequence[str]) -> list[Parted]:
    """Give the rows on which the outcomes are not the same."""
    asked = zip(rows, ours, theirs, strict=True)
    return [Parted(profile, *row, mine, tool) for row, mine, tool in asked if mine != tool]


def share_alike(ours: Sequence[str], theirs: Sequence[str]) -> float:
    """Give the part of the rows on which two resolvers have the same outcome."""
    return sum(mine == other for mine, other in zip(ours, theirs, strict=True)) / len(ours)


def describe(found: Iterable[Parted], limit: int = 20) -> str:
    """Put some of them in the form of `tools.toml`, to be judged and given a reason."""
    blocks = [
        "\n".join(["[[difference]]", *(f"{name} = {json.dumps(value)}" for name, value in fields.items())])
        for fields in (msgspec.structs.asdict(each) | {"reason": ""} for each in found)
    ]
    return "\n\n".join([*blocks[:limit], f"# {len(blocks)} in all"])


def ask_tool(name: str, workspace: Path, rows: Path) -> list[str]:
    """Ask a tool from npm, with its defaults, once (all of them take 40 s together). Raises `Unavailable`."""
    tools = install("tools")
    command, script = _command(name, tools), SCRIPTS / f"{name}.mjs"
    made_from = (tools.name.encode(), script.read_bytes(), rows.read_bytes())
    told = printed_once(workspace, name, [*command, tools, workspace, rows, "{}"], *made_from)
    return msgspec.json.decode(told.read_bytes(), type=list[str])


def _command(name: str, tools: Path) -> list[str | Path]:
    if name == "bun":
        machine = {"x86_64": "x64"}.get(os.uname().machine, os.uname().machine)
        return [tools / f"node_modules/@oven/bun-linux-{machine}/bin/bun", "--no-install", SCRIPTS / "bun.mjs"]
    return ["node", SCRIPTS / f"{name}.mjs"]
