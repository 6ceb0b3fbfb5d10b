"""A scenario's invocations in the order of time, each against its own run's median: a drift of the machine shows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Final

from engine import units
from engine.analysis.contamination import SLOW
from engine.figure import panel
from engine.figure.panel import Place, Scale
from engine.figure.rows import Row, arrange, foremost, title_of
from engine.figure.style import SMALL
from engine.model import ScenarioResult, Trace

if TYPE_CHECKING:
    from engine.figure.sheet import Point, Sheet

MOST: Final = 12
"""Runs that have a strip of their own."""
POINTS: Final = 120
"""Marks of a strip; of more invocations neighbours are taken together."""
BINS: Final = 40
"""Steps in time in which all runs are taken together."""
HEAD, ALL, STRIP, GAP, FOOT = 14.0, 64.0, 25.0, 5.0, 30.0
"""Points: above, the strip of all runs, that of one, between them, below."""
LEAST_REACH, MOST_REACH = 0.02, 0.6
"""How far from the median a strip reaches, at least and at most; what is beyond is drawn at its edge."""
PAUSE, IDLE = 60.0, 0.1
"""A gap of so many seconds in which nothing of this scenario was measured is left out if it is more than this share of
the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """An invocation, or some neighbours: when, and how many times the median of its run."""

    when: float
    value: float
    slow: bool
    low: float
    high: float
    """Of the neighbours; the value itself for one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """One run."""

    name: str
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """All runs for some time: the middle, and between what four of five of them lie."""

    when: float
    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The figure. Times are seconds of measuring, pauses left out."""

    title: str
    summary: str
    strips: tuple[Strip, ...]
    steps: tuple[Step, ...]
    pauses: tuple[tuple[float, float], ...]
    """When, and how long."""
    length: float
    reach: float
    probed: bool
    notes: tuple[str, ...]

    def height(self, width: float) -> float:  # noqa: ARG002 - strips do not break
        """As `Picture`."""
        return HEAD + ALL + (STRIP + GAP) * len(self.strips) + FOOT + panel.notes_height(self.notes)

    def paint(self, sheet: Sheet) -> None:
        """As `Picture`."""
        names = max(sheet.width_of(one.name, SMALL) for one in self.strips)
        left = min(max(names, 60), 0.38 * sheet.width) + 14
        foot = FOOT + panel.notes_height(self.notes)
        stretch = (sheet.height - HEAD - foot) / (ALL + (STRIP + GAP) * len(self.strips))
        across = Scale(low=0.0, high=self.length, start=left + 6, end=sheet.width - 40)
        top = HEAD
        bottom = top + ALL * stretch
        self._all(sheet, across, Place(left=left, top=top, right=sheet.width - 34, bottom=bottom))
        for one in self.strips:
            top, bottom = bottom + GAP * stretch, bottom + (STRIP + GAP) * stretch
            self._strip(sheet, across, one, Place(left=left, top=top, right=sheet.width - 34, bottom=bottom))
        self._time(sheet, across, bottom)
        panel.notes(sheet, self.notes)

    def _up(self, place: Place) -> Scale:
        return Scale(low=1 - self.reach, high=1 + self.reach, start=place.bottom - 3, end=place.top + 3)

    def _frame(self, sheet: Sheet, place: Place, up: Scale, name: str) -> None:
        sheet.box((place.left, place.top), (place.right, place.bottom), "shade")
        sheet.lines([((place.left, up.at(1)), (place.right, up.at(1)))], "muted", 0.8)
        middle = (place.top + place.bottom) / 2
        lines = sheet.wrap(name, place.left - 10, SMALL)
        for number, text in enumerate(lines):
            y = middle + (number - (len(lines) - 1) / 2) * (panel.LINE - 1)
            sheet.centred(place.left - 6, y, text, size=SMALL, anchor="end")

    def _all(self, sheet: Sheet, across: Scale, place: Place) -> None:
        up = self._up(place)
        self._frame(sheet, place, up, "all runs")
        low = [(across.at(one.when), up.at(one.low)) for one in self.steps]
        high = [(across.at(one.when), up.at(one.high)) for one in self.steps]
        if len(self.steps) > 1:
            sheet.areas([[*low, *reversed(high)]], "tone1", 0.18)
        sheet.lines([[(across.at(one.when), up.at(one.middle)) for one in self.steps]], "tone1", 1.8)
        for share in (-self.reach, 0.0, self.reach):
            sign = "+" if share > 0 else "\N{MINUS SIGN}" if share else ""
            text = f"{sign}{units.percent(abs(share))}"
            sheet.centred(place.right + 4, up.at(1 + share), text, size=SMALL, colour="muted")

    def _strip(self, sheet: Sheet, across: Scale, one: Strip, place: Place) -> None:
        up = self._up(place)
        self._frame(sheet, place, up, one.name)
        spans = [dot for dot in one.dots if dot.low < dot.high]
        sheet.lines(
            [[(across.at(d.when), up.at(d.low)), (across.at(d.when), up.at(d.high))] for d in spans], "tone1", 0.7
        )
        marks: dict[tuple[str, bool], list[Point]] = {}
        for dot in one.dots:
            shape = "o" if up.holds(dot.value) else ("^" if dot.value > 1 else "v")
            marks.setdefault((shape, dot.slow), []).append((across.at(dot.when), up.at(dot.value)))
        for (shape, slow), points in marks.items():
            sheet.marks(points, shape, "tone2" if slow else "tone1", 3.6 if shape == "o" else 4.4, filled=not slow)

    def _time(self, sheet: Sheet, across: Scale, bottom: float) -> None:
        """The scale below, and the pauses."""
        divisor, unit = next(
            (pair for pair in ((3600, "hours"), (60, "minutes")) if self.length > 2 * pair[0]), (1, "seconds")
        )
        ticks = Scale(low=0.0, high=self.length / divisor, start=across.start, end=across.end)
        for tick in ticks.ticks(8):
            sheet.text(ticks.at(tick), bottom + 11, panel.number(tick), colour="muted", size=SMALL, anchor="middle")
        what = f"{unit} of measuring{', pauses left out' if self.pauses else ''}"
        panel.axis_title(sheet, what, (across.start + across.end) / 2, bottom + 23)
        sheet.lines(
            [[(across.at(when), HEAD), (across.at(when), bottom)] for when, _ in self.pauses], "ink", 0.8, dash=(3, 2)
        )
        reached = -math.inf
        for when, long in self.pauses:
            text = f"paused {units.long_duration(long)}"
            if across.at(when) - sheet.width_of(text, SMALL) / 2 > reached:
                sheet.text(across.at(when), HEAD - 4, text, colour="muted", size=SMALL, anchor="middle")
                reached = across.at(when) + sheet.width_of(text, SMALL) / 2


def picture(scenario: ScenarioResult, traces: Mapping[str, Trace]) -> Series | str:
    """The figure, or why there is none."""
    found = [(row, traces[row.result.run.id]) for row in arrange(scenario) if row.result.run.id in traces]
    found = [(row, trace) for row, trace in found if len(trace.times) > 1]
    if not found:
        return "no run has two invocations"
    starts = sorted({seconds for _, trace in found for seconds in trace.seconds})
    places, pauses, length = _clock(starts)
    strips = [_strip(row, trace, places) for row, trace in found]
    every = sorted((dot.when, dot.value) for strip in strips for dot in strip.dots)
    steps = _steps(every)
    shown, notes = _chosen(strips)
    probed = any(trace.slowness for _, trace in found)
    slow = sum(dot.slow for strip in strips for dot in strip.dots)
    if slow:
        notes.append(f"Not filled: the probe beside it took more than {SLOW:g} times its usual time, the CPU was slow.")
    beyond = sorted(abs(value - 1) for _, value in every)
    reach = beyond[min(len(beyond) - 1, int(0.97 * len(beyond)))] * 1.15
    reach = float(f"{min(max(reach, LEAST_REACH), MOST_REACH):.1g}")
    if beyond[-1] > reach:
        notes.append("Triangles: beyond the edge.")
    return Series(
        title=title_of(scenario, "invocations in the order of time"),
        summary=_summary(strips, steps, notes, pauses, length),
        strips=tuple(Strip(name=one.name, dots=_thinned(one.dots)) for one in shown),
        steps=tuple(steps),
        pauses=pauses,
        length=length,
        reach=reach,
        probed=probed,
        notes=tuple(notes),
    )


def _clock(starts: Sequence[float]) -> tuple[dict[float, float], tuple[tuple[float, float], ...], float]:
    """Each start in seconds of measuring, the pauses as when and how long, and the whole length."""
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    measuring = sum(gap for gap in gaps if gap <= PAUSE)
    whole = [gap if gap <= max(PAUSE, IDLE * measuring) else 0.0 for gap in gaps]
    margin = 0.03 * sum(whole)
    places, pauses, now = {starts[0]: 0.0}, [], 0.0
    for start, gap, kept in zip(starts[1:], gaps, whole, strict=True):
        paused = gap > kept
        if paused:
            pauses.append((now + margin, gap))
        now += 2 * margin if paused else kept
        places[start] = now
    return places, tuple(pauses), max(now, 1e-9)


def _strip(row: Row, trace: Trace, places: Mapping[float, float]) -> Strip:
    middle = median(trace.times)
    slowness = trace.slowness or (math.nan,) * len(trace.times)
    return Strip(
        name=row.name,
        dots=tuple(
            Dot(when=places[when], value=time / middle, slow=slow > SLOW, low=time / middle, high=time / middle)
            for when, time, slow in zip(trace.seconds, trace.times, slowness, strict=True)
        ),
    )


def _thinned(dots: Sequence[Dot]) -> tuple[Dot, ...]:
    """As many as can be told apart: neighbours become one."""
    size = math.ceil(len(dots) / POINTS)
    if size == 1:
        return tuple(dots)
    return tuple(_together(dots[start : start + size]) for start in range(0, len(dots), size))


def _together(dots: Sequence[Dot]) -> Dot:
    values = [dot.value for dot in dots]
    slow = 2 * sum(dot.slow for dot in dots) > len(dots)
    return Dot(
        when=median(dot.when for dot in dots), value=median(values), slow=slow, low=min(values), high=max(values)
    )


def _steps(every: Sequence[tuple[float, float]]) -> list[Step]:
    """All invocations by time in steps of as many each."""
    size = max(math.ceil(len(every) / BINS), min(5, len(every)))
    parts = [every[start : start + size] for start in range(0, len(every), size)]
    if len(parts) > 1 and 2 * len(parts[-1]) < size:
        parts[-2:] = [[*parts[-2], *parts[-1]]]
    found = []
    for part in parts:
        values = sorted(value for _, value in part)
        last = len(values) - 1
        low, high = values[round(0.1 * last)], values[round(0.9 * last)]
        found.append(Step(when=median(when for when, _ in part), low=low, middle=median(values), high=high))
    return found


def _chosen(strips: Sequence[Strip]) -> tuple[list[Strip], list[str]]:
    """Of too many those that scatter most, in their order."""
    if len(strips) <= MOST:
        return list(strips), []
    return foremost(strips, MOST, _scatter), [f"{MOST} of {len(strips)} runs, those that scatter most."]


def _scatter(strip: Strip) -> float:
    """Between what four of five invocations lie."""
    values = sorted(dot.value for dot in strip.dots)
    last = len(values) - 1
    return values[round(0.9 * last)] / values[round(0.1 * last)]


def _summary(
    strips: Sequence[Strip], steps: Sequence[Step], notes: Iterable[str], pauses: Sequence[object], length: float
) -> str:
    count = sum(len(strip.dots) for strip in strips)
    slow = sum(dot.slow for strip in strips for dot in strip.dots)
    low, high = min(one.middle for one in steps), max(one.middle for one in steps)
    widest = max(strips, key=_scatter)
    values = [dot.value for dot in widest.dots]
    who = f"{units.count(count, 'invocation')} of {units.count(len(strips), 'run')}"
    said = [
        f"{who} in the order of time, over {units.long_duration(length)}, each against the median of its run.",
        f"The middle of all lay between {units.ratio(low)} and {units.ratio(high)}.",
        f"Most scattered: {widest.name}, from {units.ratio(min(values))} to {units.ratio(max(values))}.",
    ]
    if slow:
        said.append(f"{units.count(slow, 'invocation')} met a slow CPU, by the probe.")
    if pauses:
        said.append(f"{units.count(len(pauses), 'pause')} left out.")
    return " ".join([*said, *notes])
