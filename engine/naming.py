"""A name that nobody has yet, and the name that somebody meant; knows no file."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from itertools import count


def free(stem: str, taken: Callable[[str], bool]) -> str:
    """The stem, or the first of `stem-2`, `stem-3`, ... that is not taken."""
    name, numbers = stem, count(2)
    while taken(name):
        name = f"{stem}-{next(numbers)}"
    return name


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that looks most like this one; "" if none does (`difflib.get_close_matches`)."""
    return next(iter(difflib.get_close_matches(word, list(known), n=1)), "")


def hint(word: str, known: Iterable[str], otherwise: str) -> str:
    """What may have been meant, as the end of a message; `otherwise` where nothing is near."""
    near = nearest(word, known)
    return f"did you mean {near}?" if near else otherwise
