"""One answer that is remembered, and what is known of it."""

from __future__ import annotations

from resolverd.terms import Answer


class CachedAnswer:
    """A live answer. `node` is 0 once it was busted.

    `is_sure` says that a change of what it was made from would have been told; where it is not, the answer is compared
    with the disk before it is given, and `turn` is the last turn in which that was done. `slot` is its slot in the answer
    table of the generation `published` (`cache.publisher`).
    """

    __slots__ = ("answer", "is_sure", "mode", "node", "origin", "published", "slot", "specifier", "turn")

    def __init__(self, answer: Answer, mode: int, origin: str, specifier: str, turn: int, *, is_sure: bool) -> None:
        self.answer = answer
        self.mode = mode
        self.origin = origin
        self.specifier = specifier
        self.turn = turn
        self.is_sure = is_sure
        self.node = 0
        self.published = 0
        self.slot = 0


AnswerTable = dict[str, dict[str, CachedAnswer]]
"""The answers of one mode, by origin and then by specifier."""
