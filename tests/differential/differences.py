"""Where outcomes part, and which of that is known: `differences.toml`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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
    """A difference that is meant, with its reason."""

    reason: str


class _Listed(msgspec.Struct, forbid_unknown_fields=True):
    difference: tuple[Known, ...] = ()


def known_differences(options: str) -> set[Difference]:
    listed = msgspec.toml.decode((HERE / "differences.toml").read_bytes(), type=_Listed).difference
    return {_without_reason(known) for known in listed if known.options == options}


def _without_reason(known: Known) -> Difference:
    return Difference(**{name: getattr(known, name) for name in Difference.__struct_fields__})


def differences(
    options: str, rows: Sequence[Row], ours: Sequence[str], oxc: Sequence[str], node: Sequence[str]
) -> set[Difference]:
    return {
        Difference(options, *row, *outcomes)
        for row, *outcomes in zip(rows, ours, oxc, node, strict=True)
        if outcomes[0] != outcomes[1]
    }


def describe(found: Iterable[Difference], limit: int = 20) -> str:
    """Put some of them in the form of `differences.toml`, to be judged and given a reason."""
    ordered = sorted(found, key=lambda difference: (difference.directory, difference.specifier, difference.kind))
    blocks = [_block(difference) for difference in ordered[:limit]]
    return "\n\n".join([*blocks, f"# {len(ordered)} in all"])


def _block(difference: Difference) -> str:
    fields = msgspec.structs.asdict(difference)
    return "\n".join(["[[difference]]", *(f"{name} = {value!r}" for name, value in fields.items()), 'reason = ""'])


def share_alike(ours: Sequence[str], theirs: Sequence[str]) -> float:
    return sum(mine == other for mine, other in zip(ours, theirs, strict=True)) / len(ours)
