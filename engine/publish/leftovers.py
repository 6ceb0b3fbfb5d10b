"""A published journal x words of this machine -> the lines that still hold one, in words; changes nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from pathlib import Path

SHORTEST = 3
"""Letters of a word that is looked for: a shorter one is in every text."""

ANYONE = frozenset({"root", "localhost", "user", "test", "build", "runner", "python"})
"""Names of users and hosts that say nothing of anybody, and stand in texts by chance."""


def leftovers(path: Path, words: Collection[str]) -> Iterator[str]:
    """A sentence for each word that a file holds: how often, and in which line first.

    Words are found only whole, and as JSON writes them. Names that half of all machines have are not looked for.
    Raises OSError.
    """
    wanted = sorted({word for word in words if len(word) >= SHORTEST and word.lower() not in ANYONE})
    patterns = {word: _pattern(word) for word in wanted}
    counts, first = dict.fromkeys(wanted, 0), dict[str, int]()
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            for word, pattern in patterns.items():
                if found := len(pattern.findall(line)):
                    counts[word] += found
                    first.setdefault(word, number)
    for word, number in first.items():
        place = "the header" if number == 1 else f"line {number}"
        yield f"{word!r} still stands in {path.name}, {counts[word]} times, first in {place}"


def _pattern(word: str) -> re.Pattern[bytes]:
    return re.compile(rb"(?<![A-Za-z0-9])" + re.escape(json.dumps(word)[1:-1].encode("ascii")) + rb"(?![A-Za-z0-9])")
