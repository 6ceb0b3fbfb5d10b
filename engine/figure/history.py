"""What many results say of one run, in their order: each with its interval, levels between changes, what was new."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Final

from engine import units
from engine.figure import panel
from engine.figure.drawing import Drawing
from engine.figure.panel import Place, Scale
from engine.figure.rows import clean
from engine.figure.style import SMALL
from engine.model import ChangePoint, Estimate, History, Tracked

if TYPE_CHECKING:
    from engine.figure.sheet import Point, Sheet

HEAD, BODY, FOOT = 16.0, 120.0, 28.0
"""Points: above the panel for what is said of changes, the panel, below it."""
LEAST_REACH: Final = 0.05
"""Share of the middle value that the scale reaches to either side at least: small noise does not look large."""
MOST_REACH: Final = 4.0
"""How many times as far as the points an interval may stretch the scale; what is beyond ends at the edge."""
CROWDED: Final = 60
"""Points from which on marks are small."""

NAMES: Final[dict[Tracked, str]] = {"time": "time", "speedup": "speedup", "against": "time against the baseline"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The figure."""

    title: str
    summary: str
    history: History
    levels: tuple[tuple[int, int, float], ...]
    """First and last place, and the middle of what lies there."""
    marked: tuple[int, ...]
    """Places at which something was new."""
    notes: tuple[str, ...]

    def height(self, width: float) -> float:  # noqa: ARG002 - one line needs no more room where it is narrow
        """As `Picture`."""
        return HEAD + BODY + FOOT + panel.notes_height(self.notes)

    def paint(self, sheet: Sheet) -> None:
        """As `Picture`."""
        unit = units.scale([median(self._values)], _unit(self.history))
        low, high = _reach([one.estimate for one in self.history.points])
        bottom = sheet.height - FOOT - panel.notes_height(self.notes)
        place = Place(left=58, top=HEAD, right=sheet.width - 8, bottom=bottom)
        across = Scale(low=0, high=max(1, len(self._values) - 1), start=place.left + 10, end=place.right - 10)
        up = Scale(low=low / unit.divisor, high=high / unit.divisor, start=place.bottom, end=place.top)
        sheet.box((place.left, place.top), (place.right, place.bottom), "shade")
        ticks = up.ticks()
        panel.grid(sheet, place, acrosses=[up.at(tick) for tick in ticks])
        for tick in ticks:
            text = panel.number(tick)
            sheet.centred(place.left - 5, up.at(tick), text, size=SMALL, colour="muted", anchor="end")
        name = NAMES[self.history.quantity] if self.history.quantity != "against" else "time ratio"
        symbol = f" ({unit.symbol})" if unit.symbol else ""
        sheet.text(9, (place.top + place.bottom) / 2, name + symbol, size=SMALL, anchor="middle", upwards=True)
        self._news(sheet, across, place)
        self._points(sheet, across, up, unit.divisor)
        self._changes(sheet, across, place)
        self._dates(sheet, across, place)
        panel.notes(sheet, self.notes)

    @property
    def _values(self) -> list[float]:
        return [one.estimate.value for one in self.history.points]

    def _points(self, sheet: Sheet, across: Scale, up: Scale, divisor: float) -> None:
        found = [(across.at(place), up.at(value / divisor)) for place, value in enumerate(self._values)]
        bars: list[tuple[Point, Point]] = []
        for (x, _), one in zip(found, self.history.points, strict=True):
            if math.isfinite(one.estimate.low) and math.isfinite(one.estimate.high):
                bars.append(((x, up.at(one.estimate.low / divisor)), (x, up.at(one.estimate.high / divisor))))
        sheet.lines(bars, "tone1", 0.9)
        starts = [0, *(place for place, one in enumerate(self.history.points) if one.breaks), len(found)]
        sheet.lines([found[start:end] for start, end in pairwise(starts)], "muted", 0.7)
        spans = [
            ((across.at(a - 0.3), up.at(v / divisor)), (across.at(b + 0.3), up.at(v / divisor)))
            for a, b, v in self.levels
        ]
        sheet.lines(spans, "tone2", 1.8)
        sheet.marks(found, "o", "tone1", 2.6 if len(found) >= CROWDED else 4.4)

    def _changes(self, sheet: Sheet, across: Scale, place: Place) -> None:
        """A line at each, and by how much, where there is room for the words."""
        reached = place.left
        for one in self.history.changes:
            x = across.at(one.place - 0.5)
            sheet.lines([((x, place.top), (x, place.bottom))], "tone2", 1.1, dash=(4, 2))
            text = f"{units.ratio(one.ratio.value)} {direction(self.history.quantity, one)}"
            half = sheet.width_of(text, SMALL, bold=True) / 2
            middle = min(max(x, place.left + half), place.right - half)
            if middle - half >= reached:
                sheet.text(middle, place.top - 5, text, size=SMALL, colour="tone2", anchor="middle", bold=True)
                reached = middle + half + 4

    def _news(self, sheet: Sheet, across: Scale, place: Place) -> None:
        lines = [((across.at(at - 0.5), place.top), (across.at(at - 0.5), place.bottom)) for at in self.marked]
        sheet.lines(lines, "muted", 0.8, dash=(1, 2))
        broken = [across.at(at - 0.5) for at, one in enumerate(self.history.points) if one.breaks]
        sheet.lines([((x, place.top), (x, place.bottom)) for x in broken], "ink", 1.4)

    def _dates(self, sheet: Sheet, across: Scale, place: Place) -> None:
        """Under the first and the last point, and between them where there is room."""
        days = [_day(one.started) for one in self.history.points]
        wide = sheet.width_of("2026-12-30", SMALL) + 14
        count = max(2, int((across.end - across.start) // wide))
        last = len(days) - 1
        shown = sorted(
            {round(number * last / (count - 1)) for number in range(count)} if last >= count else {*range(last + 1)}
        )
        for at in shown:
            anchor = "middle" if 0 < at < last else "start" if at == 0 else "end"
            x = across.at(at) if anchor == "middle" or not last else place.left if at == 0 else place.right
            sheet.lines([((across.at(at), place.bottom), (across.at(at), place.bottom + 3))], "muted", 0.8)
            sheet.text(x, place.bottom + 12, days[at], size=SMALL, colour="muted", anchor=anchor)  # type: ignore[arg-type]
        panel.axis_title(sheet, "results in their order", (across.start + across.end) / 2, place.bottom + 23)


def draw(history: History) -> Drawing | None:
    """The history as a figure; None for fewer than two results."""
    if len(history.points) < 2:
        return None
    edges = sorted({0, len(history.points), *(one.place for one in history.changes), *_breaks(history)})
    values = [one.estimate.value for one in history.points]
    levels = (
        tuple((start, end - 1, median(values[start:end])) for start, end in pairwise(edges)) if len(edges) > 2 else ()
    )
    found = Line(
        title=f"{clean(history.label)}: {NAMES[history.quantity]}",
        summary=" ".join(_sentences(history)),
        history=history,
        levels=levels,
        marked=tuple(place for place, one in enumerate(history.points) if one.marks and not one.breaks),
        notes=tuple(_notes(history)),
    )
    return Drawing(title=found.title, summary=found.summary, picture=found)


def direction(quantity: Tracked, change: ChangePoint) -> str:
    """What a change means, in a word."""
    rises = change.ratio.value > 1
    return ("better" if rises else "worse") if quantity == "speedup" else ("slower" if rises else "faster")


def _sentences(history: History) -> Iterator[str]:
    first, last = history.points[0], history.points[-1]
    unit = _unit(history)
    count = units.count(len(history.points), "result")
    now = units.interval(last.estimate.low, last.estimate.value, last.estimate.high, unit)
    yield f"{count} from {_day(first.started)} to {_day(last.started)}; the latest is {now}."
    for one in history.changes:
        when = _day(history.points[one.place].started)
        ratio = units.interval(one.ratio.low, one.ratio.value, one.ratio.high)
        yield f"Changed on {when} by {ratio}: {direction(history.quantity, one)}."
    yield from {
        "too few": ["Too few results to say whether it changed."],
        "steady": ["No change point."],
        "drifting": ["It drifts: a straight line tells more than levels do."],
        "changed": [],
    }[history.course]


def _notes(history: History) -> Iterator[str]:
    if any(one.breaks for one in history.points):
        yield "Solid vertical line: the kernel's code changed, what comes after is another measurement."
    new = [(one, word) for one in history.points for word in one.marks]
    if any(not one.breaks for one, _ in new):
        told = "; ".join(f"{_day(one.started)} {word}" for one, word in new[-2:])
        yield clean(f"Dotted: something else was new ({'last ' if len(new) > 2 else ''}{told}).")


def _breaks(history: History) -> list[int]:
    return [place for place, one in enumerate(history.points) if one.breaks]


def _unit(history: History) -> str:
    return "s" if history.quantity == "time" else ""


def _reach(found: Sequence[Estimate]) -> tuple[float, float]:
    """Ends of the scale: all values, and of the intervals what is not absurdly far."""
    values = [one.value for one in found]
    middle = median(values)
    low, high = min(values), max(values)
    reach = max(high - low, LEAST_REACH * middle)
    low_bounds = [one.low for one in found if math.isfinite(one.low)]
    high_bounds = [one.high for one in found if math.isfinite(one.high)]
    low = max(min([low, *low_bounds]), low - MOST_REACH * reach / 4, 0.0)
    high = min(max([high, *high_bounds]), high + MOST_REACH * reach / 4)
    low, high = min(low, middle * (1 - LEAST_REACH)), max(high, middle * (1 + LEAST_REACH))
    margin = 0.06 * (high - low)
    return max(0.0, low - margin), high + margin


def _day(started: str) -> str:
    try:
        return datetime.fromisoformat(started).strftime("%Y-%m-%d")
    except ValueError:
        return clean(started)[:10] or "no date"
