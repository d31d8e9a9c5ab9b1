"""Where outcomes part, and which of that is known: `differences.toml`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

import msgspec

from tests.differential.install import HERE
from tests.differential.rows import Row


class Difference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row on which resolverd and oxc-resolver part; `node` is what Node itself says."""

    options: str
    directory: str
    specifier: str
    kind: str
    resolverd: str
    oxc: str
    node: str


class Known(Difference, frozen=True, forbid_unknown_fields=True):
    """A difference that is meant, with its reason. `options` and `specifier` may be patterns (`*`)."""

    reason: str

    def covers(self, other: Difference) -> bool:
        """Tell whether this is the entry of a difference."""
        names = Difference.__struct_fields__
        own, others = ([getattr(each, name) for name in names] for each in (self, other))
        return all(map(fnmatchcase, others, own))


class _Listed(msgspec.Struct, forbid_unknown_fields=True):
    difference: list[Known]


def known_differences(options: str) -> list[Known]:
    """Read the entries of one option set."""
    listed = msgspec.toml.decode((HERE / "differences.toml").read_bytes(), type=_Listed).difference
    return [known for known in listed if fnmatchcase(options, known.options)]


def differences(
    options: str, rows: Sequence[Row], ours: Sequence[str], oxc: Sequence[str], node: Sequence[str]
) -> list[Difference]:
    """Give the rows on which ours and oxc-resolver's outcomes are not the same."""
    return [
        Difference(options, *row, *outcomes)
        for row, *outcomes in zip(rows, ours, oxc, node, strict=True)
        if outcomes[0] != outcomes[1]
    ]


def describe(found: Iterable[Difference], limit: int = 20) -> str:
    """Put some of them in the form of `differences.toml`, to be judged and given a reason."""
    blocks = [_block(difference) for difference in found]
    return "\n\n".join([*blocks[:limit], f"# {len(blocks)} in all"])


def _block(difference: Difference) -> str:
    fields = msgspec.structs.asdict(difference) | {"reason": ""}
    return "[[difference]]\n" + msgspec.toml.encode(fields).decode()


def share_alike(ours: Sequence[str], theirs: Sequence[str]) -> float:
    """Give the part of the rows on which two resolvers have the same outcome."""
    return sum(mine == other for mine, other in zip(ours, theirs, strict=True)) / len(ours)
