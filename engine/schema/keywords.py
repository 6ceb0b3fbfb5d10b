"""The keywords and types of JSON Schema as fteng means them, in bounded time; the only `import jsonschema`."""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Hashable, Iterator, Sequence
from typing import Any

import jsonschema

from engine.schema.words import SLOW

PATIENCE = 0.1
"""Seconds that a pattern of a kernel has for one value: a sound one takes a thousandth of it."""

DOLLAR = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\$", re.DOTALL)
"""What a pattern has to be read by to find each `$` that is an anchor: escapes, sets of characters, dollars."""


def number(_checker: object, value: object) -> bool:
    """JSON has no infinity and no NaN, and a bound that NaN passes is no bound; an integer may be too large a float."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def integer(_checker: object, value: object) -> bool:
    """2.0 is an integer to JSON Schema, but would be another run than 2."""
    return isinstance(value, int) and number(None, value)


def _pattern(_validator: object, pattern: str, value: object, _schema: object) -> Iterator[Any]:
    """The keyword `pattern` for patterns that never take long: those of our own schemas."""
    if isinstance(value, str) and not re.search(strict(pattern), value):
        yield jsonschema.ValidationError(f"{value!r} does not match {pattern!r}")


def _doubtful_pattern(_validator: object, pattern: str, value: object, _schema: object) -> Iterator[Any]:
    """The keyword `pattern` for anybody's patterns, which may backtrack for ever."""
    if isinstance(value, str):
        try:
            found = _compiled(pattern).search(value, timeout=PATIENCE)
        except TimeoutError:
            yield jsonschema.ValidationError(SLOW)
        else:
            if not found:
                yield jsonschema.ValidationError(f"{value!r} does not match {pattern!r}")


def pattern_fault(pattern: str) -> str:
    """Why a text is no pattern, or ""."""
    try:
        _compiled(pattern)
    except ValueError as error:
        return str(error)
    return ""


def _compiled(pattern: str) -> Any:
    """The pattern as `regex` has it, whose search can be given up, which that of `re` cannot. Raises ValueError."""
    import regex  # noqa: PLC0415 - 20 ms, and hardly a kernel has a pattern

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a doubtful set is the author's affair
            return regex.compile(strict(pattern))
    except regex.error as error:
        raise ValueError(str(error)) from None
    except (RecursionError, OverflowError):
        raise ValueError("it is nested too deeply, or repeats too often") from None


def strict(pattern: str) -> str:
    """A pattern of JSON Schema (ECMA 262) for Python, whose `$` would also match before a line feed at the end."""
    return DOLLAR.sub(lambda found: r"\Z" if found[0] == "$" else found[0], pattern)


def _unique(_validator: object, wanted: bool, value: object, _schema: object) -> Iterator[Any]:
    """The keyword `uniqueItems`, in one pass: jsonschema's own compares all pairs where types are mixed."""
    if wanted and isinstance(value, list) and repeated(value) is not None:
        yield jsonschema.ValidationError("has non-unique elements")


def repeated(items: Sequence[Any]) -> int | None:
    """The index of the first item that was there before, or None."""
    seen = set()
    for index, item in enumerate(items):
        if (identity := _identity(item)) in seen:
            return index
        seen.add(identity)
    return None


def _identity(value: Any) -> Hashable:
    """Equal for what JSON Schema takes for equal: 1 and 1.0, but not 1 and true."""
    if isinstance(value, dict):
        return "object", frozenset((key, _identity(item)) for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return "array", tuple(map(_identity, value))
    return isinstance(value, bool), value


Validator: Any = jsonschema.validators.extend(  # type: ignore[no-untyped-call]
    jsonschema.Draft202012Validator,
    validators={"pattern": _pattern, "uniqueItems": _unique},
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine_many({"number": number, "integer": integer}),
)

Wary: Any = jsonschema.validators.extend(Validator, validators={"pattern": _doubtful_pattern})  # type: ignore[no-untyped-call]
"""For the schemas of kernels, which anybody writes."""
