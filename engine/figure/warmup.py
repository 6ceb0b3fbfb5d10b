"""A scenario -> how its iterations settle: their time by place in the invocation, against those after them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from engine import units
from engine.analysis.labels import threads
from engine.figure import panel
from engine.figure.panel import Look, Place, Scale
from engine.figure.rows import Row, arrange, distinct, foremost, title_of
from engine.figure.style import SMALL
from engine.model import ScenarioResult, Trace, Warmup

if TYPE_CHECKING:
    from engine.figure.sheet import Point, Sheet

MOST: Final = 12
"""Panels."""
PLOT, FOOT = 70.0, 18.0
"""Points: height of what is plotted, below all panels."""
LOG: Final = 2.0
"""Highest over lowest from which on each doubling takes the same room."""
MOST_LINES: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One run."""

    row: Row
    found: Warmup
    look: Look


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """The runs of one group."""

    name: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """The figure."""

    title: str
    summary: str
    panels: tuple[Panel, ...]
    entries: tuple[tuple[str, Look], ...]
    low: float
    high: float
    notes: tuple[str, ...]

    def height(self, width: float) -> float:
        """As `Picture`."""
        lines = math.ceil(len(self.panels) / self._columns(width))
        head = self._head(width)
        return head + lines * (self._title(width) + PLOT + 20) + FOOT + panel.notes_height(self.notes)

    def paint(self, sheet: Sheet) -> None:
        """As `Picture`."""
        columns = self._columns(sheet.width)
        lines = math.ceil(len(self.panels) / columns)
        head, title = self._head(sheet.width), self._title(sheet.width)
        if len(self.entries) > 1:
            panel.legend(sheet, 34, 2, self.entries)
        foot = FOOT + panel.notes_height(self.notes)
        each, wide = (sheet.height - head - foot) / lines, (sheet.width - 34) / columns
        for number, one in enumerate(self.panels):
            left, top = 34 + (number % columns) * wide, head + (number // columns) * each
            place = Place(left=left, top=top + title, right=left + wide - 12, bottom=top + each - 20)
            for above, text in enumerate(reversed(sheet.wrap(one.name, wide - 14, SMALL))):
                sheet.text(left, place.top - 5 - above * (panel.LINE - 1), text, size=SMALL)
            self._panel(sheet, one, place, first=number % columns == 0)
        what = "time of an iteration against those after it (upwards) by its place in the invocation (across)"
        middle = (sheet.width + 34) / 2
        panel.axis_title(sheet, sheet.fit(what, sheet.width - 40, SMALL), middle, sheet.height - foot + 12)
        panel.notes(sheet, self.notes)

    def _columns(self, width: float) -> int:
        return panel.columns_for(len(self.panels), width - 34, 118)

    def _head(self, width: float) -> float:
        if len(self.entries) < 2:
            return 4.0
        return 6 + panel.legend_height(width - 34, [0.62 * SMALL * len(name) + 42 for name, _ in self.entries])

    def _title(self, width: float) -> float:
        room = (width - 34) / self._columns(width) - 12
        return (2 if any(0.6 * SMALL * len(one.name) > room for one in self.panels) else 1) * panel.LINE + 6

    def _panel(self, sheet: Sheet, one: Panel, place: Place, *, first: bool) -> None:
        last = max(line.found.places[-1] + line.found.width - 1 for line in one.lines) + 1
        across = Scale(low=1, high=max(2, last), start=place.left + 8, end=place.right - 8)
        up = Scale(low=self.low, high=self.high, start=place.bottom, end=place.top, log=True)
        declared = min(line.found.declared for line in one.lines)
        if declared:
            edge = across.at(declared + 0.5)
            sheet.box((place.left, place.top), (edge, place.bottom), "shade")
        ticks = up.ticks(4)
        panel.grid(sheet, place, acrosses=[up.at(tick) for tick in ticks])
        sheet.lines([((place.left, up.at(1)), (place.right, up.at(1)))], "muted", 0.9)
        if first:
            for tick in ticks:
                sheet.centred(place.left - 4, up.at(tick), panel.number(tick), size=SMALL, colour="muted", anchor="end")
        for tick in _places(last):
            sheet.text(across.at(tick), place.bottom + 11, str(tick), size=SMALL, colour="muted", anchor="middle")
        for number, line in enumerate(one.lines):
            self._line(sheet, line, across, up, 2.4 * (number - (len(one.lines) - 1) / 2))

    def _line(self, sheet: Sheet, line: Line, across: Scale, up: Scale, aside: float) -> None:
        colour, found = line.look.tone.colour, line.found
        half = (found.width - 1) / 2
        xs = [across.at(place + 1 + half) + aside for place in found.places]
        known = [
            (x, one, proven)
            for x, one, proven in zip(xs, found.relative, found.proven or (False,) * len(xs), strict=True)
            if one.value > 0 and math.isfinite(one.value)
        ]
        points: list[Point] = [(x, up.at(one.value)) for x, one, _ in known]
        sheet.lines([points], colour, 1.1, dash=line.look.tone.dash)
        sheet.lines(
            [
                [(x, up.at(max(one.low, self.low))), (x, up.at(one.high))]
                for x, one, _ in known
                if math.isfinite(one.low) and one.low < one.high
            ],
            colour,
            1.0,
        )
        proven = [point for point, (_, _, sure) in zip(points, known, strict=True) if sure]
        sheet.marks([one for one in points if one not in proven], line.look.tone.mark, colour, 3.6, filled=False)
        sheet.marks(proven, line.look.tone.mark, colour, 5.0)


def picture(scenario: ScenarioResult, _: Mapping[str, Trace]) -> Settling | str:
    """The figure, or why there is none."""
    rows = arrange(scenario)
    known = [(row, found) for row in rows if (found := row.result.warmup) and found.known and len(found.relative) > 1]
    if not known:
        return "no run has invocations and iterations enough to tell how it warms up"
    counts = distinct(str(count) for count in sorted({row.threads for row, _ in known}))
    looks = {int(text): panel.look(place) for place, text in enumerate(counts)}
    groups: dict[str, list[Line]] = {}
    for row, found in known:
        groups.setdefault(row.group, []).append(Line(row=row, found=found, look=looks[row.threads]))
    panels = [Panel(name=name, lines=tuple(_few(lines))) for name, lines in groups.items()]
    shown, notes = _chosen(panels)
    bounds = [
        bound
        for one in shown
        for line in one.lines
        for found in line.found.relative
        for bound in (found.low, found.value, found.high)
        if math.isfinite(bound) and bound > 0
    ]
    values = [one.value for one in (e for p in shown for line in p.lines for e in line.found.relative) if one.value > 0]
    low, high = panel.stretched(min([*values, 0.95]), max([*values, 1.05]), bounds, 1.1)
    notes.insert(0, "Filled: proven to differ by more than the margin. Shaded: declared as warm-up.")
    used = {line.row.threads for one in shown for line in one.lines}
    return Settling(
        title=title_of(scenario, "iterations by their place in the invocation"),
        summary=_summary(known, notes),
        panels=tuple(shown),
        entries=tuple((threads(count), how) for count, how in looks.items() if count in used),
        low=low / 1.02,
        high=high * 1.02,
        notes=tuple(notes),
    )


def _few(lines: Sequence[Line]) -> Sequence[Line]:
    """Of many thread counts some, the first and the last among them."""
    if len(lines) <= MOST_LINES:
        return lines
    return [lines[round(place * (len(lines) - 1) / (MOST_LINES - 1))] for place in range(MOST_LINES)]


def _chosen(panels: Sequence[Panel]) -> tuple[list[Panel], list[str]]:
    """Of too many those with the largest proven difference, in their order."""
    if len(panels) <= MOST:
        return list(panels), []
    return foremost(panels, MOST, _largest), [
        f"{MOST} of {len(panels)} groups, those with the largest proven differences."
    ]


def _largest(one: Panel) -> float:
    return max((_distance(line.found) for line in one.lines), default=0.0)


def _distance(found: Warmup) -> float:
    """The largest proven one, in logarithms."""
    sure = [one.value for one, proven in zip(found.relative, found.proven, strict=False) if proven and one.value > 0]
    return max((abs(math.log(value)) for value in sure), default=0.0)


def _places(last: int) -> tuple[int, ...]:
    """Ticks of places, counted from 1."""
    step = next((step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if last / step <= 8), 10_000)
    return tuple(one for one in range(step, last + 1, step))


def _summary(known: Sequence[tuple[Row, Warmup]], notes: Sequence[str]) -> str:
    steady = sum(found.settled is not None and found.settled <= found.declared for _, found in known)
    told = f"Time of an iteration against those after it, by its place, of {units.count(len(known), 'run')}."
    said = [told, f"{steady} of them were steady before the first kept iteration."]
    row, found = max(known, key=lambda one: _distance(one[1]))
    if _distance(found):
        sure = [
            (place, one)
            for place, one, proven in zip(found.places, found.relative, found.proven, strict=False)
            if proven
        ]
        place, one = max(sure, key=lambda pair: abs(math.log(pair[1].value)) if pair[1].value > 0 else 0.0)
        number = units.interval(one.low, one.value, one.high)
        said.append(f"Largest proven difference: {row.name}, iteration {place + 1}: {number}.")
    else:
        said.append("No difference is proven.")
    return " ".join([*said, *notes])
