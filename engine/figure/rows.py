"""The runs of a scenario as figures arrange them: in the file's order, by build and varied axes; draws nothing."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from engine.analysis import labels
from engine.errors import visible
from engine.model import RunResult, ScenarioResult

T = TypeVar("T")

LONGEST = 80
"""Characters of a name or value that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One run in words."""

    result: RunResult
    build: str
    """Interpreter, and the GIL where it makes two of one."""
    axes: tuple[tuple[str, str], ...]
    """The axes that vary, without `threads` and `gil`, each with its value in words: ("padding", "padding 64")."""
    order: tuple[tuple[float, float, str], ...] = ()
    """Where its build stands among the others."""

    @property
    def threads(self) -> int:
        """Its thread count."""
        return self.result.run.threads

    @property
    def case(self) -> str:
        """Its axes in words: "operation get, padding 64"."""
        return ", ".join(words for _, words in self.axes)

    @property
    def group(self) -> str:
        """Build and axes: what all its thread counts share."""
        return ", ".join(filter(None, (self.build, self.case)))

    @property
    def name(self) -> str:
        """All of it: "3.13t, padding 64, 2 threads"."""
        return f"{self.group}, {labels.threads(self.threads)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The runs that differ only in threads, by threads."""

    rows: tuple[Row, ...]

    @property
    def first(self) -> Row:
        """For what all of them share."""
        return self.rows[0]


def arrange(scenario: ScenarioResult) -> tuple[Row, ...]:
    """The runs that gave numbers, by axes and then by build, all in the order of the file."""
    results = scenario.runs
    both = {spec for spec in {one.run.interpreter for one in results} if len(_states(spec, results)) > 1}
    order = [(axis, [str(value) for value in values]) for axis, values in scenario.scenario.matrix]
    varied = [axis for axis, _ in order if axis not in {"threads", "gil"} and _differs(axis, results)]
    rows = [
        Row(
            result=one,
            build=_build(one, both),
            axes=tuple((axis, clean(labels.run_label(one.run, [axis]))) for axis in varied),
            order=(_place(one.run.interpreter, scenario.scenario.interpreters), (float(not one.gil), 0.0, one.run.gil)),
        )
        for one in results
    ]
    if len({(row.group, row.threads) for row in rows}) < len(rows):  # two settings of the lock with one effect
        rows = [replace(row, axes=(*row.axes, ("gil", f"GIL {row.result.run.gil}"))) for row in rows]
    places = dict(order)

    def key(row: Row) -> list[tuple[float, float, str]]:
        found = [_place(row.result.run.axis(axis), places[axis]) for axis in varied]
        return [*found, *row.order, (0.0, float(row.threads), "")]

    return tuple(sorted(rows, key=key))


def grouped(rows: Iterable[Row]) -> tuple[Group, ...]:
    """The rows by group, in their order."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.group, []).append(row)
    return tuple(Group(rows=tuple(members)) for members in found.values())


def builds(rows: Iterable[Row]) -> tuple[str, ...]:
    """The builds, by interpreters in the order of the file, each with the GIL on first."""
    return distinct(row.build for row in sorted(rows, key=lambda row: row.order))


def foremost(found: Sequence[T], most: int, weight: Callable[[T], float]) -> list[T]:
    """Of too many those that weigh most, in their order."""
    order = sorted(range(len(found)), key=lambda place: -weight(found[place]))
    return [found[place] for place in sorted(order[:most])]


def distinct(words: Iterable[str]) -> tuple[str, ...]:
    """Each once, in their order."""
    return tuple(dict.fromkeys(words))


def clean(text: str) -> str:
    """Text of a user on one line, as it can be drawn: nothing in it moves, hides or turns round (`errors.visible`)."""
    return visible(" ".join(text.split()), LONGEST)


def title_of(scenario: ScenarioResult, what: str) -> str:
    """Of a figure: the scenario's name, and what it shows."""
    return f"{visible(' '.join(scenario.scenario.name.split()), 200)}: {what}"


def _states(spec: str, results: Sequence[RunResult]) -> set[bool]:
    return {one.gil for one in results if one.run.interpreter == spec}


def _build(one: RunResult, both: set[str]) -> str:
    spec = clean(one.run.interpreter)
    return f"{spec}, GIL {'on' if one.gil else 'off'}" if one.run.interpreter in both else spec


def _differs(axis: str, results: Sequence[RunResult]) -> bool:
    return len({str(one.run.axis(axis)) for one in results}) > 1


def _place(value: object, known: Sequence[str]) -> tuple[float, float, str]:
    """Where the file names the value; what only `include` names comes last, numbers by size."""
    text = str(value)
    if text in known:
        return 0.0, float(known.index(text)), ""
    number = float(value) if isinstance(value, (int, float)) and math.isfinite(value) else math.inf
    return 1.0, number, text
