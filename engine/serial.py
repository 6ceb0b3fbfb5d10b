"""Dataclasses of the model <-> plain JSON values; the only `import cattrs`. Knows no file and no field by name."""

from __future__ import annotations

from typing import Any, TypeVar

import cattrs
from cattrs import transform_error

T = TypeVar("T")

_converter = cattrs.Converter(detailed_validation=True)


def _frozen(value: Any) -> Any:
    """A JSON value with its lists as tuples: the model holds no lists, also where it says `Any`."""
    if isinstance(value, dict):
        return {name: _frozen(member) for name, member in value.items()}
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def to_plain(value: object) -> Any:
    """The plain lists, dictionaries and scalars that `json` can write."""
    return _converter.unstructure(value)


def from_plain(value: Any, kind: type[T]) -> T:
    """The dataclass `kind` from plain values. Raises ValueError naming every field that does not fit."""
    try:
        return _converter.structure(_frozen(value), kind)
    except (cattrs.BaseValidationError, cattrs.StructureHandlerNotFoundError, KeyError, TypeError, ValueError) as error:
        raise ValueError("; ".join(transform_error(error))) from error
