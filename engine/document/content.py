"""What a YAML file says and where it says it: plain data with the place and the source text of every node."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from engine.errors import Problem

Keys = tuple[str | int, ...]
"""The way from the root of a document to a node: keys of mappings and indices of lists."""


class Place(NamedTuple):
    """Where something stands in a file; both count from 1, and (0, 0) is nowhere."""

    line: int
    column: int


NOWHERE = Place(0, 0)

CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
"""What no text may hold (as in schema.json): control characters, marks of direction, spaces without width.

A terminal obeys the first, and shows texts with the others differently from what they are.
"""

SHOWN = 40
"""Characters of a text or name that a message shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a file says, and where it says it. Nodes are reached by the keys and indices that lead to them."""

    path: str
    data: Any
    """dict (keys are str), list, str, int, float, bool and None."""
    values: Mapping[Keys, Place] = field(default_factory=dict)
    """The place of each value."""
    keys: Mapping[Keys, Place] = field(default_factory=dict)
    """The place of the key of each value of a mapping."""
    texts: Mapping[Keys, str] = field(default_factory=dict)
    """Each scalar as it is written, without its quotes: "3.10" for the number 3.1."""
    text: str = ""
    """The whole file."""

    def place(self, keys: Keys) -> Place:
        """Where a value stands, or what is around it where the file does not have it."""
        while keys and keys not in self.values:
            keys = keys[:-1]
        return self.values.get(keys, NOWHERE)

    def key_place(self, keys: Keys) -> Place:
        """Where the key of a value stands, or the value itself where it has none."""
        return self.keys.get(keys) or self.place(keys)

    def problem(self, keys: Keys, message: str, hint: str = "", *, at_key: bool = False) -> Problem:
        """A fault of the value at `keys`, or with `at_key` of its key."""
        line, column = self.key_place(keys) if at_key else self.place(keys)
        return Problem(file=self.path, line=line, column=column, where=trail(keys), message=message, hint=hint)


def trail(keys: Keys) -> str:
    """The way to a node in words: `matrix.threads[1]`."""
    words = (f"[{key}]" if isinstance(key, int) else f".{brief(key) or repr(key)}" for key in keys)
    return "".join(words).removeprefix(".")


def brief(text: str, longest: int = SHOWN) -> str:
    """A text for a message, of which a long one has only its beginning."""
    return text if len(text) <= longest else text[: longest - 3] + "..."
