"""What extra invocations showed of a scenario's runs -> a table for each source, hottest functions, what is lacking.

Nothing of it is in an estimate, and it says so.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine import units
from engine.model import Reading, RunProfile, ScenarioResult
from engine.report.cells import plain
from engine.report.layout import Column, bullets, paragraph, table

TITLE = "Profile: extra invocations, which are in no estimate"
HOTTEST, NOT_TOLD = "hottest functions", "Not told"
NARROW = 13
"""Characters of a header's line."""
SHOWN = 6
"""Hot functions of a run; profile.csv has all of them."""
LISTED = "dis, "
"""How the sources of readings begin whose names are many: instructions by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one source told of all runs, before it has a format."""

    source: str
    runs: tuple[str, ...]
    columns: tuple[tuple[str, str, tuple[str, ...]], ...]
    """Readings that differ: name, unit where it is not in the cells, and a cell for each run."""
    same: tuple[str, ...]
    """Readings that are the same for all runs, each with its value."""


def profile_text(result: ScenarioResult) -> str:
    """The profile of a scenario; "" where there is none."""
    if not result.profiles and not result.unprofiled:
        return ""
    listed = [
        "\n".join([f"  {title}", *bullets(lines, "- ", "    ")])
        for title, lines in (
            *profile_lists(result.profiles),
            (HOTTEST, profile_hottest(result.profiles)),
            (NOT_TOLD, list(map(plain, result.unprofiled))),
        )
        if lines
    ]
    return "\n\n".join([TITLE, *map(_table, profile_tables(result.profiles)), *listed])


def profile_tables(profiles: Sequence[RunProfile]) -> list[Told]:
    """What each source told, but for readings whose names are many."""
    return [_told(source, profiles) for source in _sources(profiles)]


def profile_lists(profiles: Sequence[RunProfile]) -> list[tuple[str, list[str]]]:
    """What has many names (instructions), with a title: a sentence for all runs that have the same."""
    return [_listed(source, profiles) for source in _sources(profiles, listed=True)]


def _sources(profiles: Iterable[RunProfile], *, listed: bool = False) -> list[str]:
    """Where readings come from, in their order; samples stand beside the functions."""
    hot = {source for one in profiles for source in [_sampler(one)] if source}
    found = dict.fromkeys(reading.source for one in profiles for reading in one.readings)
    return [source for source in found if source not in hot and source.startswith(LISTED) is listed]


def _told(source: str, profiles: Sequence[RunProfile]) -> Told:
    """A row for each run and a column for each reading; what is the same for all rows is said once."""
    rows = [(one, {found.name: found for found in one.readings if found.source == source}) for one in profiles]
    rows = [row for row in rows if row[1]]
    names = dict.fromkeys(name for _, found in rows for name in found)
    columns, same = [], []
    for name in names:
        cells = _cells([found.get(name) for _, found in rows])
        unit = _unit(name, rows)
        if len(set(cells)) == 1:
            same.append(" ".join(filter(None, (plain(name), cells[0], unit))))
        else:
            columns.append((plain(name), unit, cells))
    return Told(
        source=plain(source),
        runs=tuple(plain(one.label) for one, _ in rows),
        columns=tuple(columns),
        same=tuple(same),
    )


def _table(told: Told) -> str:
    columns = [Column(header="run", cells=told.runs)]
    for name, unit, cells in told.columns:
        header = "\n".join(textwrap.wrap(name, NARROW) + textwrap.wrap(unit, NARROW))
        columns.append(Column(header=header, cells=cells, right=True))
    lines = [paragraph(f"the same for all: {'; '.join(told.same)}", "    ", "    ")] if told.same else []
    return "\n".join([f"  {told.source}", *([table(columns, "    ")] if len(columns) > 1 else []), *lines])


def _unit(name: str, rows: Iterable[tuple[RunProfile, Mapping[str, Reading]]]) -> str:
    """The unit of a reading that is no size of its own, which a cell does not have."""
    unit = next(found[name].unit for _, found in rows if name in found)
    return "" if unit in units.LADDERS else plain(unit)


def _cells(found: Sequence[Reading | None]) -> tuple[str, ...]:
    """The values of a reading, each in its own size where they lie far apart."""
    unit = next(one.unit for one in found if one)
    sized = unit if unit in units.LADDERS else ""
    return tuple(_value(one.value, sized) if one else "" for one in found)


def _value(value: float, unit: str) -> str:
    return units.count(round(value)) if not unit and value.is_integer() else units.quantity(value, unit)


def _listed(source: str, profiles: Sequence[RunProfile]) -> tuple[str, list[str]]:
    """Readings by name and number, once for all runs that have the same."""
    said: dict[str, list[str]] = {}
    for one in profiles:
        mine = [f"{plain(found.name)} {found.value:g}" for found in one.readings if found.source == source]
        if mine:
            said.setdefault(", ".join(mine), []).append(plain(one.label))
    lines = [f"{_runs(labels, len(profiles))}: {text}" for text, labels in said.items()]
    return f"instructions {plain(source.removeprefix(LISTED))}", lines


def _runs(labels: Sequence[str], of: int) -> str:
    return "all" if len(labels) == of > 1 else "; ".join(labels)


def _sampler(one: RunProfile) -> str:
    return next((found.source for found in one.readings if one.hot and found.name == "samples"), "")


def profile_hottest(profiles: Iterable[RunProfile]) -> list[str]:
    """The hottest functions of each run, with their shares of the samples and how many these were."""
    lines = []
    for one in profiles:
        if one.hot:
            count = next((found.value for found in one.readings if found.name == "samples"), 0.0)
            shares = ", ".join(f"{plain(name)} {units.percent(round(share, 2))}" for name, share in one.hot[:SHOWN])
            rest = f", and {len(one.hot) - SHOWN} more" if len(one.hot) > SHOWN else ""
            taken = f"{units.count(round(count), 'sample')} of {plain(_sampler(one))}"
            lines.append(f"{plain(one.label)} ({taken}): {shares}{rest}")
    return lines
