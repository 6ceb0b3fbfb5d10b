"""Axes and their values: the matrix, selectors and combinations of a draft against the parameters of its kernel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.document import Keys, brief
from engine.durations import seconds, written
from engine.model import HARNESS_AXES, Pairs, Parameter, Selector, Value
from engine.scenario.draft import Draft
from engine.schema import did_you_mean, misfit, shown
from engine.selection import identity

HARNESS = tuple(axis for axis in HARNESS_AXES if axis != "interpreter")
"""The axes of a matrix that every kernel has."""

Known = Mapping[str, tuple[Value, ...]]
"""Axis -> the values that some run has."""

SHORTEST_INTERVAL, LONGEST_INTERVAL = 10e-6, 10.0
"""Switch intervals in seconds: below the first a thread has hardly begun when it has to stop."""

LISTED = 12
"""Values that a message lists, at most."""

STATES = ("gil", "free_threaded")
"""What selectors know by the state of an interpreter, which no file can tell."""


def matrix(draft: Draft, *, complete: bool = True) -> dict[str, tuple[Value, ...]]:
    """Axis -> values, in the file's order; with `complete`, parameters left out follow with their default."""
    if not isinstance(draft.data.get("matrix"), dict):
        return {}
    found = {}
    for name in draft.names(("matrix",)):
        if _is_axis(draft, ("matrix", name), HARNESS):
            found[name] = tuple(_values(draft, ("matrix", name)))
    if complete:
        for name, parameter in _parameters(draft).items():
            found.setdefault(name, (parameter.default,))
    return found


def combination(draft: Draft, keys: Keys, known: Known | None = None) -> Pairs:
    """One value for each axis named at `keys`; with `known`, each has to be a value that some run has."""
    pairs = {}
    for name in draft.names(keys):
        place = (*keys, name)
        if _is_axis(draft, place, HARNESS_AXES):
            pairs[name] = _value(draft, place)
            if name == "interpreter" or known is not None:
                _is_known(draft, place, pairs[name], known or _interpreters(draft))
    return tuple(sorted(pairs.items()))


def selector(draft: Draft, keys: Keys, known: Known) -> Selector:
    """The values for each axis named at `keys`; each has to be one that some run has."""
    chosen = {}
    for name in draft.names(keys):
        place = (*keys, name)
        if _is_axis(draft, place, ("interpreter", "free_threaded", *HARNESS)):
            chosen[name] = tuple(_values(draft, place))
            for value, (where, _) in zip(chosen[name], _items(draft, place), strict=True):
                _is_known(draft, where, value, known)
    return Selector(values=tuple(sorted(chosen.items())))


def known(draft: Draft, matrix: Known, include: Iterable[Pairs]) -> Known:
    """Every value that some run has, the included ones too; axes that hold a fault are not there."""
    values = {name: found for name, found in matrix.items() if draft.sound("matrix", name)} | _interpreters(draft)
    for pairs in include:
        for name, value in pairs:
            if name in values and name != "interpreter":
                values[name] = (*values[name], value)
    return values


def _interpreters(draft: Draft) -> dict[str, tuple[Value, ...]]:
    return {"interpreter": tuple(draft.data["interpreters"])} if draft.sound("interpreters") else {}


def _parameters(draft: Draft) -> dict[str, Parameter]:
    return {parameter.name: parameter for parameter in draft.kernel.parameters} if draft.kernel else {}


def _is_axis(draft: Draft, keys: Keys, harness: tuple[str, ...]) -> bool:
    """Whether the last key names an axis; if not, that is reported (where the kernel's parameters are known)."""
    name = keys[-1]
    parameters = _parameters(draft)
    if name in harness or name in parameters:
        return True
    if draft.kernel:
        hint = did_you_mean(str(name), (*harness, *parameters))
        if "interpreter" in str(name):
            hint = "interpreters have a list of their own at the top: `interpreters: [...]`"
        elif name == "free_threaded":
            hint = "name free-threaded interpreters: 3.13t"
        draft.report(keys, f"neither an axis nor a parameter of the kernel {draft.kernel.name}", hint, at_key=True)
    return False


def _items(draft: Draft, keys: Keys) -> Iterator[tuple[Keys, Any]]:
    """The values at `keys` with their keys: the items of a list, or the one thing that is there."""
    found = draft.at(keys)
    explicit = isinstance(found, list) and found and isinstance(found[0], list) and isinstance(found[0][0], int)
    if isinstance(found, list) and not explicit:
        yield from (((*keys, index), item) for index, item in enumerate(found))
    else:
        yield keys, found


def _values(draft: Draft, keys: Keys) -> Iterator[Value]:
    name = str(keys[-1])
    for where, item in _items(draft, keys):
        yield _fitted(draft, where, name, item)


def _value(draft: Draft, keys: Keys) -> Value:
    return _fitted(draft, keys, str(keys[-1]), draft.at(keys))


def _fitted(draft: Draft, keys: Keys, name: str, item: Any) -> Value:
    """One value as runs have it; one that does not fit the kernel's parameter is reported."""
    if isinstance(item, list):
        return tuple(tuple(cpus) for cpus in item)
    if name == "switch_interval":
        return _interval(draft, keys, item)
    parameter = _parameters(draft).get(name)
    if parameter is None:
        return item
    schema = dict(parameter.schema)
    if wrong := misfit(schema, item):
        draft.report(keys, *wrong)
        return item
    return float(item) if schema.get("type") == "number" else item


def _interval(draft: Draft, keys: Keys, item: str) -> str:
    """A switch interval as runs have it; one that no interpreter should be given is reported."""
    if item == "default":
        return item
    if not SHORTEST_INTERVAL <= seconds(item) <= LONGEST_INTERVAL:
        draft.report(keys, f"expected default or 10us to 10s, found {item}", "CPython's own is 5ms")
    return written(item)


def _is_known(draft: Draft, keys: Keys, value: Value, known: Known) -> None:
    """Report a value that no run has. Thread words are numbers on some machine, so only numbers are compared."""
    name = next(key for key in reversed(keys) if isinstance(key, str))
    values = known.get(name)
    if values is None or name in STATES or identity(value) in map(identity, values):
        return
    if name == "threads" and any(isinstance(one, str) for one in (value, *values)):
        return
    parameter = _parameters(draft).get(name)
    if parameter and misfit(dict(parameter.schema), value):
        return  # has been reported
    listed = ", ".join([*map(_named, values[:LISTED]), *["..."][: len(values) - LISTED]])
    draft.report(keys, f"no run has {name} {_named(value)}", f"there are: {listed}")


def _named(value: Value) -> str:
    if isinstance(value, tuple):
        return brief(str([list(cpus) for cpus in value]))
    return brief(value) if isinstance(value, str) else shown(value)
