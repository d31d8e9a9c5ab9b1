r"""Regular expressions of JavaScript that come from a stranger's project, matched without backtracking.

The facts. Plug'n'Play data has one (`ignorePatternData`), which is asked about every importer. A backtracking matcher
can be made to run for ever by a pattern of ten characters, and cannot be told to stop.

What we do. All that is asked is whether a text matches somewhere, so captures and the order of attempts do not matter,
and each part of a pattern is a function from a set of positions to the set of positions where it may end. A set is the
bits of an int, so a part that reads one character moves all of them at once. A repetition goes on until nothing new
comes; lookahead is asked of each position once. What is still too much (repetitions nested in repetitions) meets a limit
on steps, the same on every machine.
"""

from __future__ import annotations

from collections.abc import Callable

_MOST_STEPS = 50_000
_MOST_DEPTH = 100

Part = Callable[["_Run", int], int]
"""From the run and the positions to start at, to those where the part may end."""

IsOne = Callable[[str], bool]
"""Tells whether a character is one of a class."""


class Exhausted(Exception):  # noqa: N818  no error: the question was too much
    """A pattern takes more steps than it may."""


class Pattern:
    """A compiled pattern. Raises `ValueError` for what is none, or has back references."""

    __slots__ = ("_part",)

    def __init__(self, source: str) -> None:
        reader = _Reader(source)
        self._part = reader.choice()
        if not reader.is_done:
            raise ValueError(f"an unmatched ')' at {reader.position}")

    def matches(self, text: str) -> bool:
        """Tell whether a text matches somewhere. Raises `Exhausted`."""
        run = _Run(text)
        return self._part(run, run.everywhere) != 0


class _Run:
    """One text being matched."""

    __slots__ = ("_left", "_masks", "end", "everywhere", "held", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.end = 1 << len(text)
        self.everywhere = (self.end << 1) - 1
        self.held: dict[Part, tuple[int, int]] = {}
        self._masks: dict[IsOne, int] = {}
        self._left = _MOST_STEPS

    def step(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise Exhausted

    def mask(self, is_one: IsOne) -> int:
        """Give the positions before a character of a class."""
        mask = self._masks.get(is_one)
        if mask is None:
            mask = self._masks[is_one] = sum(1 << at for at, char in enumerate(self.text) if is_one(char))
        return mask


# -- parts -------------------------------------------------------------------------------------------------------------


def _one(is_one: IsOne) -> Part:
    def ends(run: _Run, starts: int) -> int:
        run.step()
        return (starts & run.mask(is_one)) << 1

    return ends


def _sequence(parts: list[Part]) -> Part:
    def ends(run: _Run, starts: int) -> int:
        for part in parts:
            if not starts:
                break
            starts = part(run, starts)
        return starts

    return ends


def _choice(parts: list[Part]) -> Part:
    def ends(run: _Run, starts: int) -> int:
        found = 0
        for part in parts:
            found |= part(run, starts)
        return found

    return ends


def _repeat(part: Part, least: int, most: int | None) -> Part:
    def ends(run: _Run, starts: int) -> int:
        # More rounds than there are characters lead nowhere new.
        for _ in range(min(least, len(run.text) + 1)):
            starts = part(run, starts)
        found, fresh, rounds = starts, starts, least
        while fresh and (most is None or rounds < most):
            run.step()
            fresh = part(run, fresh) & ~found
            found |= fresh
            rounds += 1
        return found

    return ends


def _ahead(part: Part, *, is_wanted: bool) -> Part:
    def ends(run: _Run, starts: int) -> int:
        asked, held = run.held.get(part, (0, 0))
        left = starts & ~asked
        while left:
            run.step()
            position = left & -left
            left ^= position
            if part(run, position):
                held |= position
        run.held[part] = asked | starts, held
        return starts & (held if is_wanted else ~held)

    return ends


def _behind(part: Part, *, is_wanted: bool) -> Part:
    def ends(run: _Run, starts: int) -> int:
        held = part(run, run.everywhere)
        return starts & (held if is_wanted else ~held)

    return ends


def _at_start(run: _Run, starts: int) -> int:
    del run
    return starts & 1


def _at_end(run: _Run, starts: int) -> int:
    return starts & run.end


def _at_boundary(*, is_wanted: bool) -> Part:
    def ends(run: _Run, starts: int) -> int:
        words = run.mask(_is_word)
        boundaries = words ^ (words << 1)
        return starts & (boundaries if is_wanted else ~boundaries)

    return ends


def _is_word(char: str) -> bool:
    return char.isascii() and (char.isalnum() or char == "_")


def _is_digit(char: str) -> bool:
    return "0" <= char <= "9"


def _is_any(char: str) -> bool:
    return char not in "\n\r\u2028\u2029"


_CLASSES: dict[str, IsOne] = {"d": _is_digit, "w": _is_word, "s": str.isspace}
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v", "0": "\0"}
_HEX_DIGITS = {"x": 2, "u": 4}


def _not(is_one: IsOne) -> IsOne:
    return lambda char: not is_one(char)


# -- reading -----------------------------------------------------------------------------------------------------------

_LOOKS = {"?=": (_ahead, True), "?!": (_ahead, False), "?<=": (_behind, True), "?<!": (_behind, False)}


class _Reader:
    """Reads a pattern (ECMA-262, 22.2.1 and Annex B.1.2), by descent."""

    __slots__ = ("_depth", "_source", "position")

    def __init__(self, source: str) -> None:
        self._source = source
        self._depth = 0
        self.position = 0

    @property
    def is_done(self) -> bool:
        return self.position == len(self._source)

    def _take(self, text: str) -> bool:
        if not self._source.startswith(text, self.position):
            return False
        self.position += len(text)
        return True

    def _next(self) -> str:
        if self.is_done:
            raise ValueError("it ends too soon")
        self.position += 1
        return self._source[self.position - 1]

    def choice(self) -> Part:
        """Read a Disjunction."""
        options = [self._alternative()]
        while self._take("|"):
            options.append(self._alternative())
        return options[0] if len(options) == 1 else _choice(options)

    def _alternative(self) -> Part:
        parts: list[Part] = []
        while not self.is_done and self._source[self.position] not in "|)":
            parts.append(self._quantified(self._atom()))
        return _sequence(parts)

    def _quantified(self, part: Part) -> Part:
        bounds = self._bounds()
        if bounds is None:
            return part
        self._take("?")
        return _repeat(part, *bounds)

    def _bounds(self) -> tuple[int, int | None] | None:
        for sign, bounds in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._take(sign):
                return bounds
        end = self._source.find("}", self.position)
        least, comma, most = self._source[self.position + 1 : end].partition(",")
        is_counted = self._source.startswith("{", self.position) and end > 0 and _is_count(least)
        if not is_counted or (most and not _is_count(most)):
            return None
        self.position = end + 1
        return int(least), int(most) if most else None if comma else int(least)

    def _atom(self) -> Part:
        char = self._next()
        if char == "(":
            return self._group()
        if char == "[":
            return _one(self._class())
        if char == "\\":
            return self._escape()
        if char in "*+?":
            raise ValueError(f"nothing to repeat at {self.position - 1}")
        return {"^": _at_start, "$": _at_end, ".": _one(_is_any)}.get(char) or _one(char.__eq__)

    def _group(self) -> Part:
        self._depth += 1
        if self._depth > _MOST_DEPTH:
            raise ValueError(f"groups nested more than {_MOST_DEPTH} deep")
        look = next((look for sign, look in _LOOKS.items() if self._take(sign)), None)
        if look is None and not self._take("?:") and self._take("?<"):
            while self._next() != ">":
                pass
        part = self.choice()
        if not self._take(")"):
            raise ValueError("a group has no end")
        self._depth -= 1
        return part if look is None else look[0](part, is_wanted=look[1])

    def _escape(self) -> Part:
        if self._take("b"):
            return _at_boundary(is_wanted=True)
        if self._take("B"):
            return _at_boundary(is_wanted=False)
        if not self.is_done and self._source[self.position] in "123456789k":
            raise ValueError(f"a back reference at {self.position}")
        known = self._escaped()
        return _one(known.__eq__ if isinstance(known, str) else known)

    def _escaped(self) -> str | IsOne:
        """Read what stands behind a backslash: a character or a class."""
        char = self._next()
        if char.lower() in _CLASSES:
            is_one = _CLASSES[char.lower()]
            return is_one if char.islower() else _not(is_one)
        digits = self._source[self.position : self.position + _HEX_DIGITS.get(char, 0)]
        if digits and len(digits) == _HEX_DIGITS[char] and all(each in "0123456789abcdefABCDEF" for each in digits):
            self.position += len(digits)
            return chr(int(digits, 16))
        return _CONTROLS.get(char, char)

    def _class(self) -> IsOne:
        is_negated = self._take("^")
        singles: set[str] = set()
        ranges: list[tuple[str, str]] = []
        others: list[IsOne] = []
        while not self._take("]"):
            first = self._class_atom()
            if not isinstance(first, str):
                others.append(first)
            elif self._source.startswith("-", self.position) and not self._source.startswith("-]", self.position):
                self.position += 1
                last = self._class_atom()
                if not isinstance(last, str) or last < first:
                    raise ValueError(f"a range out of order at {self.position}")
                ranges.append((first, last))
            else:
                singles.add(first)

        def is_one(char: str) -> bool:
            is_in = char in singles or any(low <= char <= high for low, high in ranges)
            return (is_in or any(other(char) for other in others)) != is_negated

        return is_one

    def _class_atom(self) -> str | IsOne:
        char = self._next()
        if char != "\\":
            return char
        return "\b" if self._take("b") else self._escaped()


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 7  # noqa: PLR2004  more characters than any path has
