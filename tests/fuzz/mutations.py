"""Inputs made from the corpus, in a fixed order: the same number gives the same input on every machine."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

CORPUS = Path(__file__).with_name("corpus")

WORDS = (
    b'"exports"', b'"imports"', b'"main"', b'"browser"', b'"extends"', b'"paths"', b'"./*"', b'"#*"', b'"*"', b"null", b"{}",
    b"[]", b"false", b'"../../x"', b'"./"', b'"."', b"//", b"/*", b"\xff", b"\xed\xb3\xbf", b"\0", b"%2f", b"node_modules",
    b"[[[[[[[[", b'{"a":{"a":{"a":', b"\x81\xa1\x61", b"\xdd\xff\xff\xff\xff", b"\xc6\x7f\xff\xff\xff", b"1e999", b"\n--\n",
)  # fmt: skip
"""What the grammars are made of; chance alone would take years to find them."""


def seeds(subject: str) -> list[bytes]:
    """Give the corpus of a subject."""
    return [path.read_bytes() for path in sorted((CORPUS / subject).iterdir())]


def mutants(subject: str, start: int = 0) -> Iterator[bytes]:
    """Give the corpus, and then mutants of it without end."""
    corpus = seeds(subject)
    yield from corpus
    number = start
    while True:
        chance = random.Random(f"{subject} {number}")
        data = bytearray(chance.choice(corpus))
        for _ in range(chance.randint(1, 8)):
            _mutate(data, chance, corpus)
        yield bytes(data)
        number += 1


def _mutate(data: bytearray, chance: random.Random, corpus: list[bytes]) -> None:
    at = chance.randint(0, len(data))
    to = min(len(data), at + chance.randint(0, 16))
    match chance.randrange(6):
        case 0:
            data[at:to] = chance.choice(WORDS)
        case 1:
            data[at:at] = data[at:to] * chance.randint(1, 30)
        case 2:
            del data[at:to]
        case 3 if at < len(data):
            data[at] ^= 1 << chance.randrange(8)
        case 4:
            data[at:to] = chance.randbytes(to - at)
        case _:
            other = chance.choice(corpus)
            data[at:] = other[chance.randint(0, len(other)) :]
