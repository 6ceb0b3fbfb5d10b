"""Dataclasses of the model <-> plain JSON values; the only `import cattrs`. Knows no file and no field by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import cattrs
from cattrs import transform_error

from engine.model import Iterations

T = TypeVar("T")


def _frozen(value: Any) -> Any:
    """A JSON value with its lists as tuples: the model holds no lists, also where it says `Any`."""
    if isinstance(value, dict):
        return {name: _frozen(member) for name, member in value.items()}
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _iterations(value: Any) -> Iterations:
    """Row by row as a worker tells them, or by columns as a journal keeps them."""
    return Iterations.from_rows(value) if isinstance(value, list) else Iterations.from_columns(value)


_converter = cattrs.Converter(detailed_validation=True)
_converter.register_structure_hook_func(lambda kind: kind in {Any, tuple[Any, ...]}, lambda value, _: _frozen(value))
_converter.register_structure_hook(Iterations, lambda value, _: _iterations(value))
_converter.register_unstructure_hook(Iterations, Iterations.columns)


def texts(value: Any, change: Callable[[str], str]) -> Any:
    """A plain value with every text in it changed; the names of members stay."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {name: texts(member, change) for name, member in value.items()}
    return [texts(member, change) for member in value] if isinstance(value, (list, tuple)) else value


def to_plain(value: object) -> Any:
    """The plain lists, dictionaries and scalars that `json` can write."""
    return _converter.unstructure(value)


def from_plain(value: Any, kind: type[T]) -> T:
    """The dataclass `kind` from plain values. Raises ValueError naming every field that does not fit."""
    try:
        return _converter.structure(value, kind)
    except (cattrs.BaseValidationError, cattrs.StructureHandlerNotFoundError, KeyError, TypeError, ValueError) as error:
        raise ValueError("; ".join(transform_error(error))) from error
