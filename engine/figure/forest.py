"""A scenario -> a forest plot: each run's ratio to its baseline with its interval, on a logarithmic scale."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from engine import stats, units
from engine.analysis.labels import threads
from engine.figure import panel
from engine.figure.panel import Place, Scale
from engine.figure.rows import Row, arrange, distinct, foremost, title_of
from engine.figure.style import SMALL, VERDICTS, WORDS
from engine.model import Comparison, Direction, Estimate, ScenarioResult, Trace

if TYPE_CHECKING:
    from engine.figure.sheet import Point, Sheet

MOST: Final = 48
"""Rows."""
ROW, HEAD, FOOT = 13.0, 20.0, 32.0
"""Points: of a row, above the first, below the last."""
NUMBERS = 360.0
"""Width from which on the numbers stand beside."""
SAID: Final = 5
DIRECTIONS: Final[tuple[Direction, ...]] = ("faster", "slower", "same", "inconclusive")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """A row of the figure."""

    row: Row
    found: Comparison

    @property
    def word(self) -> str:
        """Its verdict."""
        return WORDS.get(self.found.direction, self.found.direction)

    @property
    def text(self) -> str:
        """Its number with the interval."""
        one = self.found.ratio
        return units.interval(one.low, one.value, one.high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forest:
    """The figure."""

    title: str
    summary: str
    blocks: tuple[tuple[str, tuple[tuple[str, Ratio], ...]], ...]
    """Rows under a common name ("" for none), each with the rest of its name."""
    rate: bool
    """Speedups, where right is better."""
    what: str
    notes: tuple[str, ...]

    @property
    def _lines(self) -> int:
        return sum(len(rows) + bool(name) for name, rows in self.blocks)

    def height(self, width: float) -> float:  # noqa: ARG002 - rows do not break
        """As `Picture`."""
        return HEAD + ROW * self._lines + FOOT + panel.notes_height(self.notes)

    def paint(self, sheet: Sheet) -> None:
        """As `Picture`."""
        rows = [one for _, members in self.blocks for one in members]
        names = max(sheet.width_of(name, SMALL) + 10 for name, _ in rows)
        numbers = sheet.width >= NUMBERS
        texts = max(sheet.width_of(one.text, SMALL) for _, one in rows) + 8 if numbers else 0.0
        words = max(sheet.width_of(one.word, SMALL) for _, one in rows) + 8
        names = min(names, 0.5 * (sheet.width - texts - words)) + 8
        bottom = sheet.height - FOOT - panel.notes_height(self.notes)
        place = Place(left=names, top=HEAD, right=sheet.width - texts - words, bottom=bottom)
        scale = _scale([one.found.ratio for _, one in rows], place)
        self._ground(sheet, place, scale)
        marks: dict[Direction, list[Point]] = {}
        lines: dict[Direction, list[list[Point]]] = {}
        beyond: dict[str, list[Point]] = {}
        step = (bottom - HEAD) / self._lines
        y = HEAD - step / 2
        for name, members in self.blocks:
            if name:
                y += step
                text = sheet.fit(name, sheet.width - 4, SMALL, bold=True)
                sheet.centred(2, y, text, size=SMALL, bold=True)
            for label, one in members:
                y += step
                indent = 10 if name else 2
                sheet.centred(indent, y, sheet.fit(label, names - indent - 4, SMALL), size=SMALL)
                direction = one.found.direction
                colour = "muted" if direction == "inconclusive" else "ink"
                sheet.centred(place.right + 8, y, one.text if numbers else "", size=SMALL)
                sheet.centred(place.right + 8 + texts, y, one.word, size=SMALL, colour=colour)
                ratio = one.found.ratio
                marks.setdefault(direction, []).append((scale.at(ratio.value), y))
                if math.isfinite(ratio.low):
                    lines.setdefault(direction, []).append([(scale.at(ratio.low), y), (scale.at(ratio.high), y)])
                    for side, bound in (("<", ratio.low), (">", ratio.high)):
                        if not scale.holds(bound):
                            beyond.setdefault(side, []).append((scale.at(bound), y))
        for direction in DIRECTIONS:
            colour = VERDICTS[direction]
            sheet.lines(lines.get(direction, []), colour, 1.6)
            shape = _shape(direction, rate=self.rate)
            sheet.marks(marks.get(direction, []), shape, colour, 5.4, filled=direction != "inconclusive")
        for side, points in beyond.items():
            sheet.marks(points, side, "muted", 3.2)
        panel.notes(sheet, self.notes)

    def _ground(self, sheet: Sheet, place: Place, scale: Scale) -> None:
        """The margin, the line of no difference, the scale."""
        low, high = scale.at(1 / (1 + stats.MARGIN)), scale.at(1 + stats.MARGIN)
        sheet.box((low, place.top - 4), (high, place.bottom), "grid")
        ticks = scale.ticks(max(1, min(6, int((place.right - place.left) / 30))))
        panel.grid(sheet, place, ups=[scale.at(tick) for tick in ticks])
        sheet.lines([((scale.at(1), place.top - 4), (scale.at(1), place.bottom + 3))], "ink", 0.9)
        for tick in ticks:
            sheet.text(
                scale.at(tick), place.bottom + 12, panel.number(tick), colour="muted", size=SMALL, anchor="middle"
            )
        left, right = ("slower", "faster") if self.rate else ("faster", "slower")
        if scale.at(1) - place.left > 40:
            sheet.text(scale.at(1) - 6, place.top - 9, f"◂ {left}", colour="muted", size=SMALL, anchor="end")
        if place.right - scale.at(1) > 40:
            sheet.text(scale.at(1) + 6, place.top - 9, f"{right} ▸", colour="muted", size=SMALL)
        panel.axis_title(sheet, self.what, (place.left + place.right) / 2, place.bottom + 25)


def picture(scenario: ScenarioResult, _: Mapping[str, Trace]) -> Forest | str:
    """The figure, or why there is none."""
    rows = arrange(scenario)
    found = [Ratio(row=row, found=row.result.against) for row in rows if row.result.against]
    rate = not found
    if rate:
        found = [Ratio(row=row, found=row.result.speedup) for row in rows if row.result.speedup]
    found = [one for one in found if one.found.ratio.value > 0 and math.isfinite(one.found.ratio.value)]
    if not found:
        return "no run has a baseline or a speedup to be compared with"
    shown, notes = _chosen(found)
    what = "speedup over one thread (ratio of throughput)" if rate else "time against the baseline (ratio)"
    return Forest(
        title=title_of(scenario, "speedups" if rate else "time against the baseline"),
        summary=_summary(found, what, notes),
        blocks=_blocks(shown),
        rate=rate,
        what=what,
        notes=notes,
    )


def _chosen(found: Sequence[Ratio]) -> tuple[list[Ratio], tuple[str, ...]]:
    """Of too many those whose interval is furthest from 1, in their order; and what is to be said of that."""
    if len(found) <= MOST:
        return list(found), ()
    return foremost(found, MOST, lambda one: _distance(one.found.ratio)), (
        f"{MOST} of {len(found)} rows, those whose intervals are furthest from 1; all are in the table.",
    )


def _distance(one: Estimate) -> float:
    """How far the interval is from 1 at least, in logarithms."""
    if not math.isfinite(one.low) or one.low <= 1 <= one.high or one.low <= 0:
        return 0.0
    return min(abs(math.log(one.low)), abs(math.log(one.high)))


def _blocks(shown: Sequence[Ratio]) -> tuple[tuple[str, tuple[tuple[str, Ratio], ...]], ...]:
    """Under each case its builds and thread counts; where a case has one row each, rows with their whole names."""
    counts = distinct(str(one.row.threads) for one in shown)
    builds = distinct(one.row.build for one in shown)

    def rest(one: Ratio) -> str:
        return ", ".join([one.row.build] + ([threads(one.row.threads)] if len(counts) > 1 else []))

    cases = distinct(one.row.case for one in shown)
    if len(cases) == len(shown):
        tail = (lambda one: ", ".join(filter(None, (one.row.case, rest(one))))) if len(builds) > 1 else None
        return (("", tuple((tail(one) if tail else one.row.case or rest(one), one) for one in shown)),)
    return tuple((case, tuple((rest(one), one) for one in shown if one.row.case == case)) for case in cases)


def _scale(ratios: Sequence[Estimate], place: Place) -> Scale:
    """From the lowest to the highest bound; an interval that is far wider than where the ratios lie is cut."""
    values = [one.value for one in ratios]
    bounds = [bound for one in ratios for bound in (one.low, one.high) if math.isfinite(bound) and bound > 0]
    low, high = min([*values, 1 / 1.03]), max([*values, 1.03])
    low, high = panel.stretched(low, high, bounds, 1.2)
    slack = (high / low) ** 0.04
    return Scale(low=low / slack, high=high * slack, start=place.left, end=place.right, log=True)


def _shape(direction: Direction, *, rate: bool) -> str:
    """A triangle that points to where it lies; a square for the same, a ring where it cannot be told."""
    match direction:
        case "same":
            return "s"
        case "inconclusive":
            return "o"
        case _:
            return ">" if (direction == "faster") == rate else "<"


def _summary(found: Sequence[Ratio], what: str, notes: Sequence[str]) -> str:
    counts = [(WORDS.get(word, word), sum(one.found.direction == word for one in found)) for word in DIRECTIONS]
    said = ", ".join(f"{count} {word}" for word, count in counts if count)
    words = f"{what[0].upper()}{what[1:]}, {units.count(len(found), 'run')}: {said}."
    if len(found) <= SAID:
        return f"{words} {'; '.join(f'{one.row.name}: {one.text} {one.word}' for one in found)}."
    low, high = (pick(found, key=lambda one: one.found.ratio.value) for pick in (min, max))
    words += f" Lowest: {low.row.name}, {low.text} {low.word}; highest: {high.row.name}, {high.text} {high.word}."
    return " ".join([words, *notes])
