"""A breach of a JSON Schema -> what was expected, what was found and what to do, in plain words."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.document import CONTROL, Keys, brief
from engine.naming import nearest

TYPES = {
    "integer": "an integer",
    "number": "a number",
    "string": "a text",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping (key: value)",
    "null": "nothing",
}
BOUNDS = {
    "minimum": "of at least",
    "maximum": "of at most",
    "exclusiveMinimum": "above",
    "exclusiveMaximum": "below",
}
LENGTHS = {"minLength": "at least", "maxLength": "at most"}
COUNTS = {
    "minItems": ("at least", "item"),
    "maxItems": ("at most", "item"),
    "minProperties": ("at least", "key"),
}
SLOW = "matching takes too long: a repeat inside a repeat backtracks without end"
"""What a checker says of a pattern that it gave up."""

LISTED = 12
"""Known words that a hint lists, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """One keyword of a schema that one value does not keep."""

    keys: Keys
    keyword: str
    limit: Any
    """What stands at the keyword."""
    schema: Mapping[str, Any]
    """The schema that holds the keyword."""
    value: Any
    said: str
    """The checker's own message."""

    def known(self) -> set[str]:
        """The keys that this mapping may have."""
        return set(self.schema.get("properties", {}))

    def unknown(self) -> Iterator[tuple[str, str]]:
        """Each key that may not be here, and the nearest one that may, or ""."""
        for key in self.value:
            if key not in self.known():
                yield key, _nearest(key, self.known())


def in_words(breach: Breach, found: str) -> tuple[str, str]:
    """(message, hint) for a breach; `found` is the value as the user knows it."""
    hint = str(breach.schema.get("x-hint", ""))
    special = SPECIAL.get(breach.keyword)
    if special:
        expected, better = special(breach)
        told = "x-expected" in breach.schema  # the hint would say it again
        return f"expected {expected}, found {found}", better or ("" if told else hint)
    if breach.keyword in BOUNDS:
        noun = TYPES["integer" if "integer" in _types(breach.schema) else "number"]
        return f"expected {noun} {BOUNDS[breach.keyword]} {breach.limit}, found {found}", hint
    if breach.keyword in LENGTHS:
        return f"expected {LENGTHS[breach.keyword]} {breach.limit} characters, found {len(breach.value)}", hint
    if breach.keyword in COUNTS:
        return f"expected {_amount(breach)}, found {len(breach.value) or found}", hint
    return breach.said, hint


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """A hint that names the nearest known word; where none is near, `otherwise`, or a list of the known ones."""
    words = sorted(set(known))
    if near := _nearest(word, words):
        return meant(word, near)
    return (
        otherwise or "known: " + ", ".join(words[:LISTED]) + (", ..." if len(words) > LISTED else "") if words else ""
    )


def meant(word: str, near: str) -> str:
    """A hint that names the word that was meant, and what of the other only looks like it."""
    strange = sorted({letter for letter in word if letter > "~" and letter not in near})
    names = (f"{letter!a} is {unicodedata.name(letter, 'nameless')}" for letter in strange)
    return f"did you mean {near}?" + "".join(f" {name}" for name in names)


def shown(value: object, text: str | None = None) -> str:
    """A value in a message; `text` is how its file writes it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return brief(text or str(value))
    if isinstance(value, str):
        return repr(brief(value)) if value else "an empty text"
    kind = "list" if isinstance(value, (list, tuple)) else "mapping"
    return f"a {kind}" if value else f"an empty {kind}"


def _of_type(breach: Breach) -> tuple[str, str]:
    scalar, types, hint = isinstance(breach.value, (bool, int, float)), _types(breach.schema), ""
    if breach.value is None:
        hint = "give a value, or leave the key out"
    elif scalar and types == ["string"]:
        hint = "put it in quotes"
    elif types == ["array"] and isinstance(breach.value, dict):
        hint = "begin each item of a list with `- `"
    elif types == ["array"]:
        hint = "put it in brackets: [...]"
    return _expected(breach.schema), hint


def _of_values(breach: Breach) -> tuple[str, str]:
    words = [value for value in breach.limit if isinstance(value, str)]
    near = _nearest(breach.value, words) if isinstance(breach.value, str) else ""
    return _expected(breach.schema), f"did you mean {near}?" if near else ""


def _of_pattern(breach: Breach) -> tuple[str, str]:
    if breach.said == SLOW:
        return f"a text that the pattern {brief(breach.limit)} can be tried on", SLOW
    told = "x-expected" in breach.schema
    expected = _expected(breach.schema) if told else f"a text that matches {brief(breach.limit)}"
    return expected + (", without control characters" if CONTROL.search(breach.value) else ""), ""


def _of_constant(breach: Breach) -> tuple[str, str]:
    return _expected(breach.schema), ""


def _of_multiple(breach: Breach) -> tuple[str, str]:
    below = breach.value // breach.limit * breach.limit
    whole = isinstance(below, int)
    return f"a multiple of {breach.limit}", f"the nearest are {below} and {below + breach.limit}" if whole else ""


SPECIAL: dict[str, Callable[[Breach], tuple[str, str]]] = {
    "type": _of_type,
    "enum": _of_values,
    "pattern": _of_pattern,
    "const": _of_constant,
    "multipleOf": _of_multiple,
}


def _expected(schema: Mapping[str, Any]) -> str:
    """What a schema asks of one value."""
    if "x-expected" in schema:
        return str(schema["x-expected"])
    choices = [value if isinstance(value, str) else shown(value) for value in schema.get("enum", ())]
    words = choices or [TYPES[name] for name in _types(schema)]
    return ", ".join(words[:-1]) + (" or " if len(words) > 1 else "") + words[-1] if words else "something else"


def _types(schema: Mapping[str, Any]) -> list[str]:
    types = schema.get("type", [])
    return [types] if isinstance(types, str) else list(types)


def _amount(breach: Breach) -> str:
    bound, noun = COUNTS[breach.keyword]
    return f"{bound} one {noun}" if breach.limit == 1 else f"{bound} {breach.limit} {noun}s"


def _nearest(word: str, known: Iterable[str]) -> str:
    return nearest(word, sorted(known))
