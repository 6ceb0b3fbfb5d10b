"""What extra invocations showed of a scenario's runs -> a table for each source, hottest functions, what is lacking.

Nothing of it is in an estimate, and it says so.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence

from engine import units
from engine.model import Reading, RunProfile, ScenarioResult
from engine.report.cells import plain
from engine.report.layout import Column, bullets, paragraph, table

TITLE = "Profile: extra invocations, which are in no estimate"
NARROW = 13
"""Characters of a header's line."""
SHOWN = 6
"""Hot functions of a run; profile.csv has all of them."""
LISTED = "dis, "
"""How the sources of readings begin whose names are many: instructions by name."""


def profile_text(result: ScenarioResult) -> str:
    """The profile of a scenario; "" where there is none."""
    if not result.profiles and not result.unprofiled:
        return ""
    blocks = [
        *(_table(source, result.profiles) for source in _sources(result.profiles)),
        *(_lists(source, result.profiles) for source in _sources(result.profiles, listed=True)),
        _hot(result.profiles),
        "\n".join(["  Not told", *bullets(map(plain, result.unprofiled), "- ", "    ")]) if result.unprofiled else "",
    ]
    return "\n\n".join([TITLE, *filter(None, blocks)])


def _sources(profiles: Iterable[RunProfile], *, listed: bool = False) -> list[str]:
    """Where readings come from, in their order; samples stand beside the functions."""
    hot = {source for one in profiles for source in [_sampler(one)] if source}
    found = dict.fromkeys(reading.source for one in profiles for reading in one.readings)
    return [source for source in found if source not in hot and source.startswith(LISTED) is listed]


def _table(source: str, profiles: Sequence[RunProfile]) -> str:
    """A row for each run and a column for each reading; what is the same for all rows is said once."""
    rows = [(one, {found.name: found for found in one.readings if found.source == source}) for one in profiles]
    rows = [row for row in rows if row[1]]
    names = dict.fromkeys(name for _, found in rows for name in found)
    columns, same = [Column(header="run", cells=tuple(plain(one.label) for one, _ in rows))], []
    for name in names:
        column = _column(name, [found.get(name) for _, found in rows])
        if len(set(column.cells)) == 1:
            same.append(" ".join(filter(None, (plain(name), column.cells[0], _unit(name, rows)))))
        else:
            columns.append(column)
    lines = [paragraph(f"the same for all: {'; '.join(same)}", "    ", "    ")] if same else []
    return "\n".join([f"  {plain(source)}", *([table(columns, "    ")] if len(columns) > 1 else []), *lines])


def _unit(name: str, rows: Iterable[tuple[RunProfile, Mapping[str, Reading]]]) -> str:
    """The unit of a reading that is no size of its own, which a cell does not have."""
    unit = next(found[name].unit for _, found in rows if name in found)
    return "" if unit in units.LADDERS else plain(unit)


def _column(name: str, found: Sequence[Reading | None]) -> Column:
    """The values of a reading, each in its own size where they lie far apart."""
    unit = next(one.unit for one in found if one)
    sized = unit if unit in units.LADDERS else ""
    cells = tuple(_value(one.value, sized) if one else "" for one in found)
    header = "\n".join(textwrap.wrap(plain(name), NARROW) + (textwrap.wrap(plain(unit), NARROW) if not sized else []))
    return Column(header=header, cells=cells, right=True)


def _value(value: float, unit: str) -> str:
    return units.count(round(value)) if not unit and value.is_integer() else units.quantity(value, unit)


def _lists(source: str, profiles: Sequence[RunProfile]) -> str:
    """Readings by name and number, once for all runs that have the same."""
    said: dict[str, list[str]] = {}
    for one in profiles:
        mine = [f"{plain(found.name)} {found.value:g}" for found in one.readings if found.source == source]
        if mine:
            said.setdefault(", ".join(mine), []).append(plain(one.label))
    lines = [f"{_runs(labels, len(profiles))}: {text}" for text, labels in said.items()]
    return "\n".join([f"  instructions {plain(source.removeprefix(LISTED))}", *bullets(lines, "- ", "    ")])


def _runs(labels: Sequence[str], of: int) -> str:
    return "all" if len(labels) == of > 1 else "; ".join(labels)


def _sampler(one: RunProfile) -> str:
    return next((found.source for found in one.readings if one.hot and found.name == "samples"), "")


def _hot(profiles: Iterable[RunProfile]) -> str:
    """The hottest functions of each run, with their shares of the samples and how many these were."""
    lines = []
    for one in profiles:
        if one.hot:
            count = next((found.value for found in one.readings if found.name == "samples"), 0.0)
            shares = ", ".join(f"{plain(name)} {units.percent(round(share, 2))}" for name, share in one.hot[:SHOWN])
            rest = f", and {len(one.hot) - SHOWN} more" if len(one.hot) > SHOWN else ""
            taken = f"{units.count(round(count), 'sample')} of {plain(_sampler(one))}"
            lines.append(f"{plain(one.label)} ({taken}): {shares}{rest}")
    return "\n".join(["  hottest functions", *bullets(lines, "- ", "    ")]) if lines else ""
