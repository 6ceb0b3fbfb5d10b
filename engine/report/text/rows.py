"""The runs of one scenario -> what they share in a line, one table, and notes under it; knows no other scenario."""

from __future__ import annotations

import math
import string
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from engine import units
from engine.model import UNITS, Comparison, Estimate, RunResult, Scenario, ScenarioResult
from engine.report.cells import on_off, plain, word
from engine.report.layout import Column, paragraph, table
from engine.units import Scale

STOPS = {
    "maximum": "stopped at the largest number of invocations asked for",
    "time limit": "stopped at the scenario's time limit",
    "failed": "measured no further because invocations failed",
    "interrupted": "interrupted by the user",
    "unfinished": "not measured to its end",
}
"""Every way to stop but the good one (the precision was reached), in words."""

FLAGS = {
    "few": "few invocations",
    "wide": "interval wider than the precision asked for",
    "oversubscribed": "oversubscribed: more threads than CPUs, they take turns",
    "skewed": "skewed: threads started late",
    "unfair": "unfair: the threads got on unevenly",
    "waiting": "waiting: its thread did not always have a CPU",
    "noisy": "noisy: the median is far above the estimate",
    "warming": "warming: kept iterations contain warm-up",
    "unsettled": "unsettled: the iterations change to the end",
    "disturbed": "disturbed: other programs used the CPUs",
    "stolen": "stolen: the host took CPU time",
    "throttled": "throttled: a quota stopped threads",
    "slowed": "slowed: the CPUs were slow by turns",
    "shared": "shared: the CPUs were slower together",
    "uneven": "uneven: the sides of its ratio met CPUs of different speed",
}
"""Flags in a few words; what to do about them is in the scenario's warnings. Others are shown as they are."""

DIRECTIONS = {"inconclusive": "unclear"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing said of every row: a column, or a word above the table where all rows agree."""

    name: str
    cells: tuple[str, ...]
    """Empty where it does not apply."""
    unit: str = ""
    header: str = ""
    """The name as it stands over a column, where it is another."""
    right: bool = True
    liftable: bool = True

    @property
    def constant(self) -> str | None:
        """The one cell of all rows to which it applies, or None where they differ."""
        said = {cell for cell in self.cells if cell}
        return said.pop() if self.liftable and len(said) == 1 else None

    @property
    def shown(self) -> bool:
        """It needs a column."""
        return any(self.cells) and self.constant is None

    def column(self) -> Column:
        """As a column, its unit in the header."""
        header = (self.header or self.name) + (f"\n({self.unit})" if self.unit else "")
        return Column(header=header, cells=self.cells, right=self.right)

    def words(self) -> str:
        """As a phrase: "padding 64 bytes"."""
        return " ".join(filter(None, (self.name, self.constant, self.unit)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """All that is said of the runs of a scenario in one table, before it has a format."""

    axes: tuple[Item, ...]
    """What names a row: interpreter, GIL and the axes."""
    numbers: tuple[Item, ...]
    """What was measured, and the letters of the notes."""
    gaps: tuple[int, ...]
    """Rows before which another interpreter begins."""
    notes: tuple[tuple[str, str], ...]
    """A letter and what it stands for; "all rows" for what is to be said of all."""

    @property
    def same(self) -> list[str]:
        """What is the same for all rows, in phrases."""
        return [item.words() for item in (*self.axes, *self.numbers) if item.constant is not None]


NO_ROWS = "No run gave numbers; what failed and what was not run is said below."


def told(result: ScenarioResult) -> Rows | None:
    """The rows of a scenario; None where no run gave numbers."""
    rows = sorted_rows(result)
    if not rows:
        return None
    letters, notes = _notes(rows)
    return Rows(
        axes=tuple(_axes(result.scenario, rows)),
        numbers=(*_numbers(result.scenario, rows), letters),
        gaps=tuple(_gaps(rows)),
        notes=tuple(notes),
    )


def runs_text(result: ScenarioResult) -> str:
    """What is the same for all rows, the table, the notes under it; one sentence if there is no row."""
    found = told(result)
    if not found:
        return f"  {NO_ROWS}"
    columns = [item.column() for item in (*found.axes, *found.numbers) if item.shown]
    same = found.same
    lines = [paragraph("The same for all rows: " + ", ".join(same), "  ", "    "), ""] if same else []
    legend = [paragraph(text, f"  {letter}: ", "     ") for letter, text in found.notes]
    return "\n".join([*lines, table(columns, "  ", found.gaps), *legend])


def sorted_rows(result: ScenarioResult) -> tuple[RunResult, ...]:
    """The runs by interpreter, then effective GIL, then axis by axis, all in the order of the file."""
    scenario = result.scenario
    axes = [(axis, [word(value) for value in values]) for axis, values in scenario.matrix if axis != "gil"]

    def key(row: RunResult) -> list[tuple[float, str]]:
        places = [_place(row.run.interpreter, scenario.interpreters), (float(not row.gil), "")]
        for axis, known in axes:
            value = row.run.axis(axis)
            places.append((float(value), "") if axis == "threads" else _place(word(value), known))
        return places

    return tuple(sorted(result.runs, key=key))


def varying_axes(result: ScenarioResult) -> tuple[str, ...]:
    """The axes, without interpreter and gil, in which the runs of a scenario differ."""
    axes = (axis for axis, _ in result.scenario.matrix if axis != "gil")
    return tuple(axis for axis in axes if len({word(row.run.axis(axis)) for row in result.runs}) > 1)


def row_words(row: RunResult, axes: Iterable[str]) -> str:
    """A run by some of its axes, on one line: "3.13t, GIL off, threads 2"."""
    words = [plain(row.run.interpreter), f"GIL {on_off(row.gil)}"]
    return ", ".join(words + [f"{plain(axis)} {word(row.run.axis(axis))}" for axis in axes])


def _place(value: str, known: Sequence[str]) -> tuple[float, str]:
    """Where the file names the value; what only `include` names comes last."""
    return (float(known.index(value)), "") if value in known else (math.inf, value)


def _gaps(rows: Sequence[RunResult]) -> list[int]:
    """The rows before which another interpreter begins, unless each has one row only."""
    starts = [number for number in range(1, len(rows)) if _builds(rows[number]) != _builds(rows[number - 1])]
    return starts if len(starts) < len(rows) - 1 else []


def _builds(row: RunResult) -> tuple[str, bool]:
    return row.run.interpreter, row.gil


def _axes(scenario: Scenario, rows: Sequence[RunResult]) -> list[Item]:
    """Interpreter, effective GIL, then the axes in the order of the file."""
    parameters = {parameter.name: parameter.unit for parameter in scenario.kernel.parameters}
    items = [
        Item(name="python", cells=tuple(plain(row.run.interpreter) for row in rows), right=False, liftable=False),
        Item(name="GIL", cells=tuple(on_off(row.gil) for row in rows), right=False),
    ]
    for axis, _ in scenario.matrix:
        if axis != "gil" or _settings_differ(rows):
            values = [row.run.axis(axis) for row in rows]
            numeric = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)
            cells = tuple(map(word, values))
            name = "setting" if axis == "gil" else plain(axis)
            items.append(Item(name=name, cells=cells, unit=plain(parameters.get(axis, "")), right=numeric))
    return items


def _settings_differ(rows: Sequence[RunResult]) -> bool:
    """Runs of one interpreter have the same lock by different settings: `default` and `off` are both off."""
    return len({(*_builds(row), row.run.gil) for row in rows}) > len({_builds(row) for row in rows})


def _numbers(scenario: Scenario, rows: Sequence[RunResult]) -> list[Item]:
    """Everything measured: time, ratios, shares, the kernel's own metrics, how often."""
    return [
        *_time(rows),
        _net(rows),
        _speedup(rows),
        _against(rows),
        _metric("fairness", "fairness", rows, applies=lambda row: row.run.threads > 1, header="fair"),
        _metric("CPU/wall", "cpu", rows, header="CPU\n/wall"),
        *(
            _metric(plain(name).replace("_", " "), name, rows, unit=unit, header=plain(name).replace("_", "\n"))
            for name, unit in _own(scenario, rows)
        ),
        _invocations(rows),
    ]


def _invocations(rows: Sequence[RunResult]) -> Item:
    """How many invocations each row rests on; where they are much alike, their range once instead of a column."""
    counts = [row.invocations for row in rows]
    cells = tuple(map(units.count, counts))
    if min(counts) < max(counts) <= 1.5 * min(counts):
        cells = (f"{units.count(min(counts))} to {units.count(max(counts))}",) * len(rows)
    return Item(name="invocations", header="invo-\ncations", cells=cells)


def _time(rows: Sequence[RunResult]) -> list[Item]:
    """Time of one operation as interval, and the median beside it, in one unit if one serves."""
    estimates = [dict(row.metrics).get("time") for row in rows]
    cells, unit = intervals(estimates, "s")
    chosen = units.one_scale((one.value for one in estimates if one), "s")
    medians = tuple(chosen.text(row.median_time) if chosen else units.duration(row.median_time) for row in rows)
    return [
        Item(name="time per operation", cells=cells, unit=unit, liftable=False),
        Item(name="median", cells=medians, unit=unit, liftable=False),
    ]


def _net(rows: Sequence[RunResult]) -> Item:
    """Time without the overhead that the scenario names."""
    estimates = [dict(row.metrics).get("net") for row in rows]
    cells, unit = intervals(estimates, "s")
    return Item(name="net of overhead", header="net of\noverhead", cells=cells, unit=unit, liftable=False)


def _speedup(rows: Sequence[RunResult]) -> Item:
    bases = {row.speedup.base for row in rows if row.speedup}
    cells, _ = intervals([row.speedup.ratio if row.speedup else None for row in rows], digits=2)
    return Item(name="speedup", cells=_with_bases(rows, cells, bases), liftable=False)


def _against(rows: Sequence[RunResult]) -> Item:
    """The ratio of the time to the baseline's, and what it means."""
    bases = {row.against.base for row in rows if row.against}
    cells, _ = intervals([row.against.ratio if row.against else None for row in rows], digits=2)
    meanings = [_direction(row.against) for row in rows]
    width = max(map(len, meanings))
    joined = tuple(f"{cell} {meaning:{width}}" if cell else "" for cell, meaning in zip(cells, meanings, strict=True))
    return Item(
        name="time against baseline",
        header="time against\nbaseline",
        cells=_with_bases(rows, joined, bases),
        liftable=False,
    )


def _direction(comparison: Comparison | None) -> str:
    return DIRECTIONS.get(comparison.direction, comparison.direction) if comparison else ""


def _with_bases(rows: Sequence[RunResult], cells: Iterable[str], bases: set[str]) -> tuple[str, ...]:
    """The cells, with "base" in those of the runs that others are compared with."""
    return tuple(cell or ("base" if row.run.id in bases else "") for row, cell in zip(rows, cells, strict=True))


def _own(scenario: Scenario, rows: Sequence[RunResult]) -> list[tuple[str, str]]:
    """The kernel's metrics, and those of fteng that a claim speaks of; each with its unit."""
    metrics = UNITS | {metric.name: plain(metric.unit) for metric in scenario.kernel.metrics}
    claimed = {claim.quantity for claim in scenario.claims} - {"time", "net", "throughput", "fairness", "cpu"}
    names = dict.fromkeys(name for row in rows for name, _ in row.metrics)
    return [(name, metrics.get(name, "")) for name in names if name not in UNITS or name in claimed]


def _metric(
    title: str,
    name: str,
    rows: Sequence[RunResult],
    *,
    unit: str = "",
    header: str = "",
    applies: Callable[[RunResult], bool] = lambda _: True,
) -> Item:
    """The estimates of a metric; their intervals are in report.csv."""
    found = [dict(row.metrics).get(name) if applies(row) else None for row in rows]
    values = [one.value for one in found if one]
    chosen = units.one_scale(values, unit)
    if all(value.is_integer() for value in values):
        chosen = Scale(symbol=unit)
    cells = tuple(
        (chosen.text(one.value) if chosen else units.quantity(one.value, unit)) if one else "" for one in found
    )
    return Item(name=title, header=header, cells=cells, unit=chosen.symbol if chosen else "")


def _notes(rows: Sequence[RunResult]) -> tuple[Item, list[tuple[str, str]]]:
    """A letter for each thing to be said of some rows, what each stands for, and what is to be said of all."""
    remarks = [_remarks(row) for row in rows]
    distinct = dict.fromkeys(remark for row in remarks for remark in row)
    shared = [remark for remark in distinct if all(remark in row for row in remarks)]
    letters = dict(zip((remark for remark in distinct if remark not in shared), _letters(), strict=False))
    cells = tuple(" ".join(sorted(letters[remark] for remark in row if remark in letters)) for row in remarks)
    said = [(letter, remark) for remark, letter in letters.items()]
    said += [("all rows", "; ".join(shared))] if shared else []
    return Item(name="notes", cells=cells, right=False, liftable=False), said


def _remarks(row: RunResult) -> list[str]:
    stop = [STOPS[row.stop]] if row.stop in STOPS else []
    return stop + [FLAGS.get(flag, plain(flag)) for flag in row.flags]


def _letters() -> Iterable[str]:
    return [*string.ascii_lowercase, *(a + b for a in string.ascii_lowercase for b in string.ascii_lowercase)]


def intervals(
    estimates: Sequence[Estimate | None], unit: str = "", digits: int = units.DIGITS
) -> tuple[tuple[str, ...], str]:
    """Cells `[low estimate high]` whose numbers stand under each other, and their common unit ("" if in the cells).

    `digits` are the significant digits of the smallest estimate; more are shown where its interval would be a point.
    """
    known = [one for one in estimates if one]
    chosen = units.one_scale((one.value for one in known), unit, digits)
    if chosen is None:
        return tuple(units.interval(one.low, one.value, one.high, unit) if one else "" for one in estimates), ""
    points = (one for one in known if one.low < one.high and chosen.text(one.low) == chosen.text(one.high))
    if digits < units.DIGITS + 2 and any(points):
        return intervals(estimates, unit, digits + 1)
    texts = [
        (chosen.text(one.low), chosen.text(one.value), chosen.text(one.high)) if one else None for one in estimates
    ]
    widths = [max((len(text[part]) for text in texts if text), default=0) for part in range(3)]
    cells = ("[" + " ".join(map(str.rjust, text, widths)) + "]" if text else "" for text in texts)
    return tuple(cells), chosen.symbol
