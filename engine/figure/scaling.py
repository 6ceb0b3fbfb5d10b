"""A scenario -> its scaling: speedup over threads with intervals, a line for each build, panels for each case."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from engine import units
from engine.analysis.labels import threads
from engine.figure import panel
from engine.figure.panel import Look, Place, Scale
from engine.figure.rows import Group, Row, arrange, distinct, grouped, title_of
from engine.figure.rows import builds as in_order
from engine.figure.style import NORMAL, SMALL, Tone
from engine.model import Estimate, ScenarioResult, Trace

if TYPE_CHECKING:
    from engine.figure.sheet import Point, Sheet

MOST_PANELS: Final = 16
MOST_LINES: Final = 8
LINEAR: Final = 8
"""Threads up to which both scales are even; above, each doubling takes the same room."""
PANEL, SINGLE = 88.0, 230.0
"""Height of what is plotted in points: in one of many panels, in the only one."""
SAID: Final = 6
"""Lines whose numbers are said one by one."""
IDEAL: Final = Look(tone=Tone(colour="muted", dash=(2, 2), mark=""))
"""As many times the work as there are threads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One group in a panel."""

    name: str
    look: Look
    group: Group


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """The lines that share a case."""

    name: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """The figure."""

    title: str
    summary: str
    panels: tuple[Panel, ...]
    entries: tuple[tuple[str, Look], ...]
    counts: tuple[int, ...]
    """Thread counts."""
    ideal: int
    """The largest at which each thread had a CPU."""
    rates: bool
    """Throughput is shown, for nothing was measured at one thread."""
    notes: tuple[str, ...]

    def height(self, width: float) -> float:
        """As `Picture`."""
        if len(self.panels) == 1:
            return 20 + SINGLE + 34 + self._foot
        columns, lines = self._columns(width), math.ceil(len(self.panels) / self._columns(width))
        return self._head(width) + lines * (self._title(width, columns) + PANEL + 20) + 16 + self._foot

    def paint(self, sheet: Sheet) -> None:
        """As `Picture`."""
        if len(self.panels) == 1:
            self._single(sheet)
        else:
            self._many(sheet)
        panel.notes(sheet, self.notes)

    @property
    def _foot(self) -> float:
        return panel.notes_height(self.notes)

    def _columns(self, width: float) -> int:
        return panel.columns_for(len(self.panels), width - 30, 118)

    def _head(self, width: float) -> float:
        """The legend, by a guess of its width: height is asked for before there is a sheet."""
        return 6 + panel.legend_height(width, [0.62 * SMALL * len(name) + 42 for name, _ in self._legend])

    def _title(self, width: float, columns: int) -> float:
        """Room for the names of panels."""
        room = (width - 30) / columns - 12
        return (2 if any(0.6 * SMALL * len(one.name) > room for one in self.panels) else 1) * panel.LINE + 6

    def _scales(self, place: Place) -> tuple[Scale, Scale]:
        log = self.counts[-1] > LINEAR
        values = [
            bound
            for one in self.panels
            for line in one.lines
            for row in line.group.rows
            if (found := _shown(row, rates=self.rates))
            for bound in (found.low, found.value, found.high)
            if math.isfinite(bound)
        ]
        top = max([*values, 1.0 if self.rates else float(self.ideal)])
        low = min([*values, 1.0]) / 1.1 if log else 0.0
        if self.rates:
            top, low = max(values), (min(values) / 1.1 if log else 0.0)
        return (
            Scale(low=self.counts[0], high=self.counts[-1], start=place.left + 8, end=place.right - 8, log=log),
            Scale(low=low, high=1.06 * top, start=place.bottom, end=place.top, log=log),
        )

    def _single(self, sheet: Sheet) -> None:
        (one,) = self.panels
        tags = [(line, _last(line.group, rates=self.rates)) for line in one.lines]
        words = [f"{line.name}  {_said(found, rates=self.rates)}" for line, found in tags]
        right = min(max((sheet.width_of(text, NORMAL) for text in words), default=0) + 14, 0.5 * sheet.width)
        place = Place(left=38, top=14, right=sheet.width - right, bottom=sheet.height - 34 - self._foot)
        across, up = self._scales(place)
        self._axes(sheet, place, across, up, left=True)
        sheet.text(2, 9, self._quantity, colour="muted", size=SMALL)
        panel.axis_title(sheet, "threads", (place.left + place.right) / 2, place.bottom + 28)
        if not self.rates:
            x, room = across.at(self.ideal), across.at(self.ideal) - place.left > 60
            aside = -8 if room else 5
            y = up.at(self.ideal) + 3
            sheet.text(x + aside, y, "ideal", colour="muted", size=SMALL, anchor="end" if room else "start")
        self._draw(sheet, one, across, up)
        wanted = [up.at(found.value) if found else place.bottom for _, found in tags]
        for text, (line, _), y in zip(words, tags, panel.spread(wanted, 12, place.top, place.bottom), strict=True):
            sheet.centred(place.right + 4, y, sheet.fit(text, right - 8), colour=line.look.tone.colour)

    def _many(self, sheet: Sheet) -> None:
        columns = self._columns(sheet.width)
        lines = math.ceil(len(self.panels) / columns)
        head, title = self._head(sheet.width), self._title(sheet.width, columns)
        panel.legend(sheet, 30, 2, self._legend)
        each = (sheet.height - head - 16 - self._foot) / lines
        wide = (sheet.width - 30) / columns
        for number, one in enumerate(self.panels):
            column, line = number % columns, number // columns
            left, top = 30 + column * wide, head + line * each
            place = Place(left=left, top=top + title, right=left + wide - 12, bottom=top + each - 20)
            across, up = self._scales(place)
            self._axes(sheet, place, across, up, left=column == 0)
            names = sheet.wrap(one.name, wide - 14, SMALL)
            for above, name in enumerate(reversed(names)):
                sheet.text(left, place.top - 5 - above * (panel.LINE - 1), name, size=SMALL, bold=False)
            self._draw(sheet, one, across, up)
        panel.axis_title(sheet, self._under, 30 + (sheet.width - 30) / 2, sheet.height - self._foot - 6)

    @property
    def _legend(self) -> tuple[tuple[str, Look], ...]:
        return self.entries if self.rates else (*self.entries, ("ideal", IDEAL))

    @property
    def _quantity(self) -> str:
        return "operations per second" if self.rates else "speedup over one thread"

    @property
    def _under(self) -> str:
        return f"{self._quantity} (upwards) by threads (across)"

    def _axes(self, sheet: Sheet, place: Place, across: Scale, up: Scale, *, left: bool) -> None:
        ticks = up.ticks(4 if len(self.panels) > 1 else 6)
        panel.grid(sheet, place, acrosses=[up.at(tick) for tick in ticks])
        if left:
            shown = units.one_scale(ticks, "1/s", 2) if self.rates else None
            for tick in ticks:
                text = f"{shown.text(tick)} {shown.symbol}" if shown else panel.number(tick)
                sheet.centred(place.left - 5, up.at(tick), text, colour="muted", size=SMALL, anchor="end")
        reached = -math.inf
        for count in self.counts:
            x, text = across.at(count), str(count)
            if x - sheet.width_of(text, SMALL) / 2 > reached + 4:
                sheet.text(x, place.bottom + 11, text, colour="muted", size=SMALL, anchor="middle")
                reached = x + sheet.width_of(text, SMALL) / 2
        if self.counts[-1] > self.ideal:
            after = min(count for count in self.counts if count > self.ideal)
            edge = (across.at(self.ideal) + across.at(after)) / 2
            sheet.box((edge, place.top), (place.right, place.bottom), "shade")
        if not self.rates:
            counts = [count for count in self.counts if count <= self.ideal]
            points = [(across.at(count), up.at(count)) for count in counts]
            sheet.lines([points], IDEAL.tone.colour, 0.9, dash=IDEAL.tone.dash)
            sheet.lines([((place.left, up.at(1)), (place.right, up.at(1)))], "muted", 0.9)

    def _draw(self, sheet: Sheet, one: Panel, across: Scale, up: Scale) -> None:
        """Bands first, then lines, whiskers and marks; what lies side by side is moved apart a little."""
        drawn = []
        for number, line in enumerate(one.lines):
            aside = 3.0 * (number - (len(one.lines) - 1) / 2) if self.counts[-1] <= LINEAR else 0.0
            found = [(row, shown) for row in line.group.rows if (shown := _shown(row, rates=self.rates))]
            known = [(across.at(row.threads) + aside * (row.threads > 1), row, shown) for row, shown in found]
            drawn.append((line, known))
            low = [(x, up.at(shown.low if math.isfinite(shown.low) else shown.value)) for x, _, shown in known]
            high = [(x, up.at(shown.high if math.isfinite(shown.high) else shown.value)) for x, _, shown in known]
            if len(known) > 1:
                sheet.areas([[*low, *reversed(high)]], line.look.tone.colour, 0.13)
        for line, known in drawn:
            colour = line.look.tone.colour
            points: list[Point] = [(x, up.at(shown.value)) for x, _, shown in known]
            sheet.lines([points], colour, 1.5, dash=line.look.tone.dash)
            sheet.lines(_whiskers([(x, shown) for x, _, shown in known], up), colour, 1.0)
            sheet.marks(points, line.look.tone.mark, colour, 4.6, filled=line.look.filled)


def picture(scenario: ScenarioResult, _: Mapping[str, Trace]) -> Scaling | str:
    """The figure, or why there is none."""
    every = [group for group in grouped(arrange(scenario)) if len(group.rows) > 1]
    if not every:
        return "no runs differ only in threads"
    groups = [group for group in every if any(row.result.speedup for row in group.rows)]
    rates = not groups
    groups = every if rates else groups
    counts = sorted({row.threads for group in groups for row in group.rows} | (set() if rates else {1}))
    rows = [row for group in groups for row in group.rows]
    panels, entries, notes = _panels(groups)
    if any("oversubscribed" in row.result.flags for row in rows):
        notes.append("Shaded: more threads than CPUs, they take turns.")
    return Scaling(
        title=title_of(scenario, "throughput by threads" if rates else "speedup by threads"),
        summary=_summary(groups, panels, notes, rates=rates),
        panels=panels,
        entries=entries,
        counts=tuple(counts),
        ideal=max((row.threads for row in rows if "oversubscribed" not in row.result.flags), default=1),
        rates=rates,
        notes=tuple(notes),
    )


def _panels(groups: Sequence[Group]) -> tuple[tuple[Panel, ...], tuple[tuple[str, Look], ...], list[str]]:
    """Lines by build and panels by case; of one build lines by one axis, and panels by the others."""
    builds = in_order(group.first for group in groups)
    names = [(group.first.build, group.first.case) for group in groups]
    if len(builds) == 1:
        names = _by_axis(groups)
        builds = distinct(line for line, _ in names)
    looks = dict(zip(builds, _looks(builds, groups), strict=True))
    found: dict[str, list[Line]] = {}
    for group, (line, case) in zip(groups, names, strict=True):
        found.setdefault(case, []).append(Line(name=line, look=looks[line], group=group))
    panels = [Panel(name=case, lines=tuple(lines[:MOST_LINES])) for case, lines in found.items()]
    notes = []
    if (lost := sum(max(0, len(lines) - MOST_LINES) for lines in found.values())) > 0:
        notes.append(f"Left out: {units.count(lost, 'more line')} (at most {MOST_LINES} in a panel).")
    if len(panels) > MOST_PANELS:
        notes.append(
            f"Left out: {units.count(len(panels) - MOST_PANELS, 'more case')} of {len(panels)}, the last ones."
        )
    shown = panels[:MOST_PANELS]
    used = {line.name for one in shown for line in one.lines}
    return tuple(shown), tuple((name, looks[name]) for name in builds if name in used), notes


def _by_axis(groups: Sequence[Group]) -> list[tuple[str, str]]:
    """Of one build: which line and which panel each group is."""
    axes = [dict(group.first.axes) for group in groups]
    counts = {name: len({one[name] for one in axes}) for name in (axes[0] if axes else ())}
    few = [name for name, count in counts.items() if 1 < count <= MOST_LINES]
    if not few:
        return [(group.first.build, group.first.case) for group in groups]
    chosen = min(few, key=lambda name: counts[name])
    return [(one[chosen], ", ".join(words for name, words in one.items() if name != chosen)) for one in axes]


def _looks(names: Sequence[str], groups: Sequence[Group]) -> list[Look]:
    """One colour for an interpreter, whose marks are not filled with the GIL on; else one for each name."""
    specs = {group.first.build: group.first.result for group in groups}
    if not all(name in specs for name in names) or len(names) < 2:
        return [panel.look(place) for place in range(len(names))]
    order = distinct(specs[name].run.interpreter for name in names)
    found = []
    for name in names:
        plain = panel.look(order.index(specs[name].run.interpreter))
        found.append(replace(plain, filled=False) if name.endswith(", GIL on") else plain)
    return found


def _shown(row: Row, *, rates: bool) -> Estimate | None:
    """What a row has on the upward scale; one thread is 1."""
    if rates:
        return dict(row.result.metrics).get("throughput")
    if row.result.speedup:
        return row.result.speedup.ratio
    return Estimate(value=1.0, low=1.0, high=1.0, confidence=0.95, count=0) if row.threads == 1 else None


def _last(group: Group, *, rates: bool) -> Estimate | None:
    found = [shown for row in group.rows if (shown := _shown(row, rates=rates))]
    return found[-1] if found else None


def _said(found: Estimate | None, *, rates: bool) -> str:
    if found is None:
        return units.UNKNOWN
    return units.quantity(found.value, "1/s") if rates else units.ratio(found.value)


def _whiskers(known: Sequence[tuple[float, Estimate]], up: Scale) -> list[list[Point]]:
    """An interval upwards at each point, with caps."""
    lines: list[list[Point]] = []
    for x, one in known:
        if math.isfinite(one.low) and one.low < one.high:
            low, high = up.at(one.low), up.at(one.high)
            lines += [[(x, low), (x, high)], [(x - 2, low), (x + 2, low)], [(x - 2, high), (x + 2, high)]]
    return lines


def _summary(groups: Sequence[Group], panels: Sequence[Panel], notes: Sequence[str], *, rates: bool) -> str:
    """The numbers at the most threads: all of a few, else the best and the worst."""
    known = [(group.rows[-1], found) for group in groups if (found := _last(group, rates=rates))]
    what = "Operations per second" if rates else "Speedup over one thread, with its interval"
    unit = "1/s" if rates else ""
    many = f", in {len(panels)} panels" if len(panels) > 1 else ""
    said = [
        f"{row.group}, {threads(row.threads)}: {units.interval(one.low, one.value, one.high, unit)}"
        for row, one in known
    ]
    if len(said) > SAID:
        best = max(range(len(known)), key=lambda place: known[place][1].value)
        worst = min(range(len(known)), key=lambda place: known[place][1].value)
        what += f", of {units.count(len(known), 'group')} of runs"
        said = [f"the highest is {said[best]}", f"the lowest {said[worst]}"]
    return " ".join([f"{what}{many}: {'; '.join(said)}.", *notes])
